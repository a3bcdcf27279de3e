package plan

// link enters a port in the indices of its network and its host.
func (p *Plan) link(id string, t *portFact) {
	if t.host != "" {
		p.hostNamed(t.host).ports.add(id)
	}
	if t.ID == "" {
		return
	}
	n := p.network(t.Network)
	n.ports.add(id)
	for _, a := range t.Addresses {
		holders := n.holders[a.Address]
		if holders == nil {
			holders = set[string]{}
			n.holders[a.Address] = holders
		}
		holders.add(id)
	}
	if t.ofport != 0 {
		p.plug(n, id, t)
	}
	p.rewire.add(t.Network)
}

// unlink takes a port out of the indices again.
func (p *Plan) unlink(id string, t *portFact) {
	if t.host != "" {
		p.hostNamed(t.host).ports.remove(id)
		p.tidyHost(t.host)
	}
	if t.ID == "" {
		return
	}
	n := p.network(t.Network)
	n.ports.remove(id)
	for _, a := range t.Addresses {
		n.holders[a.Address].remove(id)
		if len(n.holders[a.Address]) == 0 {
			delete(n.holders, a.Address)
		}
	}
	if t.ofport != 0 {
		p.unplug(n, id, t)
	}
	p.rewire.add(t.Network)
}

// plug enters a port in the flood of its network.
func (p *Plan) plug(n *networkFact, id string, t *portFact) {
	k := partOf(t.ofport)
	if n.parts[k] == nil {
		n.parts[k] = map[string]uint32{}
		p.dirty.add(object{kind: ofNetwork, id: t.Network})
	}
	n.parts[k][id] = t.ofport
	p.dirty.add(object{kind: ofPart, id: t.Network, part: k})
	p.loosen(n, id, n.isLoose(t))
}

// unplug takes a port out of the flood again.
func (p *Plan) unplug(n *networkFact, id string, t *portFact) {
	k := partOf(t.ofport)
	delete(n.parts[k], id)
	if len(n.parts[k]) == 0 {
		delete(n.parts, k)
		p.dirty.add(object{kind: ofNetwork, id: t.Network})
	}
	p.dirty.add(object{kind: ofPart, id: t.Network, part: k})
	p.loosen(n, id, false)
}

// loosen enters a port in the loose ports of its network, or takes it out.
func (p *Plan) loosen(n *networkFact, id string, loose bool) {
	if loose {
		n.loose.add(id)
	} else {
		n.loose.remove(id)
	}
	p.dirty.add(object{kind: ofNetwork, id: p.ports[id].Network})
}

// rewireAll works out how the networks that changed are built, and makes all
// of a network dirty where that is another way.
func (p *Plan) rewireAll() {
	p.findHomes()
	p.rerouteAll()
	for id := range p.rewire {
		n := p.networks[id]
		if w := p.wireOf(n); w != n.wire {
			n.wire = w
			p.touchAll(id, n)
		}
		if n.ID == "" && len(n.subnets) == 0 && len(n.ports) == 0 && len(n.members) == 0 && len(n.interfaces) == 0 {
			delete(p.networks, id)
		}
	}
	p.rewire = set[string]{}
}

// touchAll makes everything of a network dirty.
func (p *Plan) touchAll(id string, n *networkFact) {
	p.dirty.add(object{kind: ofNetwork, id: id})
	p.dirty.add(object{kind: ofCopies, id: id})
	for k := range n.parts {
		p.dirty.add(object{kind: ofPart, id: id, part: k})
	}
	for port := range n.ports {
		p.dirty.add(object{kind: ofPort, id: port})
	}
	for i := range n.interfaces {
		p.touchInterface(p.interfaces[i])
	}
}

// tidyHost forgets a host that nothing refers to.
func (p *Plan) tidyHost(id string) {
	if h := p.hosts[id]; h != nil && !h.tunnel.IsValid() && len(h.ports) == 0 && len(h.networks) == 0 {
		delete(p.hosts, id)
	}
}
