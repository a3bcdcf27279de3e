// Package inline writes a struct as a JSON object that has further attributes
// beside its fields, and reads it again.
package inline

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
)

// Marshal writes the fields of v, and meta beside them. Where both have a name,
// the field counts.
func Marshal(v any, meta map[string]any) ([]byte, error) {
	fields, err := json.Marshal(v)
	if err != nil || len(meta) == 0 {
		return fields, err
	}
	all := map[string]any{}
	maps.Copy(all, meta)
	known := map[string]json.RawMessage{}
	if err := json.Unmarshal(fields, &known); err != nil {
		return nil, err
	}
	for name, value := range known {
		all[name] = value
	}
	return json.Marshal(all)
}

// Unmarshal reads the fields of v, which have these names, and answers the
// rest. Numbers of any type are json.Number.
func Unmarshal(data []byte, v any, names map[string]bool) (meta map[string]any, err error) {
	var known map[string]json.RawMessage
	if err := json.Unmarshal(data, &known); err != nil {
		return nil, err
	}
	rest := map[string]json.RawMessage{}
	for name, value := range known {
		if !names[name] {
			rest[name] = value
			delete(known, name)
		}
	}
	if len(rest) == 0 {
		return nil, decode(data, v)
	}
	// Only the known ones: encoding/json would take "MTU" for the field "mtu".
	if data, err = json.Marshal(known); err != nil {
		return nil, err
	}
	if err := decode(data, v); err != nil {
		return nil, err
	}
	if data, err = json.Marshal(rest); err != nil {
		return nil, err
	}
	return meta, decode(data, &meta)
}

// decode is json.Unmarshal that keeps the digits of numbers of any type.
func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

// Names is the set of json names of a struct's fields, those of its embedded
// structs among them.
func Names[T any]() map[string]bool {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && name != "-" {
			names[name] = true
		}
	}
	return names
}
