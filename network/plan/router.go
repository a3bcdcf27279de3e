package plan

import (
	"maps"
	"net"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// The host of the port that sends a packet routes it. So a bridge has the flows
// of the routers that a network with a port here is in, and of each network
// that these reach what its ports need to be reached.

// routerFact is a virtual router with what belongs to it.
type routerFact struct {
	network.Router                  // ID is "" while only referred to
	mac            net.HardwareAddr // on all of its interfaces
	interfaces     set[string]      // their ids
	here           bool             // it is known, and one of its networks has a port here
}

// router returns a router's facts, empty ones for a new id.
func (p *Plan) router(id string) *routerFact {
	r := p.routers[id]
	if r == nil {
		r = &routerFact{mac: network.Router{ID: id}.MAC(), interfaces: set[string]{}}
		p.routers[id] = r
	}
	return r
}

// gateway is an interface of a router as flows see it.
type gateway struct {
	mac     net.HardwareAddr // of the router
	address netip.Addr       // of the interface
	prefix  netip.Prefix     // of its subnet
	wire    wire             // of its network
}

// gatewayOf works out an interface, where it is one that routes.
func (p *Plan) gatewayOf(id string) (g gateway, routes bool) {
	i, found := p.interfaces[id]
	if !found {
		return g, false
	}
	r, n := p.routers[i.Router], p.networks[i.Network]
	s := n.subnets[i.Subnet]
	g = gateway{mac: r.mac, address: i.Address, prefix: s.Prefix.Masked(), wire: n.wire}
	if !g.address.IsValid() {
		g.address = s.Gateway
	}
	return g, r.here && g.wire.number != 0 && g.address.IsValid() && g.prefix.IsValid()
}

// gatewaysOf lists the interfaces of a router that route, in the order of their
// ids.
func (p *Plan) gatewaysOf(r *routerFact) []gateway {
	var out []gateway
	for _, id := range slices.Sorted(maps.Keys(r.interfaces)) {
		if g, routes := p.gatewayOf(id); routes {
			out = append(out, g)
		}
	}
	return out
}

// interfaceFlows are the flows of an interface of a router.
func (p *Plan) interfaceFlows(id string) []ovs.Flow {
	g, routes := p.gatewayOf(id)
	if !routes {
		return nil
	}
	flows := join(g.answerEcho(), g.connected())
	if g.wire.home {
		flows = join(flows, g.admit(), g.answerARP(), g.answerND(p.kernel))
	}
	return flows
}

// routed tells whether a router that is here has an interface in a network.
func (p *Plan) routed(n *networkFact) bool {
	for id := range n.interfaces {
		if p.routers[p.interfaces[id].Router].here {
			return true
		}
	}
	return false
}

// findHomes finds out which of the networks that changed have a port here, and
// which routers that may bring or take away.
func (p *Plan) findHomes() {
	for id := range p.rewire {
		n := p.networks[id]
		home := n.ID != "" && n.Number != 0 && len(n.parts) > 0
		if home == n.home {
			continue
		}
		n.home = home
		for i := range n.interfaces {
			p.reroute.add(p.interfaces[i].Router)
		}
	}
}

// rerouteAll finds out which of the routers that changed are here.
func (p *Plan) rerouteAll() {
	for id := range p.reroute {
		r := p.router(id)
		if here := r.ID != "" && p.hasHome(r); here != r.here {
			r.here = here
			p.touchRouter(id, r)
			for i := range r.interfaces {
				p.rewire.add(p.interfaces[i].Network)
			}
		}
		if r.ID == "" && len(r.interfaces) == 0 {
			delete(p.routers, id)
		}
	}
	p.reroute = set[string]{}
}

func (p *Plan) hasHome(r *routerFact) bool {
	for i := range r.interfaces {
		if p.networks[p.interfaces[i].Network].home {
			return true
		}
	}
	return false
}
