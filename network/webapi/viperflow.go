package webapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/vlcp-go/vlcp/network"
)

// call is one call of the API; its result is written as JSON.
type call func(ctx context.Context, m *network.Model, p params) (any, error)

// status is what the calls that delete answer.
var statusOK = map[string]string{"status": "OK"}

// viperflow gives the calls by name.
func viperflow() map[string]call {
	return map[string]call{
		"createphysicalnetwork":  one(createPhysicalNetworks),
		"createphysicalnetworks": many("networks", createPhysicalNetworks),
		"deletephysicalnetwork":  one(deletePhysicalNetworks),
		"deletephysicalnetworks": many("networks", deletePhysicalNetworks),
		"listphysicalnetworks":   listPhysicalNetworks,
		"createphysicalport":     one(createPhysicalPorts),
		"createphysicalports":    many("ports", createPhysicalPorts),
		"deletephysicalport":     one(deletePhysicalPorts),
		"deletephysicalports":    many("ports", deletePhysicalPorts),
		"listphysicalports":      listPhysicalPorts,
		"listlogicalnetworks":    listLogicalNetworks,
	}
}

// batch is a call on several objects at once, all of them or none.
type batch func(ctx context.Context, m *network.Model, objects []params) (any, error)

// one is the form of a batch call whose parameters are the object.
func one(b batch) call {
	return func(ctx context.Context, m *network.Model, p params) (any, error) {
		return b(ctx, m, []params{p})
	}
}

// many is the form whose single parameter lists the objects.
func many(name string, b batch) call {
	return func(ctx context.Context, m *network.Model, p params) (any, error) {
		var objects []params
		if err := convert(p[name], &objects); err != nil || len(objects) == 0 {
			return nil, errors.Join(fmt.Errorf("%s: give a list of objects, such as `[{\"id\": \"a\"}]`", name), err)
		}
		return b(ctx, m, objects)
	}
}

// objects reads each object's parameters as a T.
func objects[T any](ps []params) ([]T, error) {
	list := make([]T, len(ps))
	for i, p := range ps {
		if err := convert(p, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// convert reads a parameter as the type that v points to, by its JSON form.
func convert(parameter, v any) error {
	raw, err := json.Marshal(parameter)
	if err != nil {
		return err
	}
	err = json.Unmarshal(raw, v)
	if typeErr := (*json.UnmarshalTypeError)(nil); errors.As(err, &typeErr) {
		return fmt.Errorf("%s: %s is not what it takes; values that are no text go in backquotes, such as `[[10000,20000]]`", typeErr.Field, typeErr.Value)
	}
	return err
}

// ids reads the id of each object.
func ids(ps []params) ([]string, error) {
	list := make([]string, len(ps))
	for i, p := range ps {
		id, ok := p["id"].(string)
		if !ok || id == "" {
			return nil, errors.New("id: say which object, by its id")
		}
		list[i] = id
	}
	return list, nil
}

// matching keeps the objects whose attributes are those of the filter.
func matching[T any](list []T, filter params) ([]T, error) {
	kept := []T{}
	for _, o := range list {
		var attributes params
		if err := convert(o, &attributes); err != nil {
			return nil, err
		}
		if attributes.match(filter) {
			kept = append(kept, o)
		}
	}
	return kept, nil
}

func (p params) match(filter params) bool {
	for name, want := range filter {
		var asJSON any
		if err := convert(want, &asJSON); err != nil || !reflect.DeepEqual(p[name], asJSON) {
			return false
		}
	}
	return true
}
