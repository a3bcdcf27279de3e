package netsync_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
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
	"github.com/vlcp-go/vlcp/dockerdriver/netsync"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hosts is a test with hosts that share a store. Its methods fail the test.
type hosts struct {
	*testing.T
	data *memory.Store
}

// run runs a test in a bubble.
func run(t *testing.T, test func(c *hosts)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		data := memory.New()
		defer data.Close()
		test(&hosts{T: t, data: data})
	})
}

// host is a host with a Docker, a plugin and a network sync.
type host struct {
	*hosts
	name   string
	docker *dockerd
	fake   *drivertest.Fake
	plugin *dockerdriver.Server
	away   atomic.Bool // the store
	log    bytes.Buffer

	stopPlugin, stopSync func()
}

// start makes hosts and starts all on them.
func (c *hosts) start(names ...string) (all []*host) {
	for _, name := range names {
		h := c.host(name, "1.41")
		h.startPlugin()
		h.startSync()
		all = append(all, h)
	}
	c.settle()
	return all
}

// host makes a host on which only Docker runs.
func (c *hosts) host(name, version string) *host {
	h := &host{hosts: c, name: name, docker: newDockerd(c, name, version), stopPlugin: func() {}, stopSync: func() {}}
	h.fake = drivertest.NewFakeAt(c, kvtest.NewFaulty(c.data.Session(), func(string) kvtest.Fault {
		if h.away.Load() {
			return kvtest.Unavailable
		}
		return kvtest.None
	}), name)
	c.Cleanup(func() { h.stopSync(); h.stopPlugin() })
	return h
}

func (h *host) startPlugin() {
	h.plugin = &dockerdriver.Server{Driver: h.fake, IPAM: h.fake.IPAM, Store: h.fake.Store,
		Host: func(context.Context) (string, error) { return h.name, nil }}
	h.docker.use(h.plugin.Handler())
	stop := background(func(ctx context.Context) { h.plugin.Run(ctx) })
	h.stopPlugin = func() { h.docker.use(nil); stop() }
}

func (h *host) startSync() {
	c, err := client.NewClientWithOpts(client.WithHTTPClient(&http.Client{Transport: transport{h.docker}}), client.WithAPIVersionNegotiation())
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

func background(run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { run(ctx) })
	return func() { cancel(); wg.Wait() }
}

// settle waits until all that events cause is done.
func (c *hosts) settle() {
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
}

// create is `docker network create -d vlcp --ipam-driver vlcp --subnet …`.
func (h *host) create(name string, with ...func(*network.CreateRequest)) string {
	h.Helper()
	req := network.CreateRequest{Name: name}
	req.Driver, req.IPAM = "vlcp", &network.IPAM{Driver: "vlcp", Config: []network.IPAMConfig{{Subnet: "192.168.1.0/24"}}}
	for _, change := range with {
		change(&req)
	}
	made, _, err := h.docker.create(req)
	if err != nil {
		h.Fatalf("%s: create %s: %v", h.name, name, err)
	}
	return made.(network.CreateResponse).ID
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
	if id := n.Options["network"]; id != "" {
		return id
	}
	return "docker-" + n.ID + "-lognet"
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
		if !strings.HasPrefix(e.Key, "phys") && e.Key != "schema" {
			got = append(got, e.Key)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.Errorf("left in the store: %v, want %v", got, want)
	}
}
