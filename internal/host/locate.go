package host

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/internal/engine"
	"github.com/vlcp-go/vlcp/network"
)

// locator writes where ports are plugged in, as the engine sees it. It works
// beside the engine, which must not wait for the store.
type locator struct {
	mu    sync.Mutex
	moves map[string]engine.Move // by port, still to be written
	wake  chan struct{}          // of capacity 1
}

func newLocator() *locator {
	return &locator{moves: map[string]engine.Move{}, wake: make(chan struct{}, 1)}
}

// moved takes note of a move. Of several the last counts, but for one that only
// says that a port was found where it is.
func (l *locator) moved(port string, m engine.Move) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, waiting := l.moves[port]; !waiting || m != engine.Found {
		l.moves[port] = m
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// take gives the moves that wait.
func (l *locator) take() map[string]engine.Move {
	l.mu.Lock()
	defer l.mu.Unlock()
	moves := l.moves
	l.moves = map[string]engine.Move{}
	return moves
}

// locate writes moves until ctx ends. One that can't be written is tried again,
// unless the port has moved on meanwhile.
func (h *Host) locate(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.locator.wake:
		}
		for port, m := range h.locator.take() {
			err := h.write(ctx, port, m)
			if err == nil || errors.Is(err, network.ErrNotFound) || ctx.Err() != nil {
				continue
			}
			h.Log.Warn("location of a port not written", "port", port, "error", err)
			time.AfterFunc(time.Second, func() { h.locator.retry(port, m) })
		}
	}
}

func (l *locator) retry(port string, m engine.Move) {
	l.mu.Lock()
	_, waiting := l.moves[port]
	l.mu.Unlock()
	if !waiting {
		l.moved(port, m)
	}
}

// write writes one move: the newest plug wins; a port that was only found here
// is taken from nobody who lives; an unplugged one is let go if it was here.
func (h *Host) write(ctx context.Context, port string, m engine.Move) error {
	var living map[string]bool
	if m == engine.Found {
		var err error
		if living, err = h.Model.Living(ctx); err != nil {
			return err
		}
	}
	return h.Model.Locate(ctx, port, func(at network.Location) (string, bool) {
		switch {
		case m == engine.Unplugged:
			return "", at.Host == h.ID
		case m == engine.Found && living[at.Host]:
			return "", false
		}
		return h.ID, at.Host != h.ID
	})
}
