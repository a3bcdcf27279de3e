package plan_test

import (
	"fmt"
	"net/netip"

	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
)

// routers is a router "r" between a network with a port here, in two subnets of
// both families, and three that have none: of VXLAN, of a VLAN, and one whose
// subnet has no gateway. In the VLAN the router has an address of its own. A static route leads through a port of the first.
func routers(p *plan.Plan) {
	p.SetUplink("phys", 9)
	p.SetUplink("trunk", 8)
	p.SetHost("h2", netip.MustParseAddr("192.0.2.2"))
	p.SetRouter(network.Router{ID: "r", Routes: []network.Route{
		route("172.16.0.0/12", "10.1.0.2"), route("2001:db8::/32", "fd02::3"), route("198.51.100.0/24", "203.0.113.1"),
	}})
	vlan := net(3, network.VLAN, 103)
	vlan.Physical = "trunk"
	for _, n := range []network.Network{net(1, network.VXLAN, 10001), net(2, network.VXLAN, 10002), vlan, net(4, network.VXLAN, 10004)} {
		p.SetNetwork(n)
	}
	connect(p, "r", 1, "10.1.0.0/16", "10.1.0.1")
	connect(p, "r", 1, "fd01::/64", "fd01::1")
	connect(p, "r", 2, "10.2.0.0/16", "10.2.0.1")
	connect(p, "r", 2, "fd02::/64", "fd02::1")
	connect(p, "r", 3, "10.3.0.0/16", "10.3.0.1")
	p.SetRouterInterface(network.RouterInterface{
		ID: "in of 10.3.0.0/16", Router: "r", Subnet: "of 10.3.0.0/16", Network: "net3", Address: netip.MustParseAddr("10.3.255.254")})
	connect(p, "r", 4, "10.4.0.0/16", "")
	plug(p, port("a", 1, "10.1.0.2", "fd01::2"), 3)
	remote(p, port("b", 2, "10.2.0.3", "fd02::3"), "h2")
	remote(p, port("c", 3, "10.3.0.4"), "h2")
	p.SetMember("net2", "h2")
}

func route(to, via string) network.Route {
	return network.Route{Destination: netip.MustParsePrefix(to), NextHop: netip.MustParseAddr(via)}
}

// connect tells of a subnet, and of a router's interface in it; with a gateway
// unless that is "".
func connect(p *plan.Plan, router string, number uint32, prefix, gateway string) {
	s := network.Subnet{ID: fmt.Sprint("of ", prefix), Network: netID(number), Prefix: netip.MustParsePrefix(prefix), Router: router}
	if gateway != "" {
		s.Gateway = netip.MustParseAddr(gateway)
	}
	p.SetSubnet(s)
	p.SetRouterInterface(network.RouterInterface{ID: "in " + s.ID, Router: router, Subnet: s.ID, Network: s.Network})
}

// connectAll puts networks in a router, in two subnets each: network 3 has
// 10.3.0.0/24 and fd03::/120, and the router the first address of both.
func connectAll(p *plan.Plan, router string, numbers ...uint32) {
	for _, n := range numbers {
		connect(p, router, n, fmt.Sprintf("10.%d.0.0/24", n), fmt.Sprintf("10.%d.0.1", n))
		connect(p, router, n, fmt.Sprintf("fd0%d::/120", n), fmt.Sprintf("fd0%d::1", n))
	}
}

func (w *world) router(t *rapid.T) {
	r := network.Router{ID: fmt.Sprint("r", draw(t, "router", 0, 1))}
	for range draw(t, "routes", 0, 2) {
		r.Routes = append(r.Routes, network.Route{Destination: drawPrefix(t), NextHop: drawAddr(t)})
	}
	w.tell(r.ID, func(p *plan.Plan) { p.SetRouter(r) })
}

func (w *world) noRouter(t *rapid.T) {
	id := fmt.Sprint("r", draw(t, "router", 0, 1))
	w.plan.RemoveRouter(id)
	delete(w.facts, id)
}

func (w *world) routerInterface(t *rapid.T) {
	i := network.RouterInterface{
		ID:      fmt.Sprint("i", draw(t, "interface", 0, 3)),
		Router:  fmt.Sprint("r", draw(t, "router", 0, 1)),
		Subnet:  rapid.SampledFrom([]string{"s", "s", "another"}).Draw(t, "subnet"),
		Network: netID(draw[uint32](t, "network", 1, 3)),
	}
	if rapid.Bool().Draw(t, "has address") {
		i.Address = drawAddr(t)
	}
	w.tell(i.ID, func(p *plan.Plan) { p.SetRouterInterface(i) })
	w.behind[i.ID] = i.Router
}

func (w *world) noRouterInterface(t *rapid.T) {
	from, id := fmt.Sprint("r", draw(t, "router", 0, 1)), fmt.Sprint("i", draw(t, "interface", 0, 3))
	w.plan.RemoveRouterInterface(from, id)
	if w.behind[id] == from {
		delete(w.facts, id)
	}
}

func drawPrefix(t *rapid.T) netip.Prefix {
	a := drawAddr(t)
	return netip.PrefixFrom(a, rapid.SampledFrom([]int{a.BitLen(), a.BitLen() - 8, 8, 0}).Draw(t, "bits"))
}
