package webapi

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// parentFilter is the parameter of a filter that says in which logical network
// objects are; they say it as parentAttribute.
const (
	parentFilter    = "logicalnetwork"
	parentAttribute = "network"
)

// parent is what objects of a kind are in: the parameter of a filter for it, and
// the attribute that says it.
type parent struct{ filter, attribute string }

func inLogicalNetwork() parent { return parent{parentFilter, parentAttribute} }

// candidates are the objects that a filter may let through: the one that it
// names by its id, those in the parent that it names, or all.
func (k kind[T]) candidates(ctx context.Context, m *network.Model, filter values) ([]T, error) {
	all, err := k.named(ctx, m, filter)
	if errors.Is(err, network.ErrNotFound) || errors.Is(err, kvstore.ErrInvalid) { // too long to be one's
		return nil, nil
	}
	return all, err
}

func (k kind[T]) named(ctx context.Context, m *network.Model, filter values) ([]T, error) {
	if id, named := filter["id"].(string); named && k.find != nil {
		o, err := k.find(m, ctx, id)
		return []T{o}, err
	}
	in, _ := filter[k.parent.filter].(string)
	return k.list(m, ctx, in)
}

// ownNames are the parameters of the original's list calls: None says nothing.
// Other names are attributes, and None is a value.
var ownNames = []string{"id", "name", "physicalnetwork", parentFilter}

// implied is the filter with what it means beside what it says.
func (k kind[T]) implied(filter values) values {
	all := values{}
	filter = maps.Clone(filter)
	maps.DeleteFunc(filter, func(name string, v any) bool { return v == nil && slices.Contains(ownNames, name) })
	for name := range filter {
		maps.Copy(all, k.imply[name])
	}
	maps.Copy(all, filter)
	return all
}

// matching keeps the objects that have every attribute of the filter, of the
// same type and value.
func (p parent) matching(all []values, filter values) ([]values, error) {
	want, err := attributes(filter)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(has values) bool { return !p.match(has, want) }), nil
}

func (p parent) match(has, want values) bool {
	for name, value := range want {
		attribute, there := has[p.attributeOf(name)]
		switch {
		case there && !reflect.DeepEqual(attribute, value):
			return false
		case !there && value != nil && value != "": // empty ones are left out of objects
			return false
		}
	}
	return true
}

// attributeOf is the attribute that a parameter of a filter is about.
func (p parent) attributeOf(name string) string {
	if name == p.filter {
		return p.attribute
	}
	return name
}
