package plan

import "github.com/vlcp-go/vlcp/network"

// SetRouter says what a virtual router is.
func (p *Plan) SetRouter(r network.Router) { p.setRouter(r.ID, r) }

// RemoveRouter says that a virtual router is gone; its interfaces may follow.
func (p *Plan) RemoveRouter(id string) { p.setRouter(id, network.Router{}) }

func (p *Plan) setRouter(id string, to network.Router) {
	r := p.router(id)
	p.touchRouter(id, r)
	r.Router = to
	p.touchRouter(id, r)
	p.reroute.add(id)
}

// SetRouterInterface says what an interface of a virtual router is.
func (p *Plan) SetRouterInterface(i network.RouterInterface) {
	p.unlinkInterface(i.ID)
	p.interfaces[i.ID] = i
	p.network(i.Network).interfaces.add(i.ID)
	p.router(i.Router).interfaces.add(i.ID)
	p.relink(i)
}

// RemoveRouterInterface says that an interface of a virtual router is gone.
func (p *Plan) RemoveRouterInterface(router, id string) {
	if p.interfaces[id].Router == router {
		p.unlinkInterface(id)
	}
}

func (p *Plan) unlinkInterface(id string) {
	i, found := p.interfaces[id]
	if !found {
		return
	}
	p.relink(i)
	delete(p.interfaces, id)
	p.networks[i.Network].interfaces.remove(id)
	p.routers[i.Router].interfaces.remove(id)
}

// relink has everything looked at again that an interface takes part in.
func (p *Plan) relink(i network.RouterInterface) {
	p.touchInterface(i)
	p.rewire.add(i.Network)
	p.reroute.add(i.Router)
}

// touchRouter makes everything of a router dirty.
func (p *Plan) touchRouter(id string, r *routerFact) {
	p.dirty.add(object{kind: ofRouter, id: id})
	for i := range r.interfaces {
		p.touchInterface(p.interfaces[i])
	}
}

// touchInterface makes an interface dirty, and what depends on it: the static
// routes of its router, and the ports that these lead to.
func (p *Plan) touchInterface(i network.RouterInterface) {
	p.dirty.add(object{kind: ofInterface, id: i.ID})
	p.dirty.add(object{kind: ofRouter, id: i.Router})
	for _, r := range p.routers[i.Router].Routes {
		for id := range p.networks[i.Network].holders[r.NextHop] {
			p.dirty.add(object{kind: ofPort, id: id})
		}
	}
}

// touchSubnet makes the interfaces in a subnet dirty.
func (p *Plan) touchSubnet(n *networkFact, id string) {
	for i := range n.interfaces {
		if p.interfaces[i].Subnet == id {
			p.touchInterface(p.interfaces[i])
		}
	}
}
