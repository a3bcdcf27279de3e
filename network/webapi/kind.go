package webapi

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// kind is a kind of objects, with what the calls on it need.
type kind[T any] struct {
	name  string // in the names of the calls
	batch string // the parameter of the calls on several objects

	read   func(values) (T, error)                 // reads an object to be created
	params func() map[string]string                // what it reads, by name
	id     func(values) (string, error)            // reads which object is meant
	idOf   func(T) string                          // of an object
	edit   func(values) (network.Change[T], error) // reads a change of one

	// resolve finds the id of the object that is meant, where id reads no id.
	resolve func(context.Context, *network.Model, values) (string, error)

	create func(*network.Model, context.Context, ...T) ([]T, error)
	update func(*network.Model, context.Context, ...network.Change[T]) ([]T, error)
	remove func(*network.Model, context.Context, ...string) error
	list   func(m *network.Model, ctx context.Context, in string) ([]T, error) // those in the parent in; "": all
	find   func(*network.Model, context.Context, string) (T, error)            // by the parameter id; nil: it has none
	imply  map[string]values                                                   // what a filter for a parameter means, beside what it says
	parent parent                                                              // what objects are in

	hide []string        // attributes of the store that are nobody's business
	show func(T, values) // brings the others into the form that the original's have
}

// words are where the calls on a kind are, and what they are called: those that
// create, change and delete. "" is none.
type words struct{ root, create, change, remove string }

func usual(root string) words { return words{root, "create", "update", "delete"} }

// addTo adds the calls on the kind: create<name>, create<name>s, …
func (k kind[T]) addTo(calls map[string]call, w words) {
	k.addBoth(calls, w.root, w.create, k.creation, k.params())
	if w.change != "" {
		k.addBoth(calls, w.root, w.change, k.change, k.params())
	}
	k.addBoth(calls, w.root, w.remove, k.deletion, k.naming())
	calls[w.root+"list"+k.name+"s"] = call{k.listing, "list those with all the attributes that are given", k.params()}
}

// naming are the parameters that say which object is meant.
func (k kind[T]) naming() map[string]string {
	all := k.params()
	maps.DeleteFunc(all, func(name, _ string) bool {
		_, err := k.id(values{name: "x"})
		unknown := (*param.Error)(nil)
		return errors.As(err, &unknown) && unknown.Name == name
	})
	return all
}

// addBoth adds a call on one object, whose parameters are the call's own, and
// one on several, which its only parameter lists.
func (k kind[T]) addBoth(calls map[string]call, root, verb string, do func(context.Context, *network.Model, objects) (reply, error), params map[string]string) {
	one := func(ctx context.Context, m *network.Model, p values) (reply, error) {
		return do(ctx, m, objects{all: []values{p}})
	}
	several := func(ctx context.Context, m *network.Model, p values) (reply, error) {
		all, err := param.Objects(p, k.batch)
		if err != nil {
			return reply{}, err
		}
		return do(ctx, m, objects{k.batch, all})
	}
	name := verb + k.name
	calls[root+name] = call{one, verb + " one", params}
	calls[root+name+"s"] = call{several, verb + " several, or none", map[string]string{k.batch: "a list of objects with the parameters of " + name}}
}

// objects are the parameters of each object of a call.
type objects struct {
	list string // the parameter that listed them; "": none
	all  []values
}

// each reads every object; its errors say which one it was.
func each[T any](o objects, read func(values) (T, error)) ([]T, error) {
	all := make([]T, len(o.all))
	for i, p := range o.all {
		v, err := read(p)
		if err != nil && o.list != "" {
			err = fmt.Errorf("%s.%d.%w", o.list, i, err)
		}
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}

func (k kind[T]) creation(ctx context.Context, m *network.Model, o objects) (reply, error) {
	return changed(ctx, k, m, o, k.read, k.create)
}

func (k kind[T]) change(ctx context.Context, m *network.Model, o objects) (reply, error) {
	return changed(ctx, k, m, o, k.edit, k.update)
}

// changed reads what each object is to be, makes it so, and answers the objects.
func changed[T, U any](ctx context.Context, k kind[T], m *network.Model, o objects,
	read func(values) (U, error), do func(*network.Model, context.Context, ...U) ([]T, error)) (reply, error) {
	all, err := each(o, read)
	if err != nil || len(all) == 0 {
		return result([]values{}), err
	}
	stored, err := do(m, ctx, all...)
	if err != nil {
		return reply{}, err
	}
	shown, err := k.shown(stored)
	answer := result(shown)
	for _, o := range stored {
		answer.changed = append(answer.changed, k.idOf(o))
	}
	return answer, err
}

func (k kind[T]) deletion(ctx context.Context, m *network.Model, o objects) (reply, error) {
	answer := result(map[string]string{"status": "OK"})
	ids, err := each(o, k.id)
	if err == nil && k.resolve != nil {
		ids, err = each(objects{all: o.all}, func(p values) (string, error) { return k.resolve(ctx, m, p) })
	}
	if err != nil || len(ids) == 0 {
		return answer, err
	}
	answer.changed = ids
	return answer, k.remove(m, ctx, ids...)
}

func (k kind[T]) listing(ctx context.Context, m *network.Model, filter values) (reply, error) {
	all, err := k.candidates(ctx, m, filter)
	if err != nil {
		return reply{}, err
	}
	shown, err := k.shown(all)
	if err != nil {
		return reply{}, err
	}
	found, err := k.parent.matching(shown, k.implied(filter))
	return result(found), err
}
