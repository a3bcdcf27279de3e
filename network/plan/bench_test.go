package plan_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
	"github.com/vlcp-go/vlcp/ovs"
)

// behindRouter is a network with one port here, and a router between it and one
// of VXLAN with so many ports elsewhere, the names of which numbered gives.
func behindRouter(remotes int) *plan.Plan {
	p := newPlan()
	p.SetUplink("phys", 9)
	p.SetNetwork(net(1, network.VXLAN, 10001))
	p.SetNetwork(net(2, network.Local, 0))
	p.SetRouter(network.Router{ID: "r", Routes: []network.Route{route("172.16.0.0/12", "10.0.1.1")}})
	connect(p, "r", 1, "10.0.0.0/16", "10.0.0.1")
	connect(p, "r", 2, "10.1.0.0/16", "10.1.0.1")
	p.SetHost("h1", netip.MustParseAddr("192.0.2.1"))
	p.SetMember("net1", "h1")
	plug(p, port("here", 2, "10.1.0.2"), 3)
	for i := range remotes {
		remote(p, numbered(i), "h1")
	}
	return p
}

// big is a VXLAN network with one port here and so many elsewhere.
func big(remotes int) *plan.Plan {
	p := newPlan()
	p.SetUplink("phys", 9)
	p.SetNetwork(net(1, network.VXLAN, 10001))
	p.SetHost("h1", netip.MustParseAddr("192.0.2.1"))
	p.SetMember("net1", "h1")
	plug(p, port("here", 1, "10.0.0.2"), 3)
	for i := range remotes {
		remote(p, numbered(i), "h1")
	}
	return p
}

func numbered(i int) network.Port {
	return port(fmt.Sprint("port", i), 1, fmt.Sprintf("10.0.%d.%d", 1+i/250, 1+i%250))
}

// TestCostOfOnePort holds the number of flows that one port more or less
// changes, whatever the size of its network.
func TestCostOfOnePort(t *testing.T) {
	changes := func(size int, local bool) (add, remove ovs.Changes) {
		p := big(size)
		p.Changes()
		extra := numbered(size)
		p.SetPort(extra)
		if local {
			p.SetLocal(extra.ID, 4)
		} else {
			p.SetRemote(extra.ID, "h1")
		}
		add = p.Changes()
		p.RemovePort("net1", extra.ID)
		return add, p.Changes()
	}
	for _, local := range []bool{true, false} {
		smallAdd, smallRemove := changes(10, local)
		bigAdd, bigRemove := changes(10_000, local)
		same := func(what string, small, big []ovs.Flow) {
			if len(small) != len(big) || len(big) > 40 {
				t.Errorf("local %v: %s: %d flows in a network of 10, %d in one of 10,000", local, what, len(small), len(big))
			}
		}
		same("added", smallAdd.Add, bigAdd.Add)
		same("deleted by adding", smallAdd.Delete, bigAdd.Delete)
		same("changed by removing", smallRemove.Add, bigRemove.Add)
		same("deleted", smallRemove.Delete, bigRemove.Delete)
	}
}

// TestCostBehindRouter holds the same for a port of a network that is reached by a
// router: it is forwarded to, and a next hop.
func TestCostBehindRouter(t *testing.T) {
	for _, size := range []int{10, 10_000} {
		p := behindRouter(size)
		before := p.Changes().Add
		extra := numbered(size)
		remote(p, extra, "h1")
		if c := p.Changes(); len(c.Add) != 2 || len(c.Delete) != 0 {
			t.Errorf("in a network of %d a port more adds %v, deletes %v", size, c.Add, c.Delete)
		}
		p.RemovePort("net1", extra.ID)
		if c := p.Changes(); len(c.Delete) != 2 || len(c.Add) != 0 {
			t.Errorf("in a network of %d a port less deletes %v, adds %v", size, c.Delete, c.Add)
		}
		for _, f := range before {
			if text := f.String(); strings.Contains(text, "reg0=0x1,") && f.Table != 90 && f.Table != 120 {
				t.Errorf("a flow that reaching does not need: %v", f)
			}
		}
		if n := p.Copies("net1"); n != 0 {
			t.Errorf("%d hosts get copies of what is sent to everyone", n)
		}
	}
}

// TestSayingItAgainChangesNothing holds that facts are levels.
func TestSayingItAgainChangesNothing(t *testing.T) {
	p := big(10)
	p.Changes()
	p.SetUplink("phys", 9)
	p.SetNetwork(net(1, network.VXLAN, 10001))
	p.SetHost("h1", netip.MustParseAddr("192.0.2.1"))
	p.SetMember("net1", "h1")
	plug(p, port("here", 1, "10.0.0.2"), 3)
	remote(p, numbered(0), "h1")
	if c := p.Changes(); len(c.Add)+len(c.Delete) > 0 {
		t.Errorf("changes: %v", c)
	}
}

// BenchmarkFlows computes 20,000 flows from nothing.
func BenchmarkFlows(b *testing.B) {
	for b.Loop() {
		if n := len(big(10_000).Flows()); n < 20_000 {
			b.Fatal(n)
		}
	}
}

// BenchmarkOnePort plugs in and removes one port.
func BenchmarkOnePort(b *testing.B) {
	each(b, big, func(p *plan.Plan, extra network.Port) { plug(p, extra, 4) })
}

// BenchmarkOnePortBehindRouter does so at another host, in a network that is
// reached by a router.
func BenchmarkOnePortBehindRouter(b *testing.B) {
	each(b, behindRouter, func(p *plan.Plan, extra network.Port) { remote(p, extra, "h1") })
}

// each adds a port to a small and to a large network, and removes it.
func each(b *testing.B, world func(int) *plan.Plan, add func(*plan.Plan, network.Port)) {
	for _, size := range []int{10, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			p := world(size)
			p.Changes()
			extra := numbered(size)
			for b.Loop() {
				add(p, extra)
				p.Changes()
				p.RemovePort("net1", extra.ID)
				p.Changes()
			}
		})
	}
}
