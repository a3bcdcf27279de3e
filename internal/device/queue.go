package device

import (
	"context"
	"sync"
)

// queue holds the names of the interfaces that are to be removed. A port of the
// same id, and so an interface of the same name, may come back at any time:
// whoever makes it claims the name first.
type queue struct {
	mu      sync.Mutex
	waiting map[string]bool
	busy    map[string]bool // those that are being removed now
	idle    chan struct{}   // closed when they are
	claimed map[string]bool // since the last call of watch
	wake    chan struct{}   // of capacity 1: something waits
}

func newQueue() *queue {
	return &queue{waiting: map[string]bool{}, claimed: map[string]bool{}, wake: make(chan struct{}, 1)}
}

// put adds names.
func (q *queue) put(names ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, name := range names {
		q.waiting[name] = true
	}
	q.signal()
}

// watch makes putUnclaimed take note of the claims from now on.
func (q *queue) watch() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.claimed)
}

// putUnclaimed adds a name unless it was claimed since the last call of watch.
func (q *queue) putUnclaimed(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.claimed[name] {
		q.waiting[name] = true
		q.signal()
	}
}

// claim takes a name out, and returns when nobody is removing it any more.
func (q *queue) claim(ctx context.Context, name string) error {
	for {
		idle := q.tryClaim(name)
		if idle == nil {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tryClaim claims a name, or answers what to wait for.
func (q *queue) tryClaim(name string) (idle <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.waiting, name)
	if q.busy[name] {
		return q.idle
	}
	q.claimed[name] = true
	return nil
}

// take gives up to n names to remove; done must follow.
func (q *queue) take(n int) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var names []string
	q.busy, q.idle = map[string]bool{}, make(chan struct{})
	for name := range q.waiting {
		if len(names) == n {
			break
		}
		delete(q.waiting, name)
		q.busy[name] = true
		names = append(names, name)
	}
	return names
}

// done ends what take began; where it failed, the names wait again.
func (q *queue) done(failed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if failed {
		for name := range q.busy {
			q.waiting[name] = true
		}
	}
	q.busy = nil
	close(q.idle)
	if len(q.waiting) > 0 {
		q.signal()
	}
}

// signal is called with the lock held.
func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) == 0
}
