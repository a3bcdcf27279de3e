package plan_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
	"github.com/vlcp-go/vlcp/ovs"
)

// TestRandom tells a plan facts at random and compares it with the obvious
// way: what Changes said, one after the other, must come to the same as a new
// plan that is told the facts that remain, in any order.
func TestRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{plan: newPlan(), behind: map[string]string{}, facts: map[string]func(*plan.Plan){}, bridge: map[string]ovs.Flow{}}
		for range 8 {
			w.network(t)
			w.port(t)
			w.local(t)
			w.router(t)
			w.routerInterface(t)
		}
		t.Repeat(map[string]func(*rapid.T){
			"network":        w.network,
			"no network":     w.noNetwork,
			"subnet":         w.subnet,
			"no subnet":      w.noSubnet,
			"port":           w.port,
			"no port":        w.noPort,
			"local":          w.local,
			"remote":         w.remote,
			"uplink":         w.uplink,
			"host":           w.host,
			"member":         w.member,
			"router":         w.router,
			"no router":      w.noRouter,
			"interface":      w.routerInterface,
			"no interface":   w.noRouterInterface,
			"apply and look": w.compare,
		})
		w.compare(t)
	})
}

// world is a plan, the facts that it was told, and a bridge that follows its
// changes.
type world struct {
	plan   *plan.Plan
	facts  map[string]func(*plan.Plan) // name of a fact to what tells it
	owners [nPorts]string              // of the ports: their networks
	behind map[string]string           // of the interfaces: their routers
	bridge map[string]ovs.Flow         // by entry
}

const nPorts = 5

func newPlan() *plan.Plan { return plan.New(plan.Config{Host: "h0"}) }

// tell tells the plan a fact, and remembers it under a name.
func (w *world) tell(name string, fact func(*plan.Plan)) {
	fact(w.plan)
	w.facts[name] = fact
}

// compare applies the changes and compares the bridge with a new plan.
func (w *world) compare(t *rapid.T) {
	for _, f := range w.fold(w.plan.Changes()) {
		t.Errorf("changes delete what isn't there: %v", f)
	}
	fresh := newPlan()
	names := rapid.Permutation(slices.Sorted(maps.Keys(w.facts))).Draw(t, "order")
	for _, name := range names {
		w.facts[name](fresh)
	}
	want := texts(fresh.Flows())
	if diff := cmp.Diff(want, texts(w.plan.Flows())); diff != "" {
		t.Fatalf("flows of a new plan, flows now:\n%s", diff)
	}
	have := texts(slices.SortedFunc(maps.Values(w.bridge), ovs.CompareFlows))
	if diff := cmp.Diff(want, have); diff != "" {
		t.Fatalf("flows of a new plan, flows by changes:\n%s", diff)
	}
}

// fold applies changes to the bridge as a switch does, and returns the deletes
// that found nothing.
func (w *world) fold(c ovs.Changes) (missing []ovs.Flow) {
	for _, f := range c.Add {
		w.bridge[entry(f)] = f
	}
	for _, f := range c.Delete {
		if w.bridge[entry(f)].Cookie != f.Cookie {
			missing = append(missing, f)
		}
		delete(w.bridge, entry(f))
	}
	return missing
}

func entry(f ovs.Flow) string { return fmt.Sprint(f.Table, f.Priority, f.Match) }

func texts(flows []ovs.Flow) []string {
	var out []string
	for _, f := range flows {
		out = append(out, f.String())
	}
	return out
}

// The facts come from small worlds, so that they meet: MACs, addresses,
// OpenFlow ports and even register numbers that two have at a time.

func (w *world) network(t *rapid.T) {
	i := draw[uint32](t, "network", 1, 3)
	n := net(i, rapid.SampledFrom([]network.Type{network.VXLAN, network.VLAN, network.Native, network.Local}).Draw(t, "type"), draw(t, "segment", uint32(1), 3))
	n.Number = draw[uint32](t, "number", 0, 3)
	n.Physical = fmt.Sprint("phys", draw(t, "physical", 1, 2))
	n.AntiSpoof = drawBool(t)
	w.tell(n.ID, func(p *plan.Plan) { p.SetNetwork(n) })
}

func (w *world) noNetwork(t *rapid.T) {
	id := netID(draw[uint32](t, "network", 1, 3))
	w.plan.RemoveNetwork(id)
	delete(w.facts, id)
}

