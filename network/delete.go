package network

import (
	"context"
	"errors"

	"github.com/vlcp-go/vlcp/kvstore"
)

// errMoved tells that somebody changed an object between two transactions that
// belong together: they start again.
var errMoved = errors.New("others change it all the time")

// maxRestarts bounds how often they do.
const maxRestarts = 16

// deletion deletes objects that may have children. Whoever adds a child reads
// its parent in the same transaction, and refuses one that is being deleted. So
// the parents are marked first, then their children are listed, and then they
// are deleted or, where there are children, unmarked. Somebody else may do the
// same at the same time: what is deleted must be at the revision that it had
// when its children were listed. Whoever finds a mark that a crash left can go
// on from there.
type deletion struct {
	call
	ids      []string
	key      func(t *txn, id string) (string, error)
	mark     func(t *txn, id, key string, deleting bool) error
	children func(ctx context.Context, id string) error // [ErrInUse], saying what to delete first
	remove   func(t *txn, id string) error
}

// marked is an object that is to be deleted.
type marked struct {
	id  string
	key string
	at  kvstore.Revision // when its children were listed
}

func (d deletion) run(ctx context.Context, m *Model) error {
	if err := d.distinct(d.ids); err != nil {
		return err
	}
	for range maxRestarts {
		if err := d.try(ctx, m); !errors.Is(err, errMoved) {
			return err
		}
	}
	return d.fail("", because(ErrInUse, errMoved, "%v: try again", errMoved))
}

func (d deletion) try(ctx context.Context, m *Model) error {
	all := project(d.ids, func(id string) marked { return marked{id: id} })
	err := m.update(ctx, d.call, func(t *txn) error {
		return each(d.call, all, markedID, func(o *marked) (err error) {
			if o.key, err = d.key(t, o.id); err != nil {
				return err
			}
			return d.mark(t, o.id, o.key, true)
		})
	})
	if err != nil {
		return err
	}
	err = d.finish(ctx, m, all)
	if err == nil || errors.Is(err, errMoved) {
		return err // the mark stays for the next try
	}
	return errors.Join(err, d.unmark(ctx, m, all))
}

// finish deletes what is marked, if it has no children.
func (d deletion) finish(ctx context.Context, m *Model, all []marked) error {
	entries, err := m.store.Get(ctx, project(all, func(o marked) string { return o.key }), true)
	if err != nil {
		return d.fail("", err)
	}
	for i, e := range entries {
		if !isDeleting(e) {
			return errMoved
		}
		all[i].at = e.Revision
		if err := d.children(ctx, all[i].id); err != nil {
			return d.fail(all[i].id, err)
		}
	}
	return m.update(ctx, d.call, func(t *txn) error {
		return each(d.call, all, markedID, func(o *marked) error { return d.removeMarked(t, *o) })
	})
}

func (d deletion) removeMarked(t *txn, o marked) error {
	e, err := t.Get(o.key)
	switch {
	case err != nil || t.mine(e):
		return err
	case e.Revision != o.at:
		return errMoved
	}
	return d.remove(t, o.id)
}

// unmark takes the marks off what still exists.
func (d deletion) unmark(ctx context.Context, m *Model, all []marked) error {
	ctx, cancel := undoing(ctx)
	defer cancel()
	return m.update(ctx, d.call, func(t *txn) error {
		return each(d.call, all, markedID, func(o *marked) error {
			if err := d.mark(t, o.id, o.key, false); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			return nil
		})
	})
}

// isDeleting tells whether an object of any kind is marked.
func isDeleting(e kvstore.Entry) bool {
	if e.Revision == kvstore.Absent {
		return false
	}
	v, err := kvstore.Decode[struct {
		Deleting bool `json:"deleting"`
	}](e)
	return err == nil && v.Deleting
}

func markedID(o marked) string { return o.id }

// mark sets the mark of an object, where it is not set like that already.
func mark[T any](t *txn, kind Kind, key, id string, deleting func(*T) *bool, to bool) error {
	v, err := load[T](t, kind, key, id)
	if err != nil || *deleting(&v) == to {
		return err
	}
	*deleting(&v) = to
	return kvstore.Save(t.Tx, key, v)
}
