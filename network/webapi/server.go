package webapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	grace     = time.Second // what calls that run get to end, when the server does
	maxHeader = 256 << 10   // bytes
	maxConns  = 1000        // at each address; more are closed at once
)

// Server is the API on its addresses. [Access.Listen] makes one.
type Server struct{ doors []*door }

// Addrs are the addresses that it listens on.
func (s *Server) Addrs() (all []net.Addr) {
	for _, d := range s.doors {
		all = append(all, d.Addr())
	}
	return all
}

// Close ends listening, and removes the sockets.
func (s *Server) Close() error {
	var errs []error
	for _, d := range s.doors {
		if err := d.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Serve serves a handler until ctx ends; then it ends the calls that run, and
// listens no more. The error is nil when it was ctx that ended it. A nil log is
// silent.
func (s *Server) Serve(ctx context.Context, h http.Handler, log *slog.Logger) error {
	parts, ctx := errgroup.WithContext(ctx)
	for _, d := range s.doors {
		parts.Go(func() error { return d.serve(ctx, h, logger(log)) })
	}
	parts.Go(func() error { <-ctx.Done(); return nil })
	return parts.Wait()
}

// closingKey is the key of a context with one that ends when the server does.
type closingKey struct{}

// untilClosing is the context of a request that goes on until somebody goes:
// the client, or the server.
func untilClosing(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	if closing, ok := ctx.Value(closingKey{}).(context.Context); ok {
		stop := context.AfterFunc(closing, cancel)
		return ctx, func() { stop(); cancel() }
	}
	return ctx, cancel
}

func (d *door) serve(ctx context.Context, h http.Handler, log *slog.Logger) error {
	closing, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: timeout,
		WriteTimeout:      2 * timeout, // a call, and its answer
		IdleTimeout:       2 * timeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		TLSConfig:         d.tls,
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.WithValue(context.WithoutCancel(ctx), closingKey{}, closing), doorKey{}, d)
		},
		ConnContext: withPeer,
		ConnState:   limit(maxConns),
	}
	log.Info("management API", "address", d.Addr())
	served := make(chan error, 1)
	go func() { served <- d.serveOn(srv) }()
	select {
	case err := <-served:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	end()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if srv.Shutdown(last) != nil {
		srv.Close()
	}
	<-served
	return nil
}

func (d *door) serveOn(srv *http.Server) error {
	if d.tls != nil {
		return srv.ServeTLS(d.Listener, "", "")
	}
	return srv.Serve(d.Listener)
}

// limit closes connections that are too many.
func limit(most int64) func(net.Conn, http.ConnState) {
	var open atomic.Int64
	return func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			if open.Add(1) > most {
				c.Close()
			}
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
}
