package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// errPatience ends a call that a server did not answer.
var errPatience = errors.New("ZooKeeper did not answer in time")

// bound limits a call to the link's patience.
func (l *link) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, l.patience, errPatience)
}

// away is kvstore.ErrUnavailable with what was seen, and what to check.
func (l *link) away(seen error) error {
	return fmt.Errorf("%w: %w; check that a server of ZooKeeper runs at %s, and the TLS files",
		kvstore.ErrUnavailable, seen, strings.Join(l.servers, " or "))
}

// ended is why a call must end now.
func (l *link) ended(ctx context.Context) error {
	if l.isClosed() {
		return kvstore.ErrClosed
	}
	if errors.Is(context.Cause(ctx), errPatience) {
		return l.away(errPatience)
	}
	return ctx.Err()
}

// pause waits a moment before any but the first try.
func (l *link) pause(ctx context.Context, try int) error {
	if try > 0 {
		select {
		case <-time.After(rand.N(time.Millisecond << min(try, 6))):
		case <-ctx.Done():
		case <-l.closed:
		}
	}
	return l.ended(ctx)
}

// start runs fn in a goroutine that close waits for.
func (l *link) start(fn func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed() {
		return false
	}
	l.calls.Go(fn)
	return true
}

// do runs fn, which waits for conn's answer. If do ends before fn does, what fn
// finds is lost.
func do[T any](ctx context.Context, l *link, fn func() (T, error)) (result T, err error) {
	type answer struct {
		result T
		err    error
	}
	answered := make(chan answer, 1)
	if !l.start(func() {
		result, err := fn()
		answered <- answer{result, err}
	}) {
		return result, kvstore.ErrClosed
	}
	select {
	case a := <-answered:
		if a.err == nil || ctx.Err() == nil {
			return a.result, a.err
		}
	case <-ctx.Done():
	case <-l.closed:
	}
	return result, l.ended(ctx)
}
