package network

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"
)

// resize is an update of objects that others take ids or addresses from, in
// transactions that only read them. What is in use is too much to be read in
// one transaction. So where an object shrinks, what is in use is looked at
// before the change and once more after it: from then on nobody takes what it
// lost. If somebody just had, the old form is put back.
type resize[T any] struct {
	call
	key     func(t *txn, id string) (string, error)
	check   func(old T, v *T) error
	shrinks func(old, v T) bool
	inUse   func(ctx context.Context, v T) error // says what v has no room for
	others  func(now T, v *T)                    // takes over what other calls than an update change
	save    func(t *txn, key string, v *T) error
}

func (r resize[T]) update(ctx context.Context, m *Model, changes []Change[T]) ([]T, error) {
	all := asChanged(changes)
	err := r.distinct(project(changes, Change[T].id))
	if err == nil {
		err = m.update(ctx, r.call, func(t *txn) error {
			return each(r.call, all, changed[T].id, func(o *changed[T]) error { return r.change(ctx, t, o) })
		})
	}
	if err == nil {
		err = r.lookAgain(ctx, m, all)
	}
	if err != nil {
		return nil, err
	}
	return results(all), nil
}

func (r resize[T]) change(ctx context.Context, t *txn, o *changed[T]) error {
	key, err := r.key(t, o.ID)
	if err != nil {
		return err
	}
	if err := o.load(t, r.kind, key); err != nil || o.done {
		return err
	}
	if err := r.check(o.old, &o.v); err != nil {
		return err
	}
	if r.shrinks(o.old, o.v) {
		if err := r.inUse(ctx, o.v); err != nil {
			return err
		}
	}
	return r.save(t, key, &o.v)
}

// lookAgain looks at what is in use after the change, and undoes it for all if
// there is no room for that.
func (r resize[T]) lookAgain(ctx context.Context, m *Model, all []changed[T]) error {
	err := each(r.call, all, changed[T].id, func(o *changed[T]) error {
		if !r.shrinks(o.old, o.v) {
			return nil
		}
		return r.inUse(ctx, o.v)
	})
	if err == nil {
		return nil
	}
	ctx, cancel := undoing(ctx)
	defer cancel()
	return errors.Join(err, m.update(ctx, r.call, func(t *txn) error {
		return each(r.call, all, changed[T].id, func(o *changed[T]) error { return r.restore(t, o) })
	}))
}

// restore puts the old form back, unless somebody changed the new one.
func (r resize[T]) restore(t *txn, o *changed[T]) error {
	now, err := load[T](t, r.kind, o.key, o.ID)
	if err != nil {
		return err
	}
	r.others(now, &o.v)
	r.others(now, &o.old)
	if !same(now, o.v) {
		return nil
	}
	return r.save(t, o.key, &o.old)
}

// same tells whether two values are stored alike.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// undoTime is how long what failed half-way is being undone, also after the
// caller gave up.
const undoTime = 5 * time.Second

func undoing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), undoTime)
}
