package cli

import (
	"context"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi"
)

// agent is the API of an agent on a socket, without the agent.
func agent(t *testing.T) (address string, m *network.Model) {
	t.Helper()
	store := memory.New()
	t.Cleanup(func() { store.Close() })
	allocator := ipam.New(store, ipam.Config{Host: "host1"})
	t.Cleanup(func() { allocator.Close() })
	m = network.New(network.Config{Store: store, Allocator: allocator, Host: "host1"})
	return serveHTTP(t, webapi.Handler(func(context.Context) (*network.Model, error) { return m, nil }, nil)), m
}

// serveHTTP serves on a socket.
func serveHTTP(t *testing.T, h http.Handler) (address string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "vlcp") // not t.TempDir: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "vlcp.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	server.Start()
	t.Cleanup(server.Close)
	return "unix://" + l.Addr().String()
}

var update = flag.Bool("update", false, "write testdata anew")

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// TestSession runs the commands of testdata/session.txt, the lines that begin with
// "$ ", and compares what they print with what is there. Random ids are (uuid).
func TestSession(t *testing.T) {
	const name = "testdata/session.txt"
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	address, m := agent(t)
	if err := m.Announce(t.Context(), network.Host{ID: "h1", Name: "node1", Boot: "b"}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VLCP_API", address)
	var got strings.Builder
	for line := range strings.Lines(string(raw)) {
		if command, ok := strings.CutPrefix(line, "$ vlcp "); ok {
			got.WriteString(line + uuid.ReplaceAllString(session(t, words(command)...), "(uuid)"))
		} else if strings.HasPrefix(line, "#") || line == "\n" {
			got.WriteString(line)
		}
	}
	if *update {
		if err := os.WriteFile(name, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(raw), got.String()); diff != "" {
		t.Errorf("(-%s +got)\n%s", name, diff)
	}
}

// session is what a command prints, its error last. There is no blank line in it.
func session(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, err := run(t, fake(), args...)
	text := stdout + stderr
	if err != nil {
		text += "vlcp: " + err.Error() + "\n"
	}
	return strings.ReplaceAll(text, "\n\n", "\n.\n")
}

// words splits a line as a shell does, with single quotes.
func words(line string) (all []string) {
	for i, part := range strings.Split(strings.TrimSpace(line), "'") {
		if i%2 == 1 {
			all = append(all, part)
			continue
		}
		all = append(all, strings.Fields(part)...)
	}
	return all
}
