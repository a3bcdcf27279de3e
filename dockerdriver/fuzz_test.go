package dockerdriver_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
)

// FuzzCalls: whatever is sent is answered as a plugin answers, and nothing
// panics. The server has a network and an endpoint, n and e.
func FuzzCalls(f *testing.F) {
	names := slices.Sorted(maps.Keys(calls))
	for _, seed := range seeds(f) {
		f.Add(slices.Index(names, seed.call), seed.body)
	}
	f.Add(0, `{"NetworkID":"n","EndpointID":"e"}`)
	f.Fuzz(func(t *testing.T, call int, body string) {
		h := newServer(drivertest.NewFake(t)).Handler()
		post(h, "NetworkDriver.CreateNetwork", `{"NetworkID":"n","IPv4Data":[{"Pool":"192.168.1.0/24"}],"IPv6Data":[{"Pool":"fd00::/64"}]}`)
		post(h, "NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e","Interface":{"Address":"192.168.1.2/24","AddressIPv6":"fd00::2/64"}}`)
		name := names[uint(call)%uint(len(names))]
		status, answer := post(h, name, body)
		var parsed struct{ Err string }
		if err := json.Unmarshal([]byte(answer), &parsed); err != nil || strings.HasPrefix(parsed.Err, "internal error") {
			t.Errorf("%s %q: %d %s", name, body, status, answer)
		}
		if failed := parsed.Err != ""; failed != (status == http.StatusInternalServerError) || !failed && status != http.StatusOK {
			t.Errorf("%s %q: status %d with %s", name, body, status, answer)
		}
	})
}

type seed struct{ call, body string }

// seeds are the calls of the scripts.
func seeds(f *testing.F) (all []seed) {
	scripts, err := filepath.Glob("testdata/wire/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range scripts {
		for _, l := range readScript(f, name) {
			call, body, _ := strings.Cut(l.text, " ")
			if _, known := calls[call]; known && l.kind == '>' {
				all = append(all, seed{call, body})
			}
		}
	}
	return all
}

// BenchmarkEndpoint is what the calls for one endpoint cost without an
// interface, over a store in memory: a `docker network connect` and disconnect.
func BenchmarkEndpoint(b *testing.B) {
	d := &dockerd{TB: b, handler: newServer(drivertest.NewFake(b)).Handler()}
	n, ok := d.createNetwork()
	if !ok {
		b.Fatal("no network")
	}
	for b.Loop() {
		e, ok := d.connect(n)
		if !ok {
			b.Fatal("no endpoint")
		}
		d.disconnect(n, e)
	}
}
