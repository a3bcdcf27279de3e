package webapi_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// document is the OpenAPI document that an API serves.
func (a *api) document() libopenapi.Document {
	a.t.Helper()
	resp, raw := a.roundTrip(a.request(http.MethodGet, "/openapi.json", "", ""))
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "application/openapi+json" {
		a.t.Fatalf("%d %s", resp.StatusCode, kind)
	}
	doc, err := libopenapi.NewDocument(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	return doc
}

// checkDocumented checks that an answer is as the document says, and a request
// that was done too.
func (a *api) checkDocumented(r *http.Request, resp *http.Response, body []byte) {
	a.t.Helper()
	if resp.StatusCode == http.StatusMethodNotAllowed {
		return // of which there are too many to document
	}
	if a.documented == nil {
		v, errs := validator.NewValidator(a.document())
		if len(errs) > 0 {
			a.t.Fatal(errs)
		}
		a.documented = v
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	check := a.documented.ValidateHttpResponse
	if resp.StatusCode/100 == 2 {
		r.Body, _ = r.GetBody()
		check = a.documented.ValidateHttpRequestResponse
	}
	if valid, problems := check(r, resp); !valid {
		for _, p := range problems {
			a.t.Errorf("%s %s: %d %s\n%s", r.Method, r.URL, resp.StatusCode, body, p)
		}
	}
}

// The document is one of OpenAPI 3.1, by that standard's own schema.
func TestDocumentIsValid(t *testing.T) {
	doc := newAPI(t).document()
	if v := doc.GetVersion(); v != "3.1.0" {
		t.Errorf("version %s", v)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if valid, problems := v.ValidateDocument(); !valid {
		for _, p := range problems {
			t.Error(p)
		}
	}
}

// What the document has there is, and what is not there it does not have.
func TestDocumentHasEveryRoute(t *testing.T) {
	a := newAPI(t)
	doc, err := a.document().BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for path, item := range doc.Model.Paths.PathItems.FromOldest() {
		methods := slices.Sorted(maps.Keys(maps.Collect(item.GetOperations().FromOldest())))
		documented[path] = strings.ToUpper(strings.Join(methods, ", "))
	}
	paths := []string{"/v1/watch"}
	for _, kind := range []string{"physical-networks", "physical-ports", "networks", "subnets", "ports", "hosts"} {
		paths = append(paths, "/v1/"+kind, "/v1/"+kind+"/{id}")
	}
	for _, path := range paths {
		resp, _ := a.sendV1(a.request("BREW", path, "", ""))
		if allow := resp.Header.Get("Allow"); resp.StatusCode != http.StatusMethodNotAllowed || allow != documented[path] {
			t.Errorf("%s: %d %s, documented %s", path, resp.StatusCode, allow, documented[path])
		}
		delete(documented, path)
	}
	if len(documented) > 0 {
		t.Errorf("documented, and not tested: %s", fmt.Sprint(documented))
	}
}
