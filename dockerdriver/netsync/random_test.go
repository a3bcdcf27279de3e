package netsync_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// TestRandomLife has users do anything on three hosts whose plugins, Dockers and
// stores come and go. In the end all have the same, and nothing when that is
// removed.
func TestRandomLife(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			run(t, func(c *hosts) { c.randomLife(rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

// networkNames are few, so that they meet.
var networkNames = []string{"n1", "n2"}

func (c *hosts) randomLife(r *rand.Rand) {
	all := c.start("h1", "h2", "h3")
	for _, h := range all {
		h.fault = kvtest.Sometimes(r.Uint64(), kvtest.Unavailable, kvtest.Conflict, kvtest.Lost, kvtest.Applied, kvtest.Late)
	}
	for range 60 {
		all[r.IntN(3)].anything(r)
		if r.IntN(3) == 0 {
			c.settle()
		}
	}
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
	for range 4 { // pools that Docker was not told of
		time.Sleep(time.Hour)
		for _, h := range all {
			if err := h.fake.IPAM.Sweep(c.Context(), nil); err != nil {
				c.Error(err)
			}
		}
	}
	c.left()
}

// anything does something to a host.
func (h *host) anything(r *rand.Rand) {
	name := networkNames[r.IntN(len(networkNames))]
	n := h.network(name)
	switch action := r.IntN(14); {
	case action < 3:
		_, _ = h.tryCreate(name) // there may be one, or no plugin
	case action < 5 && n != nil:
		_ = h.docker.remove(n.ID) // it may be in use
	case action == 5 && n != nil:
		h.docker.put("c-"+name, name, []container.ContainerState{container.StateRunning, container.StateExited}[r.IntN(2)])
	case action < 8:
		h.docker.put("c-"+name, "", "")
	case action == 8 && h.runs:
		h.stop()
	case action == 8:
		h.again()
	case action == 9:
		h.away.Store(!h.away.Load())
	case action == 10:
		h.docker.away.Store(!h.docker.away.Load())
	case action == 11:
		h.flaky.Store(!h.flaky.Load())
	case action == 12:
		h.docker.restart(r.IntN(4) == 0)
	case action == 13:
		h.later()
	}
}

// calm has a host in order, with nothing in its networks.
func (h *host) calm() {
	h.away.Store(false)
	h.flaky.Store(false)
	h.docker.away.Store(false)
	if !h.runs {
		h.again()
	}
	for _, name := range networkNames {
		h.docker.put("c-"+name, "", "")
	}
}

// agree checks that the hosts which have no network of their own of a name have
// the same.
func (c *hosts) agree(all []*host, name string) {
	c.Helper()
	claimed := c.claim(name)
	for _, h := range all {
		switch n := h.network(name); {
		case n == nil && claimed != "":
			c.Errorf("%s lacks %s, which is %s", h.name, name, claimed)
		case n != nil && h.logical(name) != claimed && n.Options["network"] != "":
			c.Errorf("%s has %s of %s, which is %q", h.name, name, h.logical(name), claimed)
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

// claim is the logical network that a name stands for.
func (c *hosts) claim(name string) string {
	c.Helper()
	entries, err := c.data.Get(c.Context(), []string{kvstore.Key("docker", "network", name)}, true)
	if err != nil {
		c.Fatal(err)
	}
	if entries[0].Revision == kvstore.Absent {
		return ""
	}
	claim, err := kvstore.Decode[struct {
		Network string `json:"network"`
	}](entries[0])
	if err != nil {
		c.Fatal(err)
	}
	return claim.Network
}
