package dockerdriver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	dnet "github.com/docker/go-plugins-helpers/network"
	"github.com/docker/go-plugins-helpers/sdk"
)

const (
	// callTimeout bounds a call. Docker itself waits for ever, with a lock on
	// the network.
	callTimeout = 9 * time.Second
	// maxBody bounds a request, in bytes.
	maxBody = 1 << 20
)

// ids are the fields that requests name their objects with.
type ids struct {
	NetworkID, EndpointID, PoolID string
	Address                       string
}

// check tells what is wrong with the ids that a call needs.
type check func(ids) error

// handle makes the handler of a call: it reads a Q, and answers an A or what
// fn's error says.
func handle[Q, A any](s *Server, name string, check check, fn func(context.Context, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ctx, cancel := context.WithDeadline(r.Context(), start.Add(callTimeout))
		defer cancel()
		var (
			req Q
			id  ids
		)
		body, err := readBody(w, r)
		if err == nil {
			id, err = decode(body, check, &req)
		}
		var answer A
		if err == nil {
			answer, err = guard(ctx, s.log(), req, fn)
		}
		s.logCall(ctx, name, id, time.Since(start), err)
		if err != nil {
			sdk.EncodeResponse(w, dnet.NewErrorResponse(explain(err)), true)
			return
		}
		sdk.EncodeResponse(w, answer, false)
	}
}

// readBody reads a whole request.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	// Where the connection has no deadlines (a test's), none is needed.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(callTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, fmt.Errorf("the request is larger than %d bytes", maxBody)
	}
	if err != nil {
		return nil, fmt.Errorf("the request broke off: %w", err)
	}
	return body, nil
}

// errEmpty is the answer to a call without its parameters: Docker repeats a
// call whose connection broke, with an empty body.
var errEmpty = errors.New("the plugin was restarted during this call, and Docker repeated it without its parameters: run the command again")

// decode reads the body into req, where the call has parameters at all.
func decode(body []byte, check check, req any) (id ids, err error) {
	switch {
	case check == nil:
		return id, nil
	case len(body) == 0:
		return id, errEmpty
	}
	if err := json.Unmarshal(body, req); err != nil {
		return id, fmt.Errorf("the request can't be read: %w", err)
	}
	if err := json.Unmarshal(body, &id); err != nil {
		return id, fmt.Errorf("the request can't be read: %w", err)
	}
	return id, check(id)
}

// guard calls fn, and makes an error of a panic: one broken call must not end
// the traffic of all.
func guard[Q, A any](ctx context.Context, log *slog.Logger, req Q, fn func(context.Context, Q) (A, error)) (answer A, err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic in a call", "panic", p, "stack", string(debug.Stack()))
			err = errors.New("internal error: see the log of vlcp")
		}
	}()
	return fn(ctx, req)
}

func (s *Server) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}

func (s *Server) logCall(ctx context.Context, name string, id ids, took time.Duration, err error) {
	attrs := []slog.Attr{slog.Duration("took", took)}
	for _, a := range []slog.Attr{
		slog.String("network", id.NetworkID), slog.String("endpoint", id.EndpointID),
		slog.String("pool", id.PoolID), slog.String("address", id.Address),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	level := slog.LevelDebug
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Any("error", err))
	}
	s.log().LogAttrs(ctx, level, name, attrs...)
}
