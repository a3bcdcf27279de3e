package dockerdriver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
)

// Serve answers Docker on l until ctx ends; then it ends the calls that run,
// and closes l. The error is nil when it was ctx that ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	running := make(chan struct{})
	background, stop := context.WithCancel(ctx)
	go func() {
		defer close(running)
		s.Run(background)
	}()
	err := s.serve(ctx, l)
	stop()
	<-running
	return err
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
