package e2e

import (
	"context"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

// TestStoreAwayForTenMinutes is what TestHostDies does while the store is away,
// for ten minutes, on each store, with what the hosts do on Docker's side.
func TestStoreAwayForTenMinutes(t *testing.T) {
	if os.Getenv("VLCP_ALL") != "1" {
		t.Skip("not run, since it takes more than ten minutes: make test-all runs it")
	}
	var all []*outage
	for _, scheme := range slices.Sorted(maps.Keys(servers)) {
		c := newClusterOn(t, scheme, 2, same())
		h1, h2 := c.hosts[0], c.hosts[1]
		h1.ctx, h2.ctx = t.Context(), t.Context()
		h1.docker(create + "--subnet 10.1.0.0/24 n1")
		h2.eventually("h2 has n1", func() bool { return h2.has("n1", "") })
		h1.start("a1", "--network n1 --ip 10.1.0.11")
		h2.start("a2", "--network n1 --ip 10.1.0.12")
		h1.meet("a1", "10.1.0.12")
		h2.resolves("a2", "a1", "10.1.0.11")
		all = append(all, c.cutStore(t))
	}
	pause(t.Context(), 10*time.Minute)
	for _, o := range all {
		h1, h2 := o.h1, o.h2
		h2.equal("a1", h2.asks("a2", "a1"), "10.1.0.11")
		o.whileAway()
		o.giveBack()
		h2.resolves("a2", "a1", "10.1.0.11")
		h1.docker(create + "n2")
		h2.eventually("h2 has n2", func() bool { return h2.has("n2", "") })
	}
}

// outage is the store away from the agents of two hosts, which go on running.
type outage struct {
	*cluster
	t      *testing.T
	h1, h2 *host
	ping   *testlab.Ping // from a1 to a2
	keys   []string      // of the store
	flows  map[*host]map[string]int
}

// cutStore takes the store away, with a container that is to be removed meanwhile.
func (c *cluster) cutStore(t *testing.T) *outage {
	t.Helper()
	o := &outage{cluster: c, t: t, h1: c.hosts[0].in(t), h2: c.hosts[1].in(t), keys: c.durable()}
	o.h2.start("gone", "--network n1 --ip 10.1.0.40")
	o.h1.meet("a1", "10.1.0.40")
	o.startPing()
	o.flows = map[*host]map[string]int{o.h1: o.h1.packets(), o.h2: o.h2.packets()}
	c.store.cut(true)
	return o
}

func (o *outage) startPing() {
	o.t.Helper()
	var err error
	o.ping, err = o.h1.StartPing(o.h1.ctx, "a1", netip.MustParseAddr("10.1.0.12"), 5*time.Millisecond)
	check(o.t, err)
}

func (o *outage) stopPing() {
	o.t.Helper()
	stats, err := o.ping.Stop()
	check(o.t, err)
	if stats.Lost > 0 {
		o.t.Errorf("packets lost: %+v", stats)
	}
}

// whileAway waits until the store has forgotten that the agents live. By then no
// flow was touched; a container can be removed, and what is new is refused.
func (o *outage) whileAway() {
	o.t.Helper()
	o.h1.eventually("the store has forgotten that the agents live", func() bool { return len(o.stored("alive/")) == 0 })
	for h := range o.flows {
		h.says("this host is not announced") // at an audit
	}
	began := time.Now()
	o.h1.refused("run --rm --network n1 busybox true", "the store can't be reached")
	o.h1.refused(create+"--subnet 10.3.0.0/24 n3", "the store can't be reached")
	o.t.Logf("two commands were refused within %v", time.Since(began))
	for h, before := range o.flows {
		h.untouched(before)
	}
	o.stopPing() // a container that goes changes routes, where the userspace datapath may lose a packet
	o.h2.docker("rm -f gone")
	o.h1.reach("a1", "10.1.0.12")
	o.startPing()
}

// giveBack gives the store back: all is as before, without the container that was
// removed, whose address is free.
func (o *outage) giveBack() {
	o.t.Helper()
	o.store.cut(false)
	o.h1.eventually("the agents live", func() bool { return len(o.stored("alive/")) == 2 })
	var now []string
	defer func() {
		if !slices.Equal(now, o.keys) {
			o.t.Logf("in the store before:\n%s\nnow:\n%s", strings.Join(o.keys, "\n"), strings.Join(now, "\n"))
		}
	}()
	o.h1.eventually("the store has what it had", func() bool { now = o.durable(); return slices.Equal(now, o.keys) })
	o.stopPing()
	for h, before := range o.flows {
		h.notRewritten(before)
	}
	o.h2.start("new", "--network n1 --ip 10.1.0.40")
	o.h1.meet("a1", "10.1.0.40")
	o.h2.docker("rm -f new")
}

// untouched checks that there are all flows that packets counted before, and that
// none was written again.
func (h *host) untouched(before map[string]int) {
	h.t.Helper()
	now := h.packets()
	for flow := range before {
		if _, there := now[flow]; !there {
			h.t.Errorf("flow %s was deleted", flow)
		}
	}
	h.notRewritten(before)
}

// durable are the keys of the store that no session holds.
func (c *cluster) durable() []string {
	return slices.DeleteFunc(c.stored(""), func(key string) bool { return strings.HasPrefix(key, "alive/") })
}

// stored are the keys of the store below a prefix, asked for past the lab's way to it.
func (c *cluster) stored(prefix string) (keys []string) {
	t := c.hosts[0].t
	t.Helper()
	s, err := c.open(context.Background())
	check(t, err)
	defer s.Close()
	entries, err := s.List(context.Background(), prefix)
	check(t, err)
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}
