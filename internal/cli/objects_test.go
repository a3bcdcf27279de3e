package cli

import (
	"context"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log"
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
// "$ ", and compares what they print with what is there. Random ids are
// zeros.
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
			got.WriteString(line + uuid.ReplaceAllString(session(t, words(command)...), "00000000-0000-0000-0000-000000000000"))
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
	for i, part := range strings.Split(strings.TrimSuffix(line, "\n"), "'") {
		if i%2 == 1 {
			all = append(all, part)
			continue
		}
		all = append(all, strings.Fields(part)...)
	}
	return all
}

func TestCreateWithoutAnID(t *testing.T) {
	address, _ := agent(t)
	stdout, _, err := run(t, fake(), "network", "create", "--api", address)
	if id := strings.TrimSpace(stdout); err != nil || uuid.FindString(id) != id || id == "" {
		t.Errorf("%q, %v", stdout, err)
	}
}

// A network of Docker's is known by its name there.
func TestNamesInDocker(t *testing.T) {
	address, m := agent(t)
	docker := network.Network{ID: "docker-1234-lognet", Meta: map[string]any{network.DockerName: "web"}}
	if _, err := m.CreateNetworks(t.Context(), network.Spec{Network: docker}); err != nil {
		t.Fatal(err)
	}
	check(t, `ID                   PHYSICAL   TYPE    SEGMENT   MTU    SUBNETS   DOCKER
docker-1234-lognet   vxlan      vxlan   10000     1450             web
`, "network", "list", "--api", address)
	check(t, "docker-1234-lognet\n", "network", "list", "-q", "--filter", "docker_name=web", "--api", address)
	t.Setenv("VLCP_API", address)
	for _, line := range [][]string{{"network", "show", ""}, {"port", "create", "--network", ""}} {
		stdout, _, err := run(t, fake(), append([]string{"__complete"}, line...)...)
		if err != nil || !strings.HasPrefix(stdout, "docker-1234-lognet\tweb\n") {
			t.Errorf("%q is completed to %q, %v", line, stdout, err)
		}
	}
	refuse(t, "docker_name: is set by vlcp itself and can't be given", "network", "update", "--set", "docker_name=db", "docker-1234-lognet", "--api", address)
}

// What the agent is, and who asks, is said by flags or the environment.
func TestReachingTheAgent(t *testing.T) {
	address, _ := agent(t)
	check(t, "", "network", "list", "-q", "--api", address)
	t.Setenv("VLCP_API", address)
	check(t, "", "network", "list", "-q")
	t.Setenv("VLCP_API", "")
	for _, content := range []string{"api = ['" + address + "', '127.0.0.1:1']\nstore = 'x'", "api = '127.0.0.1:1," + address + "'", "nonsense = 1\napi = '" + address + "'"} {
		t.Setenv("VLCP_CONFIG", file(t, content))
		check(t, "", "network", "list", "-q")
	}
	t.Setenv("VLCP_API", "http://127.0.0.1:1") // counts more than the file
	refuse(t, "no agent answers at http://127.0.0.1:1", "network", "list")
	t.Setenv("VLCP_API", "")
	t.Setenv("VLCP_CONFIG", file(t, "api = ['"))
	refuse(t, "no agent answers at unix:///run/vlcp/vlcp.sock", "network", "list")
	refuse(t, "no agent answers at unix:///nowhere/vlcp.sock: start it (systemctl start vlcp), or name another with --api", "network", "list", "--api", "unix:///nowhere/vlcp.sock")
	refuse(t, "no agent answers at 127.0.0.1:1: start it", "network", "list", "--api", "127.0.0.1:1")
	refuse(t, "use unix:///path, http://host:port or https://host:port", "network", "list", "--api", "ftp://x")
	token := file(t, "secret\n")
	refuse(t, "a token is not sent over http://127.0.0.1:1: use https", "network", "list", "--api", "http://127.0.0.1:1", "--api-token-file", token)
	refuse(t, "--api-token-file: open /nowhere", "network", "list", "--api-token-file", "/nowhere")
	refuse(t, "--api-ca: open /nowhere", "network", "list", "--api-ca", "/nowhere")
	refuse(t, "has no certificate in PEM form", "network", "list", "--api-ca", token)
	refuse(t, "--api-cert and --api-key: open ", "network", "list", "--api-cert", "/nowhere")
}

func TestTokenIsSent(t *testing.T) {
	address := serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"detail":"who are you?"}`)
			return
		}
		fmt.Fprint(w, `{"items":[]}`)
	}))
	refuse(t, "who are you?; give the agent's token with --api-token-file FILE", "host", "list", "--api", address)
	t.Setenv("VLCP_API_TOKEN_FILE", file(t, "secret\n"))
	check(t, "", "host", "list", "-q", "--api", address)
}

func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"items":[]}`) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer server.Close()
	authority := file(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	refuse(t, "name the authority of its certificate with --api-ca FILE", "host", "list", "--api", server.URL)
	check(t, "", "host", "list", "-q", "--api", server.URL, "--api-ca", authority)
}

// What answers is no agent.
func TestAnotherServer(t *testing.T) {
	address := serveHTTP(t, http.NotFoundHandler())
	refuse(t, "is that the API of vlcp?", "host", "list", "--api", address)
	address = serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	refuse(t, "invalid character", "host", "list", "--api", address)
}
