package plan

import (
	"net"
	"net/netip"

	"github.com/vlcp-go/vlcp/network"
)

// partSize is how many OpenFlow ports one part of a flood covers. It bounds
// what one port more or less rewrites, and keeps flow messages far below
// OpenFlow's 64 KiB: the ports of a bridge are fewer than 65,280.
const partSize = 64

// networkFact is a logical network with what belongs to it.
type networkFact struct {
	network.Network                            // ID is "" while only referred to
	subnets         map[string]network.Subnet  // by id
	ports           set[string]                // ids of its ports
	holders         map[netip.Addr]set[string] // address to the ids of the ports that have it
	parts           map[int]map[string]uint32  // part of a flood to its ports here, with their OpenFlow ports
	loose           set[string]                // ids of ports here whose addresses are not all known
	members         set[string]                // ids of hosts that have a port
	interfaces      set[string]                // ids of the interfaces that routers have in it
	home            bool                       // it is known, and has a port here
	wire            wire                       // how it is built now
}

// portFact is a logical port and where it is.
type portFact struct {
	network.Port                  // ID is "" while only referred to
	mac          net.HardwareAddr // nil: none
	ofport       uint32           // where it is plugged in here; 0: it isn't
	host         string           // the other host that it is plugged in at, or ""
}

// hostFact is another host.
type hostFact struct {
	tunnel   netip.Addr  // zero: not known
	ports    set[string] // ids of the ports there
	networks set[string] // ids of the networks with a member there
}

// wire is what all flows of a network depend on.
type wire struct {
	number  uint32 // in regNetwork; 0: it has no flows
	kind    network.Type
	segment uint32 // VNI or VLAN id
	uplink  uint32 // OpenFlow port of its physical network; 0: none
	guarded bool   // its ports, where they do not say otherwise
	home    bool   // it has a port here; else it is only reached by a router
	routed  bool   // a router that is here has an interface in it
}

// wireOf works out how a network is to be built: not at all without a port
// here, or one that reaches it by a router.
func (p *Plan) wireOf(n *networkFact) wire {
	w := wire{number: n.Number, kind: n.Type, segment: n.Segment, guarded: n.guards(), home: n.home, routed: p.routed(n)}
	if n.ID == "" || !w.home && !w.routed {
		return wire{}
	}
	if n.Type != network.Local {
		w.uplink = p.uplinks[n.Physical]
	}
	return w
}

// guards tells whether the network's ports are guarded by default.
func (n *networkFact) guards() bool { return n.AntiSpoof == nil || *n.AntiSpoof }

// guarded tells whether a port is held to its own addresses.
func (n *networkFact) guarded(t *portFact) bool {
	if t.AntiSpoof != nil {
		return *t.AntiSpoof
	}
	return n.guards()
}

// isLoose tells whether a port may have addresses that the model can't answer
// for.
func (n *networkFact) isLoose(t *portFact) bool {
	return t.mac == nil || len(t.Addresses) == 0 || len(t.Allowed) > 0 || !n.guarded(t)
}

// outside tells whether real devices live beyond the network's uplink.
func (w wire) outside() bool {
	return w.uplink != 0 && (w.kind == network.VLAN || w.kind == network.Native)
}

// tunnels tells whether the network reaches other hosts by tunnel.
func (w wire) tunnels() bool { return w.uplink != 0 && w.kind == network.VXLAN }

// partOf is the part of a flood that a port belongs to.
func partOf(ofport uint32) int { return int(ofport / partSize) }

// network returns a network's facts, empty ones for a new id.
func (p *Plan) network(id string) *networkFact {
	n := p.networks[id]
	if n == nil {
		n = &networkFact{
			subnets: map[string]network.Subnet{},
			ports:   set[string]{},
			holders: map[netip.Addr]set[string]{},
			parts:   map[int]map[string]uint32{},
			loose:   set[string]{},
			members: set[string]{},

			interfaces: set[string]{},
		}
		p.networks[id] = n
	}
	return n
}

// port returns a port's facts, empty ones for a new id.
func (p *Plan) port(id string) *portFact {
	t := p.ports[id]
	if t == nil {
		t = &portFact{}
		p.ports[id] = t
	}
	return t
}

// hostNamed returns a host's facts, empty ones for a new id.
func (p *Plan) hostNamed(id string) *hostFact {
	h := p.hosts[id]
	if h == nil {
		h = &hostFact{ports: set[string]{}, networks: set[string]{}}
		p.hosts[id] = h
	}
	return h
}

// set is a set.
type set[T comparable] map[T]struct{}

func (s set[T]) add(v T)    { s[v] = struct{}{} }
func (s set[T]) remove(v T) { delete(s, v) }
