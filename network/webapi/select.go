package webapi

import (
	"fmt"
	"net/url"
	"slices"
)

// narrow is what of a query the model can look for.
func (r resource[T]) narrow(query url.Values) values {
	filter := values{}
	if ids := query["id"]; len(ids) == 1 && r.kind.find != nil {
		filter["id"] = r.full(ids[0])
	}
	if in := query[r.kind.parent.attribute]; len(in) == 1 {
		filter[r.kind.parent.filter] = in[0]
	}
	return filter
}

// passing keeps the objects that have every attribute of a query, with one of
// the values that are given there.
func passing(all []values, query url.Values) []values {
	return slices.DeleteFunc(all, func(has values) bool {
		for name, wanted := range query {
			if !slices.ContainsFunc(wanted, func(text string) bool { return reads(lookUp(has, name), text) }) {
				return true
			}
		}
		return false
	})
}

// lookUp is an attribute of an object. Those of the addresses and of the
// location of a port are its own too.
func lookUp(has values, name string) any {
	if v, there := has[name]; there {
		return v
	}
	if location, plugged := has["location"].(values); plugged && name == "host" {
		return location[name]
	}
	var found []any
	addresses, _ := has["addresses"].([]any)
	for _, a := range addresses {
		if address, ok := a.(values); ok && address[name] != nil {
			found = append(found, address[name])
		}
	}
	if found == nil {
		return nil
	}
	return found
}

// reads tells whether a value, or one in a list, is what a text says. No value
// is the empty text.
func reads(v any, text string) bool {
	switch v := v.(type) {
	case nil:
		return text == ""
	case string:
		return v == text
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return reads(item, text) })
	case values:
		return false
	}
	return fmt.Sprint(v) == text
}