func (w *world) subnet(t *rapid.T) {
	s := network.Subnet{ID: "s", Network: netID(draw[uint32](t, "network", 1, 3)), Prefix: drawPrefix(t), DisableGateway: rapid.Bool().Draw(t, "disablegateway")}
	if rapid.Bool().Draw(t, "has gateway") {
		s.Gateway = drawAddr(t)
	}
	for range draw(t, "routes", 0, 2) {
		hop := drawAddr(t)
		s.HostRoutes = append(s.HostRoutes, network.Route{Destination: netip.PrefixFrom(hop, 8), NextHop: hop})
	}
	w.tell("subnet "+s.Network, func(p *plan.Plan) { p.SetSubnet(s) })
}

func (w *world) noSubnet(t *rapid.T) {
	id := netID(draw[uint32](t, "network", 1, 3))
	w.plan.RemoveSubnet(id, "s")
	delete(w.facts, "subnet "+id)
}

func (w *world) port(t *rapid.T) {
	i := draw(t, "port", 0, nPorts-1)
	to := port(fmt.Sprint("p", i), draw[uint32](t, "network", 1, 3))
	if rapid.Bool().Draw(t, "same MAC") {
		to.MAC = "02:00:00:00:00:01"
	}
	for range draw(t, "addresses", 0, 2) {
		to.Addresses = append(to.Addresses, network.Address{Address: drawAddr(t)})
	}
	if rapid.Bool().Draw(t, "allowed") {
		to.Allowed = append(to.Allowed, netip.PrefixFrom(drawAddr(t), 20))
	}
	to.AntiSpoof = drawBool(t)
	w.tell(to.ID, func(p *plan.Plan) { p.SetPort(to) })
	w.owners[i] = to.Network
}

func (w *world) noPort(t *rapid.T) {
	i, from := draw(t, "port", 0, nPorts-1), netID(draw[uint32](t, "network", 1, 3))
	id := fmt.Sprint("p", i)
	w.plan.RemovePort(from, id)
	if w.owners[i] == from {
		delete(w.facts, id)
	}
}

func (w *world) local(t *rapid.T) {
	id, ofport := fmt.Sprint("p", draw(t, "port", 0, nPorts-1)), draw[uint32](t, "ofport", 62, 66)
	if rapid.Bool().Draw(t, "plugged") {
		w.tell("local "+id, func(p *plan.Plan) { p.SetLocal(id, ofport) })
		return
	}
	w.plan.RemoveLocal(id)
	delete(w.facts, "local "+id)
}

func (w *world) remote(t *rapid.T) {
	id, host := fmt.Sprint("p", draw(t, "port", 0, nPorts-1)), fmt.Sprint("h", draw(t, "host", 0, 2))
	if rapid.Bool().Draw(t, "plugged") {
		w.tell("remote "+id, func(p *plan.Plan) { p.SetRemote(id, host) })
		return
	}
	w.plan.RemoveRemote(id)
	delete(w.facts, "remote "+id)
}

func (w *world) uplink(t *rapid.T) {
	phys, ofport := fmt.Sprint("phys", draw(t, "physical", 1, 2)), draw[uint32](t, "ofport", 1, 2)
	if rapid.Bool().Draw(t, "there") {
		w.tell(phys, func(p *plan.Plan) { p.SetUplink(phys, ofport) })
		return
	}
	w.plan.RemoveUplink(phys)
	delete(w.facts, phys)
}

func (w *world) host(t *rapid.T) {
	i := draw(t, "host", 0, 2)
	id := fmt.Sprint("h", i)
	if rapid.Bool().Draw(t, "known") {
		addr := netip.AddrFrom4([4]byte{192, 0, 2, byte(draw(t, "tunnel", 1, 3))})
		w.tell("host "+id, func(p *plan.Plan) { p.SetHost(id, addr) })
		return
	}
	w.plan.RemoveHost(id)
	delete(w.facts, "host "+id)
}

func (w *world) member(t *rapid.T) {
	id, host := netID(draw[uint32](t, "network", 1, 3)), fmt.Sprint("h", draw(t, "host", 0, 2))
	if rapid.Bool().Draw(t, "is") {
		w.tell("member "+id+host, func(p *plan.Plan) { p.SetMember(id, host) })
		return
	}
	w.plan.RemoveMember(id, host)
	delete(w.facts, "member "+id+host)
}

func draw[T int | uint32](t *rapid.T, label string, from, to T) T {
	return T(rapid.IntRange(int(from), int(to)).Draw(t, label))
}

// drawBool draws true, false or not said.
func drawBool(t *rapid.T) *bool {
	b := rapid.Bool().Draw(t, "antispoof")
	return rapid.SampledFrom([]*bool{nil, nil, &b}).Draw(t, "antispoof said")
}

func drawAddr(t *rapid.T) netip.Addr {
	return netip.MustParseAddr(rapid.SampledFrom([]string{"10.0.0.2", "10.0.0.3", "fd00::2", "fd00::3"}).Draw(t, "address"))
}
