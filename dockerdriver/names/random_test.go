package names

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// TestRandomLife has users do anything on three hosts whose Keepers, Dockers and
// stores come and go. In the end every hosts file is as an obvious model has it,
// and nothing is left when all containers are removed.
func TestRandomLife(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			run(t, func(c *cluster) { c.randomLife(rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

// someNames are few, so that they meet.
var someNames = []string{"a", "b", "c"}

func (c *cluster) randomLife(r *rand.Rand) {
	all := c.up("h1", "h2", "h3")
	for _, h := range all {
		h.late, h.early, h.quick = r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(2) == 0
		h.fault = kvtest.Sometimes(r.Uint64(), kvtest.Unavailable, kvtest.Conflict, kvtest.Lost, kvtest.Applied, kvtest.Late)
	}
	for range 80 {
		all[r.IntN(3)].anything(r)
		if r.IntN(3) == 0 {
			c.settle()
		}
	}
	for _, h := range all {
		h.calm()
	}
	c.later()
	for _, h := range all {
		for _, d := range h.containers {
			for _, name := range append(shortIDs(all), someNames...) {
				h.checkName(all, d, name)
			}
		}
	}
	for _, h := range all {
		for _, d := range slices.Collect(maps.Values(h.containers)) {
			h.rm(d)
		}
	}
	c.later()
	if left := c.published(); len(left) > 0 {
		c.Errorf("left in the store: %v", left)
	}
}

// anything does something to a host.
func (h *host) anything(r *rand.Rand) {
	some := func() string { return someNames[r.IntN(len(someNames))] }
	networks := in([]string{"n1 " + some(), "n2", "n1"}[:1+r.IntN(2)]...)
	c, net := h.called(some()), []string{"n1", "n2"}[r.IntN(2)]
	switch action := r.IntN(15); {
	case action < 3:
		if name := some(); h.called(name) == nil {
			h.run(name, networks)
		}
	case action < 8 && c != nil:
		h.change(r, action, c, net, some())
	case action == 8 && h.end != nil:
		h.kill()
	case action == 8:
		h.again()
	case action == 9:
		h.off.Store(!h.off.Load())
	case action == 10:
		h.away.Store(!h.away.Load())
	case action == 11:
		h.flaky.Store(!h.flaky.Load())
	case action == 12:
		h.restart()
	case action == 13:
		h.later()
	}
}

// change does something to a container.
func (h *host) change(r *rand.Rand, action int, c *dockerContainer, net, name string) {
	switch {
	case action == 3 && c.running:
		h.stop(c)
	case action == 3:
		h.dockerd.start(c)
	case action == 4 && h.called(name) == nil:
		h.rename(c, name)
	case action == 5:
		h.connect(c, net, name)
	case action == 6:
		h.disconnect(c, net)
	case action == 7 && r.IntN(3) == 0:
		h.rm(c)
	}
}

// called is the container of a name; nil without.
func (h *host) called(name string) *dockerContainer {
	for _, c := range h.containers {
		if c.name == name {
			return c
		}
	}
	return nil
}

// calm has a host in order.
func (h *host) calm() {
	h.off.Store(false)
	h.flaky.Store(false)
	h.away.Store(false)
	if h.end == nil {
		h.again()
	}
}

func shortIDs(all []*host) (ids []string) {
	for _, h := range all {
		for id := range h.containers {
			ids = append(ids, id[:12])
		}
	}
	return ids
}

// checkName checks where a name leads a container.
func (h *host) checkName(all []*host, d *dockerContainer, name string) {
	h.Helper()
	want := ""
	for _, net := range slices.Sorted(maps.Keys(d.aliases)) {
		if !d.running || h.serves(d, name) || want != "" {
			break
		}
		want = h.elsewhere(all, net, name)
	}
	if got := finds(h.file(d), name); d.running && got != want && d.id[:12] != name {
		h.Errorf("%s leads %s of %s to %q, want %q; it has\n%s", name, d.name, h.name, got, want, h.file(d))
	}
}

// serves tells whether Docker's DNS leads a container somewhere by a name.
func (h *host) serves(d *dockerContainer, name string) bool {
	for net := range d.aliases {
		for id := range h.network(net).members {
			c := h.containers[id]
			if c.name == name || c.id[:12] == name || slices.Contains(c.aliases[net], name) || h.network(net).members[id].name == name {
				return true
			}
		}
	}
	return false
}

// elsewhere is where a name of a network leads on other hosts: to the container
// that has had it longest, and to all that have it for an alias.
func (h *host) elsewhere(all []*host, net, name string) string {
	var addrs []string
	var first time.Time
	owner, of := (*dockerContainer)(nil), h
	for _, other := range all {
		for id := range other.network(net).members {
			c := other.containers[id]
			if since := h.since(net, other, c, name); c.name == name && (owner == nil || since.Before(first)) {
				owner, of, first = c, other, since
			}
			if other != h && c.name != name && (c.id[:12] == name || slices.Contains(c.aliases[net], name)) {
				addrs = append(addrs, strings.Fields(other.of(c, net))...)
			}
		}
	}
	if owner != nil && of != h {
		addrs = append(addrs, strings.Fields(of.of(owner, net))...)
	}
	slices.Sort(addrs)
	return strings.Join(addrs, " ")
}

// since is when a container has a name since, as the store has it.
func (h *host) since(net string, of *host, c *dockerContainer, name string) time.Time {
	h.Helper()
	key := key("logical-"+net, holder{of.name, c.id})
	entries, err := h.data.Get(h.T.Context(), []string{key}, true)
	if err != nil || entries[0].Revision == kvstore.Absent {
		h.Errorf("the store has no names of %s of %s: %v", c.name, of.name, err)
		return time.Time{}
	}
	return decode(entries[0]).Names[name]
}
