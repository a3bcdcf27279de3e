package webapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// grace is what calls that run get to end, when the server does.
const grace = time.Second

// Listen makes the listener of [Serve] at addr, host:port. As the API has no
// passwords, that must be on loopback.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !isLoopback(host) {
		return nil, fmt.Errorf("management API: %q is no address on loopback: use one such as 127.0.0.1:8081", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("management API: %w", err)
	}
	if a, isTCP := l.Addr().(*net.TCPAddr); !isTCP || !a.IP.IsLoopback() { // localhost may be anything in /etc/hosts
		return nil, errors.Join(fmt.Errorf("management API: %s is %v here, which is not on loopback: use 127.0.0.1", addr, l.Addr()), l.Close())
	}
	return l, nil
}

// Serve serves a handler until ctx ends; then it ends the calls that run, and
// closes l. The error is nil when it was ctx that ended it. A nil log is silent.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: timeout,
		WriteTimeout:      2 * timeout, // a call, and its answer
		IdleTimeout:       2 * timeout,
		ErrorLog:          slog.NewLogLogger(logger(log).Handler(), slog.LevelDebug),
	}
	logger(log).Info("management API", "address", l.Addr())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if srv.Shutdown(end) != nil {
		srv.Close()
	}
	<-served
	return nil
}
