package engine

import (
	"context"
	"fmt"
	"sync"
)

// readiness tells other goroutines which ports are forwarded.
type readiness struct {
	mu      sync.Mutex
	state   map[string]string // port id: "" when forwarded, else what it waits for
	changed chan struct{}     // closed when state was replaced
}

// publish replaces the state and wakes those who wait.
func (r *readiness) publish(state map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = state
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *readiness) look(port string) (waitsFor string, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	waitsFor, known := r.state[port]
	if !known {
		waitsFor = "its interface in Open vSwitch"
	}
	return waitsFor, r.changed
}

// WaitPort waits until packets of a port are forwarded. When ctx ends first,
// the error says what the port still waited for.
func (e *Engine) WaitPort(ctx context.Context, port string) error {
	for {
		waitsFor, changed := e.ready.look(port)
		if waitsFor == "" {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("port %s still waits for %s: %w", port, waitsFor, ctx.Err())
		}
	}
}
