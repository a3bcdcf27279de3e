package zookeeper

import (
	"context"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// watch is one call of Watch. What the hub's events say it shall read is guarded
// by the hub.
type watch struct {
	prefix string
	wake   chan struct{} // holds a token when something of the following has changed

	lost    bool            // read everything
	dirty   map[string]bool // read these keys
	refused error           // no server will ever tell what happens

	told map[string]kvstore.Revision // by key that exists; of the goroutine that calls fn
}

// rouse has the watch look what there is to do.
func (w *watch) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Watch calls fn with what is below prefix, then with its changes.
func (s *Store) Watch(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return err
	}
	fail := func(err error) error { return &kvstore.Error{Op: "watch", Key: prefix, Err: err} }
	if err := s.link.ended(ctx); err != nil {
		return fail(err)
	}
	w := &watch{prefix: prefix, wake: make(chan struct{}, 1), lost: true, dirty: map[string]bool{}}
	s.hub.enter(w)
	defer s.hub.leave(w)
	for try := 0; ; {
		if err := s.link.pause(ctx, try); err != nil {
			return fail(err)
		}
		all, keys, err := s.hub.next(ctx, w)
		if err != nil {
			return fail(err)
		}
		batch, err := s.batch(ctx, w, all, keys)
		switch {
		case isAny(err, denied):
			return fail(err)
		case err != nil: // the servers are away, or ctx has ended
			s.hub.lose(w)
			try++
			continue
		}
		try = 0
		if !batch.Snapshot && len(batch.Entries) == 0 {
			continue
		}
		if err := fn(batch); err != nil {
			return err
		}
	}
}

// batch reads everything, or some keys of which it keeps those that are not as they
// were told. Whoever told of a change may be ahead of the server that is asked.
func (s *Store) batch(ctx context.Context, w *watch, all bool, keys []string) (b kvstore.Batch, err error) {
	ctx, cancel := s.link.bound(ctx)
	defer cancel()
	if err := s.sync(ctx); err != nil {
		return b, err
	}
	if all {
		b.Snapshot = true
		b.Entries, err = s.below(ctx, w.prefix)
		w.told = map[string]kvstore.Revision{}
	} else {
		var nodes []node
		nodes, err = s.nodes(ctx, keys)
		b.Entries = slices.DeleteFunc(entries(nodes), func(e kvstore.Entry) bool { return e.Revision == w.told[e.Key] })
	}
	for _, e := range b.Entries {
		w.told[e.Key] = e.Revision
		if e.Revision == kvstore.Absent {
			delete(w.told, e.Key)
		}
	}
	return b, err
}
