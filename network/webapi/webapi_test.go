package webapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newModel makes a model on a store in memory.
func newModel(t testing.TB) (*network.Model, kvstore.Store) {
	store := memory.New()
	t.Cleanup(func() { store.Close() })
	return modelOn(t, store), store
}

func modelOn(t testing.TB, store kvstore.Store) *network.Model {
	allocator := ipam.New(store, ipam.Config{Host: "host1"})
	t.Cleanup(func() { allocator.Close() })
	return network.New(network.Config{Store: store, Allocator: allocator, Host: "host1"})
}

// always gives a model to a Handler.
func always(m *network.Model) func(context.Context) (*network.Model, error) {
	return func(context.Context) (*network.Model, error) { return m, nil }
}

// api is the API on a real server.
type api struct {
	t     *testing.T
	model *network.Model
	url   string

	documented *openapi3.T // the document; nil: not asked for yet
}

func newAPI(t *testing.T) *api {
	m, _ := newModel(t)
	return serve(t, m, always(m))
}

func serve(t *testing.T, m *network.Model, open func(context.Context) (*network.Model, error)) *api {
	server := httptest.NewServer(webapi.Handler(open, nil))
	t.Cleanup(server.Close)
	return &api{t: t, model: m, url: server.URL}
}

// send sends a request, and checks the form of the answer.
func (a *api) send(r *http.Request) (status int, body string) {
	a.t.Helper()
	resp, raw := a.roundTrip(r)
	checkAnswer(a.t, resp.StatusCode, resp.Header, raw)
	checkWords(a.t, raw)
	return resp.StatusCode, strings.TrimSpace(string(raw))
}

func (a *api) roundTrip(r *http.Request) (*http.Response, []byte) {
	a.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp, raw
}

// checkAnswer checks that an answer is {"result": …} with status 200, or
// {"error": "…"} with another.
func checkAnswer(t testing.TB, status int, h http.Header, body []byte) {
	t.Helper()
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil || len(answer) != 1 || h.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s: %q: %v", status, h.Get("Content-Type"), body, err)
	}
	_, isResult := answer["result"]
	text, isError := answer["error"].(string)
	if isResult != (status == http.StatusOK) || isError == isResult || isError && text == "" {
		t.Fatalf("%d: %s", status, body)
	}
}

// checkWords checks that an answer is in the user's terms.
func checkWords(t testing.TB, body []byte) {
	t.Helper()
	for _, internal := range []string{"network.", "webapi", "interface {}", "map[", "goroutine", ".go:", "json: ", "strconv", "%!"} {
		if bytes.Contains(body, []byte(internal)) {
			t.Errorf("the answer shows internals: %.1000s", body)
		}
	}
}

func (a *api) request(method, path, kind, body string) *http.Request {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

const formType = "application/x-www-form-urlencoded"

// call makes a call that is written as its name, a space and its form.
func (a *api) call(line string) (status int, body string) {
	a.t.Helper()
	name, form, _ := strings.Cut(line, " ")
	return a.send(a.request(http.MethodPost, pathOf(name), formType, form))
}

// pathOf is the path of a call: those on virtual routers have their own root.
func pathOf(name string) string {
	root := "/viperflow/"
	if strings.Contains(name, "router") {
		root = "/vrouterapi/"
	}
	return root + name
}

// step is a call and its answer.
type step struct {
	call   string
	answer string
}

// steps makes calls one after the other.
func (a *api) steps(steps ...step) {
	a.t.Helper()
	for _, s := range steps {
		status, body := a.call(s.call)
		if canonical(body) != canonical(s.answer) {
			a.t.Errorf("%s\nanswers %d %s\nwant %s", s.call, status, body, s.answer)
		}
	}
}

// canonical is JSON in one of its forms: names sorted, and nothing escaped.
func canonical(text string) string {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return text
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}
