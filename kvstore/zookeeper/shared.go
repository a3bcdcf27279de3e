package zookeeper

import (
	"context"
	"sync"
)

// shared is a question to ZooKeeper that many ask at the same time: an answer is
// for all who asked before the question was sent.
type shared struct {
	ask func() error

	mu      sync.Mutex
	waiting *answer // to the next question
	busy    bool
}

type answer struct {
	done chan struct{}
	err  error
}

// do waits for the answer to a question that is sent after do was called.
func (q *shared) do(ctx context.Context, l *link) error {
	q.mu.Lock()
	if q.waiting == nil {
		q.waiting = &answer{done: make(chan struct{})}
	}
	a := q.waiting
	if !q.busy {
		q.busy = l.start(q.askAll)
	}
	q.mu.Unlock()
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
	case <-l.closed:
	}
	return l.ended(ctx)
}

// askAll asks as long as somebody waits.
func (q *shared) askAll() {
	for {
		q.mu.Lock()
		a := q.waiting
		q.waiting, q.busy = nil, a != nil
		q.mu.Unlock()
		if a == nil {
			return
		}
		a.err = q.ask()
		close(a.done)
	}
}
