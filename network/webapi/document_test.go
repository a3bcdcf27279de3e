package webapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/vlcp-go/vlcp/internal/param"
)

// document is the OpenAPI document that an API serves.
func (a *api) document() *openapi3.T {
	a.t.Helper()
	resp, raw := a.roundTrip(a.request(http.MethodGet, "/openapi.json", "", ""))
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "application/openapi+json" {
		a.t.Fatalf("%d %s", resp.StatusCode, kind)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	return doc
}

// checkDocumented checks that an answer is as the document says, and the body of
// a request that was done too.
func (a *api) checkDocumented(r *http.Request, resp *http.Response, body []byte) {
	a.t.Helper()
	if resp.StatusCode == http.StatusMethodNotAllowed {
		return // of which there are too many to document
	}
	if a.documented == nil {
		a.documented = a.document()
	}
	path := r.URL.EscapedPath()
	if strings.Count(path, "/") == 3 { // of one object
		path = path[:strings.LastIndex(path, "/")] + "/{id}"
	}
	op := a.documented.Paths.Value(path).GetOperation(r.Method)
	answer := op.Responses.Status(resp.StatusCode)
	if answer == nil {
		a.t.Errorf("%s %s answers %d, which is not documented", r.Method, r.URL, resp.StatusCode)
		return
	}
	a.checkSchema(answer.Value.Content, resp.Header, body)
	if resp.StatusCode/100 == 2 && op.RequestBody != nil {
		sent, _ := r.GetBody()
		text, _ := io.ReadAll(sent)
		a.checkSchema(op.RequestBody.Value.Content, r.Header, text)
	}
}

// checkSchema checks a body by the schema for its type.
func (a *api) checkSchema(documented openapi3.Content, h http.Header, body []byte) {
	a.t.Helper()
	if len(documented) == 0 && len(body) == 0 {
		return
	}
	media := documented.Get(h.Get("Content-Type"))
	var v any
	if err := json.Unmarshal(body, &v); err != nil || media == nil {
		a.t.Errorf("%s: %v", body, err)
		return
	}
	if err := media.Schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors()); err != nil {
		a.t.Errorf("%s: %v", body, err)
	}
}

// The document is one of OpenAPI 3.1.
func TestDocumentIsValid(t *testing.T) {
	doc := newAPI(t).document()
	if err := doc.Validate(t.Context()); err != nil || doc.OpenAPI != "3.1.0" {
		t.Errorf("version %s: %v", doc.OpenAPI, err)
	}
}

// What the document has there is, and what is not there it does not have.
func TestDocumentHasEveryRoute(t *testing.T) {
	a := newAPI(t)
	documented := map[string]string{}
	for path, item := range a.document().Paths.Map() {
		documented[path] = strings.Join(slices.Sorted(maps.Keys(item.Operations())), ", ")
	}
	paths := []string{"/v1/watch"}
	for _, kind := range []string{"physical-networks", "physical-ports", "networks", "subnets", "ports", "routers", "router-interfaces", "hosts"} {
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

// The document has all that the API reads, and nothing else that can be given.
func TestDocumentHasEveryAttribute(t *testing.T) {
	schemas := newAPI(t).document().Components.Schemas
	withSubnets := param.DescribeNetwork()
	withSubnets["subnets"], withSubnets["router"] = "", ""
	within := param.DescribeSubnet()
	delete(within, "logicalnetwork")
	for name, reads := range map[string]map[string]string{
		"PhysicalNetwork": param.DescribePhysical(),
		"PhysicalPort":    param.DescribePhysicalPort(),
		"Network":         param.DescribeNetwork(),
		"NewNetwork":      withSubnets,
		"NewSubnet":       within,
		"Subnet":          param.DescribeSubnet(),
		"Port":            param.DescribePort(),
		"Router":          param.DescribeRouter(),
		"RouterInterface": param.DescribeRouterInterface(),
	} {
		if _, in := reads["logicalnetwork"]; in {
			reads["network"] = ""
		}
		delete(reads, "logicalnetwork")
		if name == "Port" { // whose addresses say them too
			delete(reads, "ip_address")
			delete(reads, "subnet")
		}
		var documented []string
		for attribute, s := range schemas[name].Value.Properties {
			if !s.Value.ReadOnly {
				documented = append(documented, attribute)
			}
		}
		slices.Sort(documented)
		if want := slices.Sorted(maps.Keys(reads)); !slices.Equal(documented, want) {
			t.Errorf("%s: documented %v, read %v", name, documented, want)
		}
	}
}
