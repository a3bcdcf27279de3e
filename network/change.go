package network

import "github.com/vlcp-go/vlcp/kvstore"

// Change changes one object. Edit gets it as it is in the store and changes it
// in place; what the type's comment or the rules call fixed it must leave. An
// error of Edit refuses the whole call. It may run more than once.
type Change[T any] struct {
	ID   string
	Edit func(*T) error
}

func (c Change[T]) id() string { return c.ID }

// changed is an object of one run of an update.
type changed[T any] struct {
	Change[T]
	key    string
	old, v T    // as it was, and as it will be
	done   bool // by an earlier run, whose outcome was unknown; v is of that run
}

// load reads the object and edits v.
func (c *changed[T]) load(t *txn, kind Kind, key string) error {
	e, err := t.Get(key)
	if c.key, c.done = key, err == nil && t.mine(e); err != nil || c.done {
		return err
	}
	if c.old, err = load[T](t, kind, key, c.ID); err != nil {
		return err
	}
	// Decoded once more, so that Edit can't reach what old points to.
	if c.v, err = kvstore.Decode[T](e); err != nil {
		return err
	}
	return c.Edit(&c.v)
}

// save stores v.
func (c *changed[T]) save(t *txn) error {
	if c.done {
		return nil
	}
	return kvstore.Save(t.Tx, c.key, c.v)
}

func asChanged[T any](changes []Change[T]) []changed[T] {
	return project(changes, func(c Change[T]) changed[T] { return changed[T]{Change: c} })
}

func results[T any](all []changed[T]) []T {
	return project(all, func(c changed[T]) T { return c.v })
}
