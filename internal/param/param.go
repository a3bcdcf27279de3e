// Package param reads the parameters of networks, subnets, ports and virtual
// routers, under the names and in the forms in which users give them: as JSON to
// the management API, as text or literals (package literal) in a query or a
// Docker option.
//
// [Physical], [PhysicalPort], [Network], [Subnet], [Port], [Router] and
// [RouterInterface] fill in what they know, and keep every other parameter as
// metadata. A value that is nil says nothing. What does not fit is an [Error],
// which shows a value that would. [WholeSubnet] and [WholePort] read those that
// stand for themselves, outside a Docker call that says who they are.
//
// [PhysicalChange] and its like read the parameters of a change: those that are
// not there leave an object as it is, and those that are nil take away. [ID],
// [PhysicalPortID], [Connection] and [Objects] read which objects a call is on.
package param

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Error is a parameter that can't be used.
type Error struct {
	Name string
	Err  error
}

// Error reads as a sentence: mtu: "big" is not a number of bytes, such as 1450.
func (e *Error) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }

// table tells how each parameter of a T is read.
type table[T any] map[string]field[T]

// field reads one parameter. Without set it can't be given, and want says why.
type field[T any] struct {
	want string                     // what the value is, with an example
	set  func(o *T, value any) bool // false: value is not that; a nil value: away with it
}

// to reads a parameter into the place that in tells; nil makes that zero.
func to[T, V any](in func(*T) *V, read func(any) (V, bool)) func(*T, any) bool {
	return func(o *T, v any) (ok bool) {
		if v == nil {
			*in(o) = *new(V)
			return true
		}
		*in(o), ok = read(v)
		return ok
	}
}

// Why parameters can't be given: vlcp sets them, or answers name them so.
const (
	isOwn    = "is set by vlcp itself and can't be given"
	isParent = "is given as logicalnetwork"
)

// own refuses names.
func (t table[T]) own(names ...string) table[T] {
	for _, name := range names {
		t[name] = field[T]{want: isOwn}
	}
	return t
}

// read fills o in, and keeps what it does not know in meta; where that is nil,
// it refuses it. What is nil it leaves as it is.
func (t table[T]) read(o *T, meta *map[string]any, params map[string]any) error {
	return each(params, func(name string, value any) error {
		if f, known := t[name]; known && f.set != nil && value == nil {
			return nil
		}
		return t.assign(o, meta, name, value)
	})
}

// edit is read for an object that exists: it takes away what is nil.
func (t table[T]) edit(o *T, meta *map[string]any, params map[string]any) error {
	return each(params, func(name string, value any) error {
		if _, known := t[name]; !known && value == nil {
			delete(*meta, name)
			return nil
		}
		return t.assign(o, meta, name, value)
	})
}

// each goes through parameters in the order of their names.
func each(params map[string]any, do func(name string, value any) error) error {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if err := do(name, params[name]); err != nil {
			return err
		}
	}
	return nil
}

// assign reads one parameter into o or meta.
func (t table[T]) assign(o *T, meta *map[string]any, name string, value any) error {
	f, known := t[name]
	switch {
	case !known && meta == nil:
		return &Error{Name: name, Err: fmt.Errorf("is no parameter of this call, which takes %s", strings.Join(slices.Sorted(maps.Keys(t)), ", "))}
	case !known:
		*meta = with(*meta, name, value)
	case f.set == nil:
		return &Error{Name: name, Err: errors.New(f.want)}
	case !f.set(o, value):
		return &Error{Name: name, Err: fmt.Errorf("%s is not %s", show(value), f.want)}
	}
	return nil
}

// require refuses parameters in which one of these is missing.
func (t table[T]) require(params map[string]any, names ...string) error {
	for _, name := range names {
		if params[name] == nil {
			return &Error{Name: name, Err: fmt.Errorf("is missing: give %s", t[name].want)}
		}
	}
	return nil
}

func with(m map[string]any, name string, value any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[name] = value
	return m
}

// show is a value as an error quotes it.
func show(v any) string {
	const most = 60
	text := fmt.Sprintf("%q", v)
	if _, isText := v.(string); !isText {
		asJSON, _ := json.Marshal(v) // which every value came from, or can become
		text = string(asJSON)
	}
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return text
}
