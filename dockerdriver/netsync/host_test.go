package netsync_test

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/dockertest"
	"github.com/vlcp-go/vlcp/dockerdriver/netsync"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	vlcp "github.com/vlcp-go/vlcp/network"
)

func TestMain(m *testing.M) {
	checks := "50"
	if os.Getenv("VLCP_ALL") == "1" {
		checks = "2000"
	}
	if err := flag.Set("rapid.checks", checks); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// hosts is a test with hosts that share a store. Its methods fail the test.
type hosts struct {
	testing.TB
	data  *memory.Store
	slow  bool           // the ways to it, and what they show is as old as it may be
	users sync.WaitGroup // what they are doing
}

// run runs a test in a bubble.
func run(t *testing.T, test func(c *hosts)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		data := memory.New()
		defer data.Close()
		test(&hosts{TB: t, data: data})
	})
}

// faults chooses the fault of a call of the store.
type faults func(call string) kvtest.Fault

// flicker has the calls of the store have faults; nil: none.
func (h *host) flicker(f faults) {
	if f == nil {
		h.flaky.Store(nil)
		return
	}
	h.flaky.Store(&f)
}

// host is a host with a Docker, a plugin and a network sync.
type host struct {
	*hosts
	name   string
	docker *dockerd
	way    *way // to the store
	fake   *drivertest.Fake
	plugin *dockerdriver.Server
	scope  string
	away   atomic.Bool            // the store
	flaky  atomic.Pointer[faults] // the connection to it: calls may have a fault; nil: none has
	runs   bool                   // plugin and network sync
	left   atomic.Int64           // calls of the store until it is away; 0: it stays
	log    logbook

	stopPlugin, stopSync func()
}

// start makes hosts and starts all on them.
func (c *hosts) start(names ...string) (all []*host) {
	for _, name := range names {
		h := c.host(name, "1.41")
		h.again()
		all = append(all, h)
	}
	c.settle()
	return all
}

// host makes a host on which only Docker runs.
func (c *hosts) host(name, version string) *host {
	h := &host{hosts: c, name: name, docker: newDockerd(c, name, version), stopPlugin: func() {}, stopSync: func() {}}
	h.way = &way{Store: c.data.Session(), slow: c.slow}
	if c.slow {
		h.way.Store = kvtest.Stale(h.way.Store)
	}
	h.fake = drivertest.NewFakeAt(c, kvtest.NewFaulty(h.way, func(call string) kvtest.Fault {
		switch {
		case h.left.Load() > 0 && h.left.Add(-1) == 0:
			h.away.Store(true)
			return kvtest.Unavailable
		case h.away.Load():
			return kvtest.Unavailable
		}
		if fault := h.flaky.Load(); fault != nil {
			return (*fault)(call)
		}
		return kvtest.None
	}), name)
	c.Cleanup(func() { h.stopSync(); h.stopPlugin() })
	return h
}

func (h *host) startPlugin() {
	h.plugin = &dockerdriver.Server{Driver: h.fake, IPAM: h.fake.IPAM, Store: h.fake.Store, Scope: h.scope,
		Host: func(context.Context) (string, error) { return h.name, nil }}
	h.docker.use(h.plugin.Handler())
	stop := background(func(ctx context.Context) { h.plugin.Run(ctx) })
	h.stopPlugin = func() { h.docker.use(nil); stop() }
}

func (h *host) startSync() {
	c, err := client.NewClientWithOpts(client.WithHTTPClient(&http.Client{Transport: dockertest.Transport{Handler: h.docker}}), client.WithAPIVersionNegotiation())
	if err != nil {
		h.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	s := &netsync.Syncer{Docker: c, Plugin: h.plugin, Log: log}
	h.stopSync = background(func(ctx context.Context) {
		if err := s.Run(ctx); ctx.Err() == nil {
			h.Errorf("the network sync of %s ended: %v", h.name, err)
		}
	})
}

// stop ends the plugin and the network sync, as a crash or an upgrade does.
func (h *host) stop() {
	h.runs = false
	h.stopSync()
	h.stopPlugin()
	h.stopSync, h.stopPlugin = func() {}, func() {}
}

func (h *host) again() {
	h.runs = true
	h.startPlugin()
	h.startSync()
}

func background(run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { run(ctx) })
	return func() { cancel(); wg.Wait() }
}

// settle waits until all that events cause is done, also what another pass was in the
// way of and is tried again after a second.
func (c *hosts) settle() {
	time.Sleep(2 * time.Second)
	synctest.Wait()
}

