package kvtest

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

// watcher is a watch and what it has told.
type watcher struct {
	prefix  string
	batches chan kvstore.Batch
	ended   chan error
	stop    context.CancelFunc

	started bool
	state   map[string]string
	history map[string][]string // values of each key as they came; "" is deleted
}

// watching starts a watch that ends with the test.
func watching(t testing.TB, s kvstore.Store, prefix string) *watcher {
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{
		prefix: prefix, batches: make(chan kvstore.Batch), ended: make(chan error, 1), stop: cancel,
		state: map[string]string{}, history: map[string][]string{},
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		w.ended <- s.Watch(ctx, prefix, func(b kvstore.Batch) error {
			select {
			case w.batches <- b:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-stopped
	})
	return w
}

// until waits till cond holds.
func (w *watcher) until(t tb, what string, cond func() bool) {
	t.Helper()
	ctx := limited(t)
	for !w.started || !cond() {
		select {
		case b := <-w.batches:
			w.take(t, b)
		case err := <-w.ended:
			t.Fatalf("the watch of %q ended with %v before %s", w.prefix, err, what)
		case <-ctx.Done():
			t.Fatalf("the watch of %q has %v, never %s", w.prefix, w.state, what)
		}
	}
}

// is waits till the watch has told exactly this state.
func (w *watcher) is(t tb, want map[string]string) {
	t.Helper()
	w.until(t, fmt.Sprint(want), func() bool { return maps.Equal(w.state, want) })
}

func (w *watcher) take(t tb, b kvstore.Batch) {
	t.Helper()
	if b.Snapshot {
		w.started = true
		w.state = existing(t, w.prefix, b.Entries)
		return
	}
	if !w.started {
		t.Fatalf("the watch of %q began with changes, not a snapshot: %v", w.prefix, b.Entries)
	}
	for _, e := range b.Entries {
		if !strings.HasPrefix(e.Key, w.prefix) {
			t.Fatalf("the watch of %q tells of %s", w.prefix, e.Key)
		}
		w.history[e.Key] = append(w.history[e.Key], string(e.Value))
		if e.Revision == kvstore.Absent {
			delete(w.state, e.Key)
			continue
		}
		w.state[e.Key] = string(e.Value)
	}
}

// end waits for the watch to end.
func (w *watcher) end(t tb) error {
	t.Helper()
	ctx := limited(t)
	for {
		select {
		case <-w.batches:
		case err := <-w.ended:
			return err
		case <-ctx.Done():
			t.Fatalf("the watch of %q does not end", w.prefix)
		}
	}
}
