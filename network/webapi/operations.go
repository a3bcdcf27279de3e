package webapi

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// addResource adds the operations on a resource. W is its objects on the wire.
func addResource[W, T any](v *v1, r resource[T]) {
	object := reflect.TypeFor[W]()
	op := func(verb, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: verb + object.Name(), Method: method, Path: path, Summary: summary, Tags: []string{object.Name()}}
	}

	list := op("list", http.MethodGet, r.path, "The "+r.one+"s")
	list.Parameters = v.filters(object)
	list.Responses = v.answers(http.StatusOK, reflect.TypeFor[client.List[W]](), http.StatusBadRequest)
	v.add(list, r.listing)

	create := op("create", http.MethodPost, r.path, "Create a "+r.one)
	create.RequestBody = v.body(r.contents.form(object))
	create.Responses = v.answers(http.StatusCreated, object, badBody(http.StatusConflict)...)
	v.add(create, r.creation)

	show := op("show", http.MethodGet, r.path+"/{id}", "One "+r.one)
	show.Parameters = byID()
	show.Responses = v.answers(http.StatusOK, object, http.StatusNotFound)
	v.add(show, r.showing)

	change := op("update", http.MethodPatch, r.path+"/{id}", "Change a "+r.one)
	change.Parameters, change.RequestBody = byID(), v.patch(object.Name())
	change.Responses = v.answers(http.StatusOK, object, badBody(http.StatusNotFound, http.StatusConflict)...)
	v.add(change, r.change)

	remove := op("delete", http.MethodDelete, r.path+"/{id}", "Delete a "+r.one)
	remove.Parameters = append(byID(), r.contents.parameters()...)
	remove.Responses = v.answers(http.StatusNoContent, nil, r.contents.statuses(http.StatusNotFound, http.StatusConflict)...)
	v.add(remove, r.removal)
}

func byID() []*huma.Param {
	return []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
}

// badBody are the statuses of requests whose body is of no use, and others.
func badBody(others ...int) []int {
	return append(others, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
}

// filters documents what a list can be filtered by: any attribute.
func (v *v1) filters(object reflect.Type) []*huma.Param {
	v.schema(object)
	return []*huma.Param{{
		Name: "attribute", In: "query", Style: "form", Explode: new(true),
		Description: "Any attributes, as in ?physicalnetwork=vxlan&rack=r7: the list has the objects with all of them. " +
			"One that is given more than once may have any of the values, and an empty value finds what has no such attribute.",
		Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString}},
	}}
}

func statusName(status int) string { return strconv.Itoa(status) }
