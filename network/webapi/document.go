package webapi

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// documentPath is where the OpenAPI document is.
const documentPath = "/openapi.json"

// problemType is the type of the answers that are errors (RFC 9457).
const problemType = "application/problem+json"

// newDocument is an OpenAPI document without operations.
func newDocument() *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title:       "vlcp",
			Version:     "1",
			Description: "The networks of vlcp. Objects keep attributes that they do not know, and lists can be filtered by them.",
		},
		Components: &huma.Components{
			Schemas:         huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "on addresses that are not loopback"}},
		},
		Security: []map[string][]string{{}, {"token": {}}},
	}
}

// addDocument serves the document, once all operations are in it.
func (v *v1) addDocument() {
	text := sync.OnceValues(func() ([]byte, error) { return encode(v.doc) })
	v.handle(huma.Operation{Method: http.MethodGet, Path: documentPath}, func(http.ResponseWriter, *http.Request) (reply, error) {
		raw, err := text()
		return reply{status: http.StatusOK, body: json.RawMessage(raw), header: map[string]string{"Content-Type": "application/openapi+json"}}, err
	})
}

// schema is the schema of a type, in the document.
func (v *v1) schema(t reflect.Type) *huma.Schema { return v.doc.Components.Schemas.Schema(t, true, "") }

// answers documents what an operation answers: an object of type t (nil: none)
// with the status ok, or a problem with one of the others.
func (v *v1) answers(ok int, t reflect.Type, others ...int) map[string]*huma.Response {
	all := map[string]*huma.Response{statusName(ok): {Description: http.StatusText(ok)}}
	if t != nil {
		all[statusName(ok)].Content = map[string]*huma.MediaType{jsonType: {Schema: v.schema(t)}}
	}
	problem := map[string]*huma.MediaType{problemType: {Schema: v.schema(reflect.TypeFor[client.Problem]())}}
	for _, status := range slices.Concat(others, []int{http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable}) {
		all[statusName(status)] = &huma.Response{Description: http.StatusText(status), Content: problem}
	}
	return all
}

// body documents the object that an operation takes.
func (v *v1) body(t reflect.Type) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{jsonType: {Schema: v.schema(t)}}}
}

// patch documents the changes that an operation takes.
func (v *v1) patch(of string) *huma.RequestBody {
	change := &huma.MediaType{Schema: &huma.Schema{
		Type:                 huma.TypeObject,
		AdditionalProperties: true,
		Description:          "The attributes of " + of + " that are to be different; null takes one away.",
	}}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{patchType: change, jsonType: change}}
}
