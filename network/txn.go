package network

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// txn is one run of a transaction.
type txn struct {
	*kvstore.Tx
	runs *runs
}

// runs is a store that remembers of the commits of one transaction what the
// next run has to know.
type runs struct {
	kvstore.Store
	commits int                     // that were tried
	lost    map[string][]kvstore.Op // by key, writes of commits whose outcome is unknown
	last    size
}

// size is that of a commit.
type size struct {
	checks int // conditions without a write
	writes int
	bytes  int // of keys and values
	value  int // the largest value, in bytes
}

// Commit commits, and takes note.
func (r *runs) Commit(ctx context.Context, ops []kvstore.Op) error {
	err := r.Store.Commit(ctx, ops)
	r.commits++
	r.last = sizeOf(ops)
	if errors.Is(err, kvstore.ErrUnknown) {
		for _, op := range ops {
			r.lost[op.Key] = append(r.lost[op.Key], op)
		}
	}
	return err
}

func sizeOf(ops []kvstore.Op) (s size) {
	for _, op := range ops {
		s.bytes += len(op.Key) + len(op.Value)
		s.value = max(s.value, len(op.Value))
		if op.Write == kvstore.None {
			s.checks++
		} else {
			s.writes++
		}
	}
	return s
}

// update runs fn as one transaction.
func (m *Model) update(ctx context.Context, c call, fn func(*txn) error) error {
	r := &runs{Store: m.store, lost: map[string][]kvstore.Op{}}
	err := kvstore.Update(ctx, r, func(tx *kvstore.Tx) error { return fn(&txn{tx, r}) })
	if errors.Is(err, kvstore.ErrTooLarge) {
		err = r.tooLarge(c, err)
	}
	return c.fail("", err)
}

// create is update for a call that creates parents. Where what an interrupted
// deletion left is in the way, it finishes that first.
func (m *Model) create(ctx context.Context, c call, finish func(context.Context, ...string) error, fn func(*txn) error) error {
	for range c.size {
		err := m.update(ctx, c, fn)
		var e *Error
		if !errors.Is(err, errLeftover) || !errors.As(err, &e) {
			return err
		}
		if err := finish(ctx, e.ID); err != nil && !errors.Is(err, ErrInUse) && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return m.update(ctx, c, fn)
}

// tooLarge names how many objects would have fitted: what a transaction writes,
// and reads for each of them, is shared out among them; the rest it reads once.
func (r *runs) tooLarge(c call, cause error) error {
	limits := r.Limits()
	each := r.last.checks / max(c.size, 1)
	once := r.last.checks - each*c.size
	fit := min((limits.Ops-once)/(each+ceil(r.last.writes, c.size)), limits.Bytes/ceil(r.last.bytes, c.size), c.size-1)
	if fit < 1 || r.last.value > limits.Value {
		return because(ErrInvalid, cause, "it is too large for the store: %s", c.smaller())
	}
	return because(ErrInvalid, cause, "%d are too many for one transaction of the store: at most %d fit, split the request", c.size, fit)
}

// smaller tells how one object takes less.
func (c call) smaller() string {
	switch {
	case c.kind == KindNetwork && c.verb == "delete":
		return "delete its subnets first, by themselves"
	case c.kind == KindNetwork:
		return "leave out attributes, and subnets, which can be created afterwards"
	}
	return "leave out attributes"
}

func ceil(n, parts int) int { return max(1, (n+parts-1)/max(parts, 1)) }

// mine tells whether an entry is what an earlier run of this transaction, whose
// outcome is unknown, made of it.
func (t *txn) mine(e kvstore.Entry) bool {
	return slices.ContainsFunc(t.runs.lost[e.Key], func(op kvstore.Op) bool {
		switch op.Write {
		case kvstore.Put:
			return e.Revision != kvstore.Absent && bytes.Equal(op.Value, e.Value)
		case kvstore.Delete:
			return e.Revision == kvstore.Absent
		}
		return false
	})
}

// load reads an object that must exist; [ErrNotFound] in the words of its kind.
func load[T any](t *txn, kind Kind, key, id string) (T, error) {
	v, found, err := kvstore.Load[T](t.Tx, key)
	if err == nil && !found {
		err = notFound(kind, id)
	}
	return v, err
}

// vacant answers nil where an object may be created: its key is free, or this
// transaction's work already (then mine is true).
func (t *txn) vacant(key string) (mine bool, err error) {
	e, err := t.Get(key)
	switch {
	case err != nil || e.Revision == kvstore.Absent:
		return false, err
	case t.mine(e):
		return true, nil
	}
	return false, exists(e)
}

// exists says that an object is in the way of a new one.
func exists(e kvstore.Entry) error {
	if isDeleting(e) {
		return faultf(errLeftover, "one of this id is being deleted: delete it again, if that was interrupted")
	}
	return faultf(ErrExists, "it exists already: choose another id")
}

// claim makes key say id, unless it says another: then that is the answer.
func (t *txn) claim(key, id string) (taken string, err error) {
	e, err := t.Get(key)
	if err != nil {
		return "", err
	}
	if e.Revision != kvstore.Absent && string(e.Value) != id {
		return string(e.Value), nil
	}
	t.Put(key, []byte(id))
	return "", nil
}
