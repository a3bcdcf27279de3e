package webapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the answers of testdata/mixed.txt anew")

// TestMixedCalls makes the calls of testdata/mixed.txt one after the other: a
// line of it is "> ", GET with a query, POST with a form or JSON, and the
// call. After it is what was answered.
func TestMixedCalls(t *testing.T) {
	const file = "testdata/mixed.txt"
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t)
	var got strings.Builder
	for line := range strings.Lines(string(want)) {
		switch call, isCall := strings.CutPrefix(line, "> "); {
		case isCall:
			got.WriteString(line + a.transcript(strings.TrimSpace(call)))
		case strings.TrimSpace(line) == "" || line[0] == '#':
			got.WriteString(line)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" && !*update {
		t.Errorf("with -update the file is written anew (-want +got)\n%s", diff)
	}
}

// transcript makes a call, and answers its answer, an object a line.
func (a *api) transcript(line string) string {
	a.t.Helper()
	how, call, _ := strings.Cut(line, " ")
	name, params, _ := strings.Cut(call, " ")
	requests := map[string]*http.Request{
		"GET":  a.request(http.MethodGet, pathOf(name)+"?"+params, "", ""),
		"POST": a.request(http.MethodPost, pathOf(name), formType, params),
		"JSON": a.request(http.MethodPost, pathOf(name), "application/json", params),
	}
	status, body := a.send(requests[how])
	var answer struct {
		Result json.RawMessage
		Error  string
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		a.t.Fatal(err)
	}
	var objects []json.RawMessage
	if json.Unmarshal(answer.Result, &objects) != nil {
		objects = []json.RawMessage{answer.Result}
	}
	if answer.Error != "" {
		return fmt.Sprintf("%d %s\n", status, answer.Error)
	}
	var text strings.Builder
	for _, o := range objects {
		fmt.Fprintf(&text, "%s\n", bytes.TrimSpace(o))
	}
	return text.String()
}
