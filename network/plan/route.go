package plan

import (
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// The longest prefix has the highest priority: prioRoute and twice the length,
// and one more for the prefix of an interface, which wins over a static route to
// the same. It chooses the network, and in regNextHop whom to send to there.

// unroutable are destinations that a router never forwards to: groups, broadcast
// and reserved addresses (RFC 1812, 5.3.7; RFC 5771), and what is for one link
// only (RFC 4291, 2.5.6).
var unroutable = []netip.Prefix{netip.MustParsePrefix("224.0.0.0/3"), netip.MustParsePrefix("ff00::/8"), linkLocal}

// routeBase drops what no router forwards. A packet at the end of its life would
// be sent to the agent by the action that decrements the TTL; it goes before.
func routeBase() []ovs.Flow {
	out := flows(
		drop(tableRoute, prioUnrouted, etherType(etherIPv6), ovs.Net(ovs.IPv6Src, linkLocal)),
		drop(tableRoute, prioMiss),
	)
	for _, p := range unroutable {
		out = append(out, drop(tableRoute, prioUnrouted, toPrefix(p)...))
	}
	for _, ether := range []uint64{etherIPv4, etherIPv6} {
		for _, ttl := range []uint64{0, 1} {
			out = append(out, drop(tableRoute, prioUnrouted, etherType(ether), ovs.Uint(ovs.IPTTL, ttl)))
		}
	}
	return out
}

// toPrefix matches packets to a prefix.
func toPrefix(p netip.Prefix) []ovs.Term {
	if p.Addr().Is4() {
		return and(etherType(etherIPv4), ovs.Net(ovs.IPDst, p))
	}
	return and(etherType(etherIPv6), ovs.Net(ovs.IPv6Dst, p))
}

// to matches packets that the router is to forward to a prefix.
func (g gateway) to(p netip.Prefix) []ovs.Term { return with(toPrefix(p), ovs.MAC(ovs.EthDst, g.mac)) }

// connected routes to the interface's subnet: the next hop is the destination.
func (g gateway) connected() []ovs.Flow {
	hop := move(ovs.IPDst, regNextHop)
	if g.prefix.Addr().Is6() {
		hop = move(ovs.IPv6Dst, regNextHop6)
	}
	return flows(g.route(g.prefix, 1, hop))
}

func (g gateway) route(p netip.Prefix, more uint16, hop ovs.Action) ovs.Flow {
	return flow(tableRoute, prioRoute+2*uint16(p.Bits())+more, g.to(p),
		setNumber(regNetwork, uint64(g.wire.number)), hop,
		setField(ovs.MAC(ovs.EthSrc, g.mac)), ovs.DecTTL{}, then(tableNextHop))
}

// staticRoutes are the flows of a router's static routes.
func (p *Plan) staticRoutes(r *routerFact) []ovs.Flow {
	if r == nil {
		return nil
	}
	gateways := p.gatewaysOf(r)
	var out []ovs.Flow
	for _, s := range r.Routes {
		i := slices.IndexFunc(gateways, func(g gateway) bool { return leadsInto(s, g.prefix) })
		if i >= 0 {
			out = append(out, gateways[i].route(s.Destination.Masked(), 0, setNextHop(s.NextHop)))
		}
	}
	return out
}

// leadsInto tells whether a static route's next hop is in a prefix.
func leadsInto(s network.Route, p netip.Prefix) bool {
	return p.Contains(s.NextHop) && s.Destination.Addr().Is4() == s.NextHop.Is4()
}
