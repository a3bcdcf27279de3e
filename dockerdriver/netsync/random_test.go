package netsync_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// TestRandomLife has users do anything on three hosts whose plugins, Dockers and
// stores come and go, at any point. In the end all have the same, and nothing
// when that is removed.
func TestRandomLife(t *testing.T) {
	steps := stepsOf("create", "create", "create", "attach", "join", "rm", "rm", "prune", "run", "stop", "empty", "empty",
		"kill", "kill in a call", "kill in the store", "up", "up", "store", "docker", "flaky", "restart", "wipe", "settle", "settle", "settle", "wait", "wait")
	explore(t, steps, func(c *hosts, steps []step) {
		all := c.start("h1", "h2", "h3")
		all[0].logicalNetwork("net1")
		for _, s := range steps {
			all[s.host].happen(all, s)
			time.Sleep(time.Duration(s.n%5) * time.Millisecond)
		}
		c.users.Wait()
		for _, h := range all {
			h.calm()
		}
		c.later()
		for _, name := range networkNames {
			c.agree(all, name)
		}
		for range all { // each may have one of its own that was hidden by another's
			for _, h := range all {
				h.rmAll()
			}
		}
		c.have(all)
		if err := all[0].fake.DeleteNetwork(c.Context(), "net1"); err != nil {
			c.Error(err)
		}
		c.expire(all)
		c.left()
	})
}

// happen has a step happen, or begin. It may be impossible or be refused.
func (h *host) happen(all []*host, s step) {
	n := h.network(s.name)
	switch s.do {
	case "create":
		h.users.Go(func() { _, _ = h.tryCreate(s.name) })
	case "attach":
		h.users.Go(func() { _, _ = h.tryCreate(s.name, attachedTo("net1")) })
	case "join": // what another host knows by any name
		for _, other := range all[s.n%3].docker.list() {
			if other.Driver == "vlcp" {
				h.users.Go(func() { _, _ = h.tryCreate(s.name, attachedTo(logicalOf(other))) })
			}
		}
	case "rm":
		if n != nil {
			h.users.Go(func() { _ = h.docker.remove(n.ID) })
		}
	case "prune":
		for _, n := range h.docker.list() {
			h.users.Go(func() { _ = h.docker.remove(n.ID) })
		}
	case "run", "stop":
		if n != nil {
			h.docker.put("c-"+s.name, s.name, map[string]container.ContainerState{"run": container.StateRunning, "stop": container.StateExited}[s.do])
		}
	case "empty":
		h.docker.put("c-"+s.name, "", "")
	case "kill":
		h.kill()
	case "kill in a call":
		h.docker.dieAt(s.n)
	case "kill in the store":
		h.left.Store(int64(s.n))
	case "up":
		h.up()
	default:
		h.disturb(s)
	}
}

// disturb changes what is around a plugin.
func (h *host) disturb(s step) {
	switch s.do {
	case "store":
		h.away.Store(!h.away.Load())
	case "docker":
		h.docker.away.Store(!h.docker.away.Load())
	case "flaky":
		if h.flaky.Load() != nil {
			h.flicker(nil)
			return
		}
		h.flicker(kvtest.Sometimes(uint64(s.n), kvtest.Unavailable, kvtest.Conflict, kvtest.Lost, kvtest.Applied, kvtest.Late))
	case "restart", "wipe":
		h.docker.restart(s.do == "wipe")
	case "settle":
		h.settle()
	case "wait":
		time.Sleep(time.Duration(s.n) * 10 * time.Second)
	}
}

// kill ends plugin and network sync with kill -9: they do nothing any more.
func (h *host) kill() {
	if h.runs {
		away := h.away.Swap(true)
		h.stop()
		h.away.Store(away)
	}
}

// up starts plugin and network sync, where they don't run or were killed.
func (h *host) up() {
	h.docker.dieAt(0)
	h.left.Store(0)
	h.kill()
	h.again()
}

// calm has a host in order, with nothing in its networks.
func (h *host) calm() {
	h.flicker(nil)
	h.up()
	h.away.Store(false)
	h.docker.away.Store(false)
	for _, name := range networkNames {
		h.docker.put("c-"+name, "", "")
	}
}

// attachedTo has a network use a logical network that Docker did not make.
func attachedTo(id string) func(r *network.CreateRequest) {
	return func(r *network.CreateRequest) {
		r.Options = map[string]string{"network": id}
		r.IPAM.Options = map[string]string{"network": id}
	}
}

// agree checks that a network is on all hosts, but for those that have one of
// their own of its name, and that all that is needed for it is there.
func (c *hosts) agree(all []*host, name string) {
	c.Helper()
	claimed := c.claim(name)
	for _, h := range all {
		n := h.network(name)
		switch {
		case n == nil && claimed != "":
			c.Errorf("%s lacks %s, which is %s", h.name, name, claimed)
		case n == nil:
		case claimed == "":
			c.Errorf("%s has %s of %s, and nobody else", h.name, name, h.logical(name))
		case n.Options["synced"] != "" && h.logical(name) != claimed:
			c.Errorf("%s has %s of %s, which is %s", h.name, name, h.logical(name), claimed)
		default:
			if _, err := h.fake.Network(c.Context(), h.logical(name)); err != nil {
				c.Errorf("%s of %s: %v", name, h.name, err)
			}
		}
	}
}

func (h *host) rmAll() {
	for _, name := range networkNames {
		if h.network(name) != nil {
			h.rm(name)
			h.later()
		}
	}
}

// expire has pools lapse that Docker was not told of.
func (c *hosts) expire(all []*host) {
	for range 4 {
		time.Sleep(time.Hour)
		for _, h := range all {
			if err := h.fake.IPAM.Sweep(c.Context(), nil); err != nil {
				c.Error(err)
			}
		}
	}
}

// claim is the logical network that a name stands for.
func (c *hosts) claim(name string) string {
	c.Helper()
	entries, err := c.data.List(c.Context(), kvstore.Prefix("docker", "network"))
	if err != nil {
		c.Fatal(err)
	}
	i := slices.IndexFunc(entries, func(e kvstore.Entry) bool { return strings.HasSuffix(e.Key, "/"+name) })
	if i < 0 {
		return ""
	}
	claim, err := kvstore.Decode[struct {
		Network string `json:"network"`
	}](entries[i])
	if err != nil {
		c.Fatal(err)
	}
	return claim.Network
}
