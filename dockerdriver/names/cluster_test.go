package names

import (
	"bytes"
	"context"
	"crypto/sha256"
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

	"github.com/docker/docker/client"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/dockertest"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/gate"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cluster is a test with hosts that share a store. Its methods fail the test.
type cluster struct {
	*testing.T
	data  *memory.Store
	given map[string]int // addresses by network
	mu    sync.Mutex
}

// run runs a test in a bubble.
func run(t *testing.T, test func(c *cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		data := memory.New()
		defer data.Close()
		test(&cluster{T: t, data: data, given: map[string]int{}})
	})
}

// host is a host with a Docker and a Keeper.
type host struct {
	*cluster
	*dockerd
	name  string
	store *kvtest.Faulty
	off   atomic.Bool // the store is away
	flaky atomic.Bool // calls of it may have a fault
	fault func(call string) kvtest.Fault
	log   bytes.Buffer

	watched sync.Map // containers whose hosts files are
	end     func()   // ends the Keeper; nil: it does not run
}

// up makes hosts with the networks n1 and n2, and starts all on them.
func (c *cluster) up(names ...string) (all []*host) {
	for _, name := range names {
		h := c.host(name)
		for _, n := range []string{"n1", "n2"} {
			h.addNetwork(n, "logical-"+n)
		}
		h.again()
		all = append(all, h)
	}
	c.settle()
	return all
}

// host makes a host on which only Docker runs.
func (c *cluster) host(name string) *host {
	h := &host{cluster: c, dockerd: newDockerd(c), name: name, fault: func(string) kvtest.Fault { return kvtest.None }}
	h.store = kvtest.NewFaulty(c.data.Session(), func(call string) kvtest.Fault {
		if h.off.Load() {
			return kvtest.Unavailable
		}
		if h.flaky.Load() {
			return h.fault(call)
		}
		return kvtest.None
	})
	c.update(func(tx *kvstore.Tx) error { return kvstore.Save(tx, hostKey(name), network.Host{ID: name}) })
	c.Cleanup(func() { h.kill(); h.store.Close() })
	return h
}

func (c *cluster) update(fn func(*kvstore.Tx) error) {
	c.Helper()
	if err := kvstore.Update(context.Background(), c.data, fn); err != nil {
		c.Error(err)
	}
}

// addNetwork makes a network of a logical network; "": of another driver.
func (h *host) addNetwork(name, logical string) {
	n := &dockerNetwork{id: h.name + "-" + name, name: name, driver: "vlcp", scope: "local", members: map[string]*dockerEndpoint{}}
	n.next = func() []netip.Addr { return h.next(logical) }
	if logical == "" {
		n.driver = "bridge"
	} else {
		h.update(func(tx *kvstore.Tx) error { return record.Network{Network: logical}.Save(tx, h.name, n.id) })
	}
	h.networks[n.id] = n
}

// next are the next free addresses of a network.
func (c *cluster) next(logical string) []netip.Addr {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.given[logical]++
	n := c.given[logical]
	net := sha256.Sum256([]byte(logical))[0]
	return []netip.Addr{netip.AddrFrom4([4]byte{10, net, byte(n >> 8), byte(n)}), netip.MustParseAddr(fmt.Sprintf("fd00:%x::%x", net, n))}
}

// again starts the Keeper.
func (h *host) again() {
	docker, err := client.NewClientWithOpts(client.WithHTTPClient(&http.Client{Transport: dockertest.Transport{Handler: h.dockerd}}), client.WithAPIVersionNegotiation())
	if err != nil {
		h.Fatal(err)
	}
	k := &Keeper{Docker: docker, Store: h.store, Host: func(context.Context) (string, error) { return h.name, nil },
		Log: slog.New(slog.NewTextHandler(&h.log, nil)), watch: h.watch, door: h.door}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := k.Run(ctx); ctx.Err() == nil {
			h.Errorf("the keeper of %s ended: %v", h.name, err)
		}
	})
	h.end = func() { cancel(); ended.Wait() }
}

// kill ends the Keeper.
func (h *host) kill() {
	if h.end != nil {
		h.end()
		h.end = nil
	}
}

// watch is an inotify in the bubble.
func (h *host) watch(changed func(string)) (watcher, error) {
	h.dockerd.mu.Lock()
	defer h.dockerd.mu.Unlock()
	h.changed = func(container string) {
		if _, watched := h.watched.Load(container); watched {
			changed(container)
		}
	}
	return h, nil
}

func (h *host) Add(path string) error {
	h.watched.Store(containerOf(path), true)
	return nil
}

func (h *host) Close() error {
	h.dockerd.mu.Lock()
	defer h.dockerd.mu.Unlock()
	h.changed = nil
	h.watched.Clear()
	return nil
}

// door is a gate in the bubble.
type door struct {
	*host
	held sync.Map // containers
}

func (h *host) door(ready func(string) <-chan struct{}) (doorkeeper, error) {
	d := &door{host: h}
	h.dockerd.mu.Lock()
	defer h.dockerd.mu.Unlock()
	h.opened = func(container string) {
		if _, held := d.held.LoadAndDelete(container); held {
			select {
			case <-ready(container):
			case <-time.After(gate.Patience):
			}
		}
	}
	return d, nil
}

func (d *door) Hold(container, path string) error {
	d.held.Store(container, true)
	_, err := os.Stat(path)
	return err
}

func (d *door) Release(container string) { d.held.Delete(container) }

func (d *door) Close() error {
	d.dockerd.mu.Lock()
	defer d.dockerd.mu.Unlock()
	d.opened = nil
	return nil
}

// settle waits until all that events cause is done.
func (c *cluster) settle() {
	time.Sleep(3 * time.Second)
	synctest.Wait()
}

// later waits until all that is tried once in a while was tried.
func (c *cluster) later() {
	time.Sleep(5 * time.Minute)
	synctest.Wait()
}

// finds is where a hosts file leads by a name.
func finds(text, name string) string {
	var all []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if fields := strings.Fields(line); len(fields) > 1 && slices.ContainsFunc(fields[1:], func(f string) bool { return strings.EqualFold(f, name) }) {
			all = append(all, fields[0])
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// file is a container's hosts file.
func (h *host) file(d *dockerContainer) string {
	text, err := os.ReadFile(h.hosts(d.id))
	if err != nil {
		h.Error(err)
	}
	return string(text)
}

// leads checks where a container's hosts file leads by a name.
func (h *host) leads(c *dockerContainer, name, want string) {
	h.Helper()
	if got := finds(h.file(c), name); got != want {
		h.Errorf("%s of %s finds %s at %q, want %q; it has\n%s", c.name, h.name, name, got, want, h.file(c))
	}
}

// of are the addresses of a container in a network.
func (h *host) of(c *dockerContainer, network string) string {
	h.Helper()
	e := h.network(network).members[c.id]
	if e == nil {
		h.Errorf("%s is not in %s", c.name, network)
		return ""
	}
	var all []string
	for _, a := range e.addresses {
		all = append(all, a.String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// published are the keys of names in the store.
func (c *cluster) published() (keys []string) {
	c.Helper()
	entries, err := c.data.List(c.Context(), allNames)
	if err != nil {
		c.Error(err)
	}
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}
