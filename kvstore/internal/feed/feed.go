// Package feed hands the changes of a store to its watches inside one process.
//
// A back-end publishes every commit under a number that grows, and answers a
// watch with [Feed.Watch]: a snapshot of some number, then whatever was
// published above it. A slow watch holds up nobody and keeps only the last
// state of each key.
package feed

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Feed is the watches of one store. The zero Feed has none.
type Feed struct {
	mu      sync.Mutex
	watches map[*watch]bool
}

// Snapshot lists what exists below a watch's prefix, sorted by key, and the
// number of the last commit in it.
type Snapshot func() (entries []kvstore.Entry, seq uint64, err error)

// Publish hands out the changes of commit number seq. Calls must come in the
// order of seq, each before its commit is acknowledged.
func (f *Feed) Publish(seq uint64, entries []kvstore.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.watches {
		w.add(seq, entries)
	}
}

// Watch is the Watch of a store that is open until closed is.
func (f *Feed) Watch(ctx context.Context, closed <-chan struct{}, prefix string, snapshot Snapshot, fn func(kvstore.Batch) error) error {
	w := &watch{prefix: prefix, wake: make(chan struct{}, 1), pending: map[string]change{}}
	f.enter(w)
	defer f.leave(w)
	entries, seq, err := snapshot()
	if err != nil {
		return err
	}
	if err := fn(kvstore.Batch{Snapshot: true, Entries: entries}); err != nil {
		return err
	}
	for {
		if err := w.wait(ctx, closed); err != nil {
			return err
		}
		changes := w.take(seq)
		if len(changes) == 0 {
			continue
		}
		if err := fn(kvstore.Batch{Entries: changes}); err != nil {
			return err
		}
	}
}

func (f *Feed) enter(w *watch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watches == nil {
		f.watches = map[*watch]bool{}
	}
	f.watches[w] = true
}

func (f *Feed) leave(w *watch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.watches, w)
}

// watch is what waits for one consumer.
type watch struct {
	prefix string
	wake   chan struct{} // holds a token while something is pending

	mu      sync.Mutex
	pending map[string]change
}

type change struct {
	seq   uint64
	entry kvstore.Entry
}

func (w *watch) add(seq uint64, entries []kvstore.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range entries {
		if strings.HasPrefix(e.Key, w.prefix) {
			w.pending[e.Key] = change{seq, e}
		}
	}
	if len(w.pending) == 0 {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watch) wait(ctx context.Context, closed <-chan struct{}) error {
	select {
	case <-w.wake:
	case <-ctx.Done():
	case <-closed:
	}
	select {
	case <-closed:
		return kvstore.ErrClosed
	default:
		return ctx.Err()
	}
}

// take empties the watch: the changes after commit number seq, oldest first.
func (w *watch) take(seq uint64) []kvstore.Entry {
	w.mu.Lock()
	pending := w.pending
	w.pending = map[string]change{}
	w.mu.Unlock()
	changes := make([]change, 0, len(pending))
	for _, c := range pending {
		if c.seq > seq {
			changes = append(changes, c)
		}
	}
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), strings.Compare(a.entry.Key, b.entry.Key))
	})
	entries := make([]kvstore.Entry, len(changes))
	for i, c := range changes {
		entries[i] = c.entry
	}
	return entries
}
