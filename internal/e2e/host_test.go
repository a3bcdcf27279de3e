package e2e

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/labtest"
	"github.com/vlcp-go/vlcp/internal/testlab/probe"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
)

// plugin builds the program once for all tests.
var plugin = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "vlcp-e2e-")
	if err != nil {
		return "", err
	}
	return testlab.Build(dir, "vlcp", "examples/plugin", "-race")
})

func TestMain(m *testing.M) {
	code := m.Run()
	if program, err := plugin(); err == nil {
		os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

// host is a host of the lab with everything running.
type host struct {
	*testlab.Host
	lab     *testlab.Lab
	t       *testing.T
	ctx     context.Context
	flags   []string // of the agent
	dockerd []string // of dockerd
	agent   *testlab.Process
}

// newHost makes a lab with one host, for a test of its own.
func newHost(t *testing.T, flags ...string) *host {
	t.Helper()
	h := bareHost(t, flags...)
	h.up()
	return h
}

// bareHost makes a lab with one host on which nothing runs.
func bareHost(t *testing.T, flags ...string) *host {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	lab := labtest.New(t, testlab.Config{})
	h, err := lab.Host(ctx, onEngine(t, "h1", engine))
	check(t, err)
	return &host{Host: h, lab: lab, t: t, ctx: ctx, flags: flags}
}

// up starts everything on the host.
func (h *host) up() {
	h.t.Helper()
	check(h.t, h.StartOVS(h.ctx))
	h.startAgent()
	h.eventually("the agent has set the bridge up", func() bool { return strings.Contains(h.traces(), "cookie=0x766c") })
	check(h.t, h.StartDocker(h.ctx, h.dockerd...))
	check(h.t, h.ImportImage(h.ctx))
}

// in is the host for a part of the test.
func (h *host) in(t *testing.T) *host {
	part := *h
	part.t = t
	return &part
}

// startAgent starts the plugin and waits until it is READY.
func (h *host) startAgent() {
	h.t.Helper()
	program, err := plugin()
	check(h.t, err)
	h.agent, err = h.Start(h.ctx, "vlcp", append([]string{program, "--log-level", "debug"}, h.flags...)...)
	check(h.t, err)
	check(h.t, h.agent.Ready(h.ctx))
}

func (h *host) killAgent() {
	h.t.Helper()
	check(h.t, h.agent.Stop(h.ctx, syscall.SIGKILL))
}

// docker runs a docker command line of words without spaces.
func (h *host) docker(line string) string {
	h.t.Helper()
	out, err := h.Docker(h.ctx, strings.Fields(line)...)
	check(h.t, err)
	return strings.TrimSpace(out)
}

// refused runs a docker command line that must fail, with an error that holds
// all the words.
func (h *host) refused(line string, words ...string) {
	h.t.Helper()
	out, err := h.Docker(h.ctx, strings.Fields(line)...)
	if err == nil {
		h.t.Errorf("docker %s was not refused: %s", line, out)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			h.t.Errorf("docker %s: the error does not say %q: %v", line, word, err)
		}
	}
}

// run runs a shell command line in the host.
func (h *host) run(line string) string {
	h.t.Helper()
	out, err := h.Run(h.ctx, "sh", "-c", line)
	check(h.t, err)
	return strings.TrimSpace(out)
}

// start runs a container with the image's server, and gives its state.
func (h *host) start(name, options string) probe.State {
	h.t.Helper()
	h.docker("run -d --name " + name + " " + options + " " + testlab.Image)
	return h.state(name)
}

// state is what a container sees of itself.
func (h *host) state(container string) probe.State {
	h.t.Helper()
	s, err := h.State(h.ctx, container)
	check(h.t, err)
	return s
}

// reach checks that a container reaches an address by ICMP and by TCP.
func (h *host) reach(container, addr string) {
	h.t.Helper()
	if stats := h.ping(container, addr); stats.Lost > 0 {
		h.t.Errorf("%s to %s: %+v", container, addr, stats)
	}
	h.docker("exec " + container + " probe check " + netip.AddrPortFrom(netip.MustParseAddr(addr), probe.Port).String())
}

// unreachable checks that nothing comes back from an address.
func (h *host) unreachable(container, addr string) {
	h.t.Helper()
	if stats := h.ping(container, addr); stats.Received > 0 {
		h.t.Errorf("%s reaches %s: %+v", container, addr, stats)
	}
}

func (h *host) ping(container, addr string) probe.Stats {
	h.t.Helper()
	stats, err := h.Ping(h.ctx, container, netip.MustParseAddr(addr), 3)
	check(h.t, err)
	return stats
}

// asBefore waits until the traces of vlcp are those that were.
func (h *host) asBefore(before string) {
	h.t.Helper()
	var now string
	h.t.Cleanup(func() {
		if now != before {
			h.t.Logf("before:\n%s\n\nafterwards:\n%s", before, now)
		}
	})
	h.eventually("the host is as it was", func() bool { now = h.traces(); return now == before })
}

// eventually waits until what is asked holds.
func (h *host) eventually(what string, holds func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(90 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("not within 90 s: %s", what)
		}
	}
}

// traces are what vlcp leaves in a host: ports of the bridge, interfaces and
// flows.
func (h *host) traces() string {
	h.t.Helper()
	return h.run("ovs-vsctl list-ports dockerbr0 || true; ip -o link | grep -o 'vlcp[^:@]*' || true; " +
		"ovs-ofctl -O OpenFlow14 --no-stats dump-flows dockerbr0 | sort")
}

// stored ends the agent and gives the keys that are in its store, but for those
// that tell of the host itself.
func (h *host) stored() (keys []string) {
	h.t.Helper()
	check(h.t, h.agent.Stop(h.ctx, syscall.SIGTERM))
	s, err := bolt.Open(h.Path("/var/lib/vlcp/vlcp.db"))
	check(h.t, err)
	defer s.Close()
	entries, err := s.List(h.ctx, "")
	check(h.t, err)
	for _, e := range entries {
		if kind, _, _ := strings.Cut(e.Key, "/"); kind != "host" && kind != "tunnel" && kind != "alive" {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
