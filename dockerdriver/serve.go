package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
)

// Serve answers Docker on l until ctx ends; then it ends the calls that run,
// and closes l. The error is nil when it was ctx that ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := s.checkSettings(); err != nil {
		return errors.Join(err, l.Close())
	}
	running := make(chan struct{})
	background, stop := context.WithCancel(context.WithoutCancel(ctx)) // calls that are being ended may leave something
	go func() {
		defer close(running)
		s.Run(background)
	}()
	err := s.serve(ctx, l)
	stop()
	<-running
	return err
}

// checkSettings refuses settings with which Docker would not take the drivers,
// or containers would have another way out than was meant.
func (s *Server) checkSettings() error {
	if !slices.Contains([]string{"", ScopeLocal, ScopeGlobal}, s.Scope) {
		return fmt.Errorf("scope %q is neither %s nor %s", s.Scope, ScopeLocal, ScopeGlobal)
	}
	if !slices.Contains([]string{"", GatewayAuto, GatewayAlways}, s.DefaultGateway) {
		return fmt.Errorf("default-gateway %q is neither %s nor %s", s.DefaultGateway, GatewayAuto, GatewayAlways)
	}
	return nil
}

// ListenAndServe is [Listen] and [Server.Serve].
func (s *Server) ListenAndServe(ctx context.Context, socket string) error {
	l, err := Listen(socket)
	if err != nil {
		return err
	}
	return s.Serve(ctx, l)
}

func (s *Server) serve(ctx context.Context, l net.Listener) error {
	// No IdleTimeout: Docker repeats a call without its parameters when it
	// meets a connection that is just being closed.
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: callTimeout,
		ErrorLog:          slog.NewLogLogger(s.log().Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	err := srv.Shutdown(grace)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	<-served
	return err
}
