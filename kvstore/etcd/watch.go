package etcd

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/vlcp-go/vlcp/kvstore"
)

// errLost ends a watch that can't go on from where it was.
var errLost = errors.New("the changes in between are not to be had")

// Watch calls fn with what is below prefix, then with its changes. Its client
// goes on where it was when it has lost a server; it begins anew when etcd has
// compacted what it missed, or was restored from a backup.
func (s *Store) Watch(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return err
	}
	live, stop := s.bind(ctx)
	defer stop()
	w := &watch{Store: s, prefix: prefix, fn: fn}
	err := w.run(live)
	for pause := minPause; w.again(err) && sleep(live, pause); pause = min(2*pause, maxPause) {
		s.log.Debug("a watch of the store begins anew", "prefix", prefix, "cause", err)
		err = w.run(live)
	}
	if w.failed != nil {
		return w.failed
	}
	if stopped := s.stopped(ctx); stopped != nil {
		err = stopped
	}
	return &kvstore.Error{Op: "watch", Key: prefix, Err: err}
}

// watch is one call of Watch.
type watch struct {
	*Store
	prefix string
	fn     func(kvstore.Batch) error
	failed error // what fn answered
}

// again tells whether a new snapshot may help.
func (w *watch) again(err error) bool {
	return w.failed == nil && matches(err, errLost, kvstore.ErrUnavailable)
}

// run tells of a snapshot and of all changes after it.
func (w *watch) run(ctx context.Context) error {
	rewind := w.rewound()
	entries, last, err := w.list(ctx, w.prefix)
	if err != nil {
		return err
	}
	if err := w.tell(last, kvstore.Batch{Snapshot: true, Entries: entries}); err != nil {
		return err
	}
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		now := last
		if last, err = w.follow(ctx, rewind, last); err != nil {
			return err
		}
		if last > now {
			pause = minPause
		}
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

// follow tells of the changes after revision last, and answers the newest that
// it told of. Without an error it can be called again from there.
func (w *watch) follow(ctx context.Context, rewind <-chan struct{}, last int64) (int64, error) {
	ctx, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel()
	changes := w.client.Watch(ctx, w.root+w.prefix, clientv3.WithPrefix(), clientv3.WithRev(last+1))
	for {
		select {
		case <-rewind:
			return last, errLost
		case change, open := <-changes:
			if err := change.Err(); !open || matches(err, rpctypes.ErrNoLeader) {
				return last, nil
			} else if err != nil {
				return last, fmt.Errorf("%w: %w", errLost, err)
			}
			if len(change.Events) == 0 {
				continue
			}
			last = change.Events[len(change.Events)-1].Kv.ModRevision
			if err := w.tell(last, w.batch(change.Events)); err != nil {
				return last, err
			}
		}
	}
}

// tell tells fn of what is so at a revision.
func (w *watch) tell(at int64, b kvstore.Batch) error {
	w.advance(at)
	w.failed = w.fn(b)
	return w.failed
}

func (w *watch) batch(events []*clientv3.Event) kvstore.Batch {
	entries := make([]kvstore.Entry, len(events))
	for i, e := range events {
		entries[i] = w.entry(e.Kv)
		if e.Type == clientv3.EventTypeDelete {
			entries[i].Revision = kvstore.Absent
		}
	}
	return kvstore.Batch{Entries: entries}
}

// rewound is closed when the cluster is found at an older revision.
func (s *Store) rewound() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rewind
}
