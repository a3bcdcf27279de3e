package webapi

import (
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The types of bodies of /v1.
const (
	jsonType  = "application/json"
	patchType = "application/merge-patch+json" // RFC 7396
)

// readBody reads the JSON object of a request to /v1; nil where it has none.
func readBody(w http.ResponseWriter, r *http.Request, want *huma.RequestBody) (values, error) {
	if want == nil {
		return nil, nil
	}
	types := slices.Sorted(maps.Keys(want.Content))
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); !slices.Contains(types, kind) {
		return nil, refusef(http.StatusUnsupportedMediaType, "the body is of the type %.100q: send a JSON object, with the header Content-Type: %s", kind, strings.Join(types, " or "))
	}
	return bounded(w, r, func(r *http.Request) (values, error) { return fromJSON(r.Body) })
}
