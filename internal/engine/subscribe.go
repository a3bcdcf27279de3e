package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/ovs"
)

// subscription is a watch on one prefix of the store. Its fields belong to the
// engine's goroutine.
type subscription struct {
	prefix string
	take   func(kvstore.Entry) // of one key that is so now
	keys   map[string]struct{} // that exist, as last taken
	loaded bool                // the first snapshot was taken
	cancel context.CancelFunc
}

// retryAfter is the pause before something that failed is tried again.
const retryAfter = time.Second

// start runs the watcher of the switch, and gives what all watchers of this
// run are waited for with.
func (e *Engine) start(ctx context.Context) *watchers {
	w := &watchers{}
	e.watchers = w
	w.Go(func() {
		persist(ctx, e.Log, "switch", func() error {
			return e.Switch.Watch(ctx, func(ev ovs.Event) error { return e.send(ctx, event{sw: ev}) })
		})
	})
	return w
}

// watchers are the goroutines of one run.
type watchers struct{ sync.WaitGroup }

// subscribe watches a prefix from now on.
func (e *Engine) subscribe(ctx context.Context, prefix string, take func(kvstore.Entry)) {
	ctx, cancel := context.WithCancel(ctx)
	s := &subscription{prefix: prefix, take: take, keys: map[string]struct{}{}, cancel: cancel}
	e.subs[prefix] = s
	e.watchers.Go(func() {
		persist(ctx, e.Log, "store", func() error {
			return e.Store.Watch(ctx, prefix, func(b kvstore.Batch) error { return e.send(ctx, event{sub: s, batch: b}) })
		})
	})
}

// unsubscribe ends the watch on a prefix and forgets all that it told.
func (e *Engine) unsubscribe(prefix string) {
	s := e.subs[prefix]
	s.cancel()
	delete(e.subs, prefix)
	s.forget(nil)
}

// send hands an event to the engine's goroutine.
func (e *Engine) send(ctx context.Context, ev event) error {
	select {
	case e.events <- ev:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// persist runs a watch again for as long as ctx lives.
func persist(ctx context.Context, log *slog.Logger, what string, watch func() error) {
	for {
		err := watch()
		if ctx.Err() != nil || errors.Is(err, kvstore.ErrClosed) {
			return
		}
		log.Warn("watch ended, starting it again", "of", what, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryAfter):
		}
	}
}

// takeBatch takes what a watch delivered, unless it was ended meanwhile.
func (e *Engine) takeBatch(s *subscription, b kvstore.Batch) {
	if e.subs[s.prefix] != s {
		return
	}
	if b.Snapshot {
		s.loaded = true
		s.forget(b.Entries)
	}
	for _, entry := range b.Entries {
		if entry.Revision == kvstore.Absent {
			delete(s.keys, entry.Key)
		} else {
			s.keys[entry.Key] = struct{}{}
		}
		s.take(entry)
	}
}

// forget takes as deleted every key that is not among those that stay.
func (s *subscription) forget(stay []kvstore.Entry) {
	gone := s.keys
	s.keys = make(map[string]struct{}, len(stay))
	for _, entry := range stay {
		delete(gone, entry.Key)
	}
	for key := range gone {
		s.take(kvstore.Entry{Key: key})
	}
}
