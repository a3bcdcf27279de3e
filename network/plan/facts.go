package plan

import (
	"net"
	"net/netip"

	"github.com/vlcp-go/vlcp/network"
)

// SetUplink says by which OpenFlow port a physical network leaves this bridge.
func (p *Plan) SetUplink(physical string, ofport uint32) {
	p.uplinks[physical] = ofport
	p.rewirePhysical(physical)
}

// RemoveUplink says that a physical network has no port on this bridge.
func (p *Plan) RemoveUplink(physical string) {
	delete(p.uplinks, physical)
	p.rewirePhysical(physical)
}

func (p *Plan) rewirePhysical(physical string) {
	for id, n := range p.networks {
		if n.Physical == physical {
			p.rewire.add(id)
		}
	}
}

// SetNetwork says what a logical network is.
func (p *Plan) SetNetwork(n network.Network) { p.setNetwork(n.ID, n) }

// RemoveNetwork says that a logical network is gone; what belongs to it may
// follow.
func (p *Plan) RemoveNetwork(id string) { p.setNetwork(id, network.Network{}) }

func (p *Plan) setNetwork(id string, to network.Network) {
	n := p.network(id)
	was := n.guards()
	n.Network = to
	if n.guards() != was {
		p.reconsider(n)
	}
	p.rewire.add(id)
}

// reconsider finds out again which ports of a network are loose.
func (p *Plan) reconsider(n *networkFact) {
	for _, ports := range n.parts {
		for id := range ports {
			p.loosen(n, id, n.isLoose(p.ports[id]))
		}
	}
}

// SetSubnet says what a subnet is. Its routes let their next hops send from
// elsewhere.
func (p *Plan) SetSubnet(s network.Subnet) {
	n := p.network(s.Network)
	p.touchHops(n, n.subnets[s.ID])
	n.subnets[s.ID] = s
	p.touchHops(n, s)
	p.touchSubnet(n, s.ID)
}

// RemoveSubnet says that a subnet of a logical network is gone.
func (p *Plan) RemoveSubnet(networkID, id string) {
	n := p.network(networkID)
	p.touchHops(n, n.subnets[id])
	delete(n.subnets, id)
	p.touchSubnet(n, id)
	p.rewire.add(networkID)
}

// touchHops makes the ports dirty that routes of a subnet lead to.
func (p *Plan) touchHops(n *networkFact, s network.Subnet) {
	for _, r := range routes(s) {
		for id := range n.holders[r.NextHop] {
			p.dirty.add(object{kind: ofPort, id: id})
		}
	}
}

// SetPort says what a logical port is, wherever it is.
func (p *Plan) SetPort(t network.Port) {
	mac, err := net.ParseMAC(t.MAC)
	if err != nil || len(mac) != 6 {
		mac = nil
	}
	p.changePort(t.ID, func(f *portFact) { f.Port, f.mac = t, mac })
}

// RemovePort says that a port of a logical network is gone. Where it is
// plugged in is a fact of its own.
func (p *Plan) RemovePort(networkID, id string) {
	if t := p.ports[id]; t != nil && t.Network == networkID {
		p.changePort(id, func(f *portFact) { f.Port, f.mac = network.Port{}, nil })
	}
}

// SetLocal says that a port is plugged in here, as an OpenFlow port.
func (p *Plan) SetLocal(port string, ofport uint32) {
	p.changePort(port, func(f *portFact) { f.ofport = ofport })
}

// RemoveLocal says that a port is not plugged in here.
func (p *Plan) RemoveLocal(port string) { p.SetLocal(port, 0) }

// SetRemote says that a port is plugged in at another host. If it is here too,
// here wins.
func (p *Plan) SetRemote(port, host string) {
	if host == p.host {
		host = ""
	}
	p.changePort(port, func(f *portFact) { f.host = host })
}

// RemoveRemote says that a port is plugged in at no other host.
func (p *Plan) RemoveRemote(port string) { p.SetRemote(port, "") }

// changePort edits the facts of a port, and what is indexed by them.
func (p *Plan) changePort(id string, edit func(*portFact)) {
	t := p.port(id)
	p.unlink(id, t)
	edit(t)
	p.link(id, t)
	p.dirty.add(object{kind: ofPort, id: id})
	if t.ID == "" && t.ofport == 0 && t.host == "" {
		delete(p.ports, id)
	}
}

// SetHost says at which address another host's tunnels end.
func (p *Plan) SetHost(id string, tunnel netip.Addr) {
	h := p.hostNamed(id)
	h.tunnel = tunnel.Unmap()
	for port := range h.ports {
		p.dirty.add(object{kind: ofPort, id: port})
	}
	for networkID := range h.networks {
		p.dirty.add(object{kind: ofCopies, id: networkID})
	}
}

// RemoveHost says that another host is gone.
func (p *Plan) RemoveHost(id string) {
	p.SetHost(id, netip.Addr{})
	p.tidyHost(id)
}

// SetMember says that a host has a port of a logical network, so that it gets
// what is sent to everyone.
func (p *Plan) SetMember(networkID, host string) {
	if host == p.host {
		return
	}
	p.network(networkID).members.add(host)
	p.hostNamed(host).networks.add(networkID)
	p.dirty.add(object{kind: ofCopies, id: networkID})
}

// RemoveMember says that a host has no port of a logical network.
func (p *Plan) RemoveMember(networkID, host string) {
	p.network(networkID).members.remove(host)
	p.hostNamed(host).networks.remove(networkID)
	p.tidyHost(host)
	p.dirty.add(object{kind: ofCopies, id: networkID})
	p.rewire.add(networkID)
}