// later waits until all that is tried once in a while was tried.
func (c *hosts) later() {
	time.Sleep(5 * time.Minute)
	synctest.Wait()
}

// create is `docker network create -d vlcp --ipam-driver vlcp --subnet …`.
func (h *host) create(name string, with ...func(*network.CreateRequest)) (id string) {
	h.Helper()
	id, err := h.tryCreate(name, with...)
	if err != nil {
		h.Fatalf("%s: create %s: %v", h.name, name, err)
	}
	return id
}

func (h *host) tryCreate(name string, with ...func(*network.CreateRequest)) (id string, err error) {
	req := network.CreateRequest{Name: name}
	req.Driver, req.IPAM = "vlcp", &network.IPAM{Driver: "vlcp", Config: []network.IPAMConfig{{Subnet: "192.168.1.0/24"}}}
	for _, change := range with {
		change(&req)
	}
	made, _, err := h.docker.create(req)
	if err != nil {
		return "", err
	}
	return made.(network.CreateResponse).ID, nil
}

// rm is `docker network rm`.
func (h *host) rm(name string) {
	h.Helper()
	n := h.network(name)
	if n == nil {
		h.Fatalf("%s has no network %s", h.name, name)
	}
	if err := h.docker.remove(n.ID); err != nil {
		h.Fatalf("%s: rm %s: %v", h.name, name, err)
	}
}

// network is a network by its name; nil without.
func (h *host) network(name string) *network.Summary {
	for _, n := range h.docker.list() {
		if n.Name == name {
			return &n
		}
	}
	return nil
}

// logical is the logical network of a Docker network.
func (h *host) logical(name string) string {
	h.Helper()
	n := h.network(name)
	if n == nil {
		h.Fatalf("%s has no network %s", h.name, name)
	}
	return logicalOf(*n)
}

func logicalOf(n network.Summary) string {
	return cmp.Or(n.Options["network"], "docker-"+n.ID+"-lognet")
}

// have checks which networks of ours hosts have.
func (c *hosts) have(all []*host, want ...string) {
	c.Helper()
	for _, h := range all {
		var got []string
		for _, n := range h.docker.list() {
			if n.Driver == "vlcp" {
				got = append(got, n.Name)
			}
		}
		slices.Sort(got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			c.Errorf("%s has %v, want %v", h.name, got, want)
		}
	}
}

// left checks that the store has nothing of Docker's networks any more, nor of
// those themselves.
func (c *hosts) left(want ...string) {
	c.Helper()
	var got []string
	entries, err := c.data.List(c.Context(), "")
	if err != nil {
		c.Fatal(err)
	}
	for _, e := range entries {
		switch kind, _, _ := strings.Cut(e.Key, "/"); {
		case strings.HasPrefix(kind, "phys"), kind == "schema", strings.HasPrefix(e.Key, "docker/making/") && string(e.Value) == `{"network":"","name":""}`:
		default:
			got = append(got, fmt.Sprintf("%s: %s\n", e.Key, e.Value))
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.Errorf("left in the store: %v, want %v", got, want)
	}
}

// logbook is what a host logs.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// says checks that a host's log says something, once.
func (h *host) says(text string) {
	h.Helper()
	if n := strings.Count(h.log.String(), text); n != 1 {
		h.Errorf("the log of %s says %q %d times:\n%s", h.name, text, n, h.log.String())
	}
}

// same checks that the networks of a name are one on all hosts.
func (c *hosts) same(all []*host, name string) {
	c.Helper()
	for _, h := range all[1:] {
		if got, want := h.logical(name), all[0].logical(name); got != want {
			c.Errorf("%s of %s is of %s, on %s of %s", name, h.name, got, all[0].name, want)
		}
	}
}

// logicalNetwork makes a logical network as the management API does.
func (h *host) logicalNetwork(id string, with ...func(*vlcp.Subnet)) {
	h.Helper()
	subnet := vlcp.Subnet{ID: id + "-subnet", Prefix: netip.MustParsePrefix("192.168.1.0/24"), Gateway: netip.MustParseAddr("192.168.1.1")}
	for _, change := range with {
		change(&subnet)
	}
	spec := vlcp.Spec{Network: vlcp.Network{ID: id}, Subnets: []vlcp.Subnet{subnet}}
	if _, err := h.fake.CreateNetwork(h.Context(), spec); err != nil {
		h.Fatal(err)
	}
}
