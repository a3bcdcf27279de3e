package webapi

import (
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// patch is the change that a JSON merge patch (RFC 7396) makes of an object.
// Attributes that have the value that the patch gives them are left alone, also
// those that can't be changed: so the whole object can be sent back.
func (r resource[T]) patch(id string, patch values) network.Change[T] {
	return network.Change[T]{ID: id, Edit: func(v *T) error {
		shown, err := r.kind.shown([]T{*v})
		if err != nil {
			return err
		}
		given := differing(shown[0], patch)
		for name := range given {
			if name == "id" || slices.Contains(r.naming, name) {
				return &param.Error{Name: name, Err: errors.New("can't be changed: it names the " + r.one)}
			}
		}
		maps.Copy(given, r.names(shown[0]))
		c, err := r.kind.edit(given)
		if err != nil {
			return err
		}
		return c.Edit(v)
	}}
}

// names are the parameters that name an object.
func (r resource[T]) names(shown values) values {
	names := values{}
	for _, name := range r.naming {
		if v, there := shown[name]; there {
			names[name] = v
		}
	}
	return names
}

// differing is what a patch changes of attributes: their new values.
func differing(has, patch values) values {
	given := values{}
	for name, value := range patch {
		if had, there := has[name]; there && reflect.DeepEqual(had, value) {
			continue
		}
		given[name] = merge(has[name], value)
	}
	return given
}

// merge is a value after a patch of it.
func merge(old, patch any) any {
	changes, isObject := patch.(values)
	if !isObject {
		return patch
	}
	merged := values{}
	if had, wasObject := old.(values); wasObject {
		maps.Copy(merged, had)
	}
	for name, value := range changes {
		if value == nil {
			delete(merged, name)
		} else {
			merged[name] = merge(merged[name], value)
		}
	}
	return merged
}
