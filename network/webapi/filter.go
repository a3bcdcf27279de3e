package webapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// candidates are the objects that a filter may let through: the one that it
// names by its id, or all.
func (k kind[T]) candidates(ctx context.Context, m *network.Model, filter values) ([]T, error) {
	id, named := filter["id"].(string)
	if !named || k.find == nil {
		return k.list(m, ctx)
	}
	o, err := k.find(m, ctx, id)
	if errors.Is(err, network.ErrNotFound) || errors.Is(err, kvstore.ErrInvalid) { // too long to be one's
		return nil, nil
	}
	return []T{o}, err
}

// implied is the filter with what it means beside what it says.
func (k kind[T]) implied(filter values) values {
	all := values{}
	for name := range filter {
		maps.Copy(all, k.imply[name])
	}
	maps.Copy(all, filter)
	return all
}

// matching keeps the objects that have every attribute of the filter, of the
// same type and value.
func matching[T any](all []T, filter values) ([]T, error) {
	want, err := attributes(filter)
	if err != nil {
		return nil, err
	}
	kept := []T{}
	for _, o := range all {
		has, err := attributes(o)
		if err != nil {
			return nil, err
		}
		if match(has, want) {
			kept = append(kept, o)
		}
	}
	return kept, nil
}

func match(has, want values) bool {
	for name, value := range want {
		attribute, there := has[name]
		switch {
		case there && !reflect.DeepEqual(attribute, value):
			return false
		case !there && value != nil && value != "": // empty ones are left out of objects
			return false
		}
	}
	return true
}

// attributes are the attributes that v has as JSON.
func attributes(v any) (all values, err error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return all, d.Decode(&all)
}
