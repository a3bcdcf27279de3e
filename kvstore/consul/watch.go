package consul

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// maxWait is how long a query waits for a change: each that sees none costs an
// answer with the whole prefix.
const maxWait = 5 * time.Minute

// Watch calls fn with what is below prefix, then with its changes.
func (s *Store) Watch(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return err
	}
	watching, cancel := s.during(ctx)
	defer cancel()
	w := &watch{store: s, prefix: prefix}
	for p := newPauses(50*time.Millisecond, 5*time.Second); ; {
		batch, err := w.next(watching)
		if over := s.over(ctx); over != nil {
			return &kvstore.Error{Op: "watch", Key: prefix, Err: over}
		}
		w.note(err)
		switch {
		case err != nil:
			p.wait(watching)
		case batch.Snapshot || len(batch.Entries) > 0:
			if err := fn(batch); err != nil {
				return err
			}
			p.reset()
		}
	}
}

// watch is the state of a watch. It learns of changes by polls: queries that any
// server may answer, once it has something newer than the index. After any other
// answer it lists, which is a consistent read of what is there now: the time may be
// over, the server cut off, or the data those of a backup, of which Consul tells only
// by an answer that is not newer.
type watch struct {
	store  *Store
	prefix string
	away   bool                        // the last query failed
	index  uint64                      // of what a poll has to be newer than; 0: list
	told   uint64                      // the index of what fn was told
	known  map[string]kvstore.Revision // what fn was told; nil before the snapshot
}

// next asks once, and answers what is new.
func (w *watch) next(ctx context.Context) (kvstore.Batch, error) {
	w.store.asking.RLock()
	defer w.store.asking.RUnlock()
	poll := w.index > 0
	ctx, cancel := context.WithTimeout(ctx, w.patience(poll))
	defer cancel()
	q := consistent(ctx)
	if poll {
		q = (&api.QueryOptions{AllowStale: true, WaitIndex: w.index, WaitTime: maxWait}).WithContext(ctx)
	}
	entries, meta, err := w.store.list(w.prefix, q)
	if err != nil || poll && (meta.LastIndex <= w.index || !meta.KnownLeader) {
		w.index = 0
		return kvstore.Batch{}, err
	}
	return w.take(entries, max(meta.LastIndex, 1)), nil
}

// patience is how long an answer may take; Consul adds a sixteenth to the time that
// it waits.
func (w *watch) patience(poll bool) time.Duration {
	if poll {
		return maxWait + maxWait/16 + w.store.patience
	}
	return w.store.patience
}

// take makes a batch of what is there at an index. An index that is lower than
// before may mean that the data are those of a backup, in which revisions can name
// other states: that is a new snapshot.
func (w *watch) take(entries []kvstore.Entry, index uint64) kvstore.Batch {
	b := kvstore.Batch{Snapshot: w.known == nil || index < w.told, Entries: entries}
	known := make(map[string]kvstore.Revision, len(entries))
	for _, e := range entries {
		known[e.Key] = e.Revision
	}
	if !b.Snapshot {
		b.Entries = changes(w.known, known, entries)
	}
	w.known, w.index, w.told = known, index, index
	return b
}

// changes are the entries that were not known before as they are now, and then what
// was known and is gone.
func changes(before, now map[string]kvstore.Revision, entries []kvstore.Entry) (changed []kvstore.Entry) {
	for _, e := range entries {
		if before[e.Key] != e.Revision {
			changed = append(changed, e)
		}
	}
	alive := len(changed)
	for key := range before {
		if now[key] == kvstore.Absent {
			changed = append(changed, kvstore.Entry{Key: key})
		}
	}
	slices.SortFunc(changed[alive:], func(a, b kvstore.Entry) int { return strings.Compare(a.Key, b.Key) })
	return changed
}

// note logs when Consul goes away and when it is back.
func (w *watch) note(err error) {
	switch {
	case err != nil && !w.away:
		w.store.log.Warn("a watch waits for Consul", "prefix", w.prefix, "error", err)
	case err == nil && w.away:
		w.store.log.Info("a watch goes on", "prefix", w.prefix)
	}
	w.away = err != nil
}
