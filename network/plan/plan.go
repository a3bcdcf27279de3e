// Package plan computes the flows that this host's Open vSwitch bridge should
// have, from what the store and the switch say. It is pure: it does no I/O,
// and the same facts give the same flows, whatever their order.
//
// A [Plan] is told facts: logical networks, subnets and ports (SetNetwork,
// SetSubnet, SetPort), which of the ports are plugged in here (SetLocal) or
// elsewhere (SetRemote), the ways out of the bridge (SetUplink), and the other
// hosts (SetHost, SetMember), virtual routers (SetRouter, SetRouterInterface). Facts are levels, not events: saying one again
// changes nothing, and they may come in any order. [Plan.Flows] is the whole
// answer, [Plan.Changes] what became different since it was last asked; its
// cost does not grow with the size of the network that changed.
//
// A bridge holds the flows of the networks that have a port here, of the routers
// that these are in (router.go), and what it takes to reach the other networks of
// these routers. The way of a packet, one file for each stage:
//
//	tables.go    the numbers: tables, registers, priorities
//	classify.go  which network, from which side
//	guard.go     anti-spoofing of the ports here: MAC and addresses
//	guardnd.go   … and what their neighbour discovery claims
//	frames.go    what nobody may send
//	neighbor.go  whose addresses are answered for, and to whom
//	arp.go       … ARP requests
//	nd.go        … neighbour solicitations
//	gateway.go   what a router's own addresses answer
//	ndagent.go   … what the agent answers on the kernel's datapath
//	route.go     the longest prefix
//	nexthop.go   to the port that has the next hop's address
//	forward.go   to a known MAC
//	flood.go     to everyone in the network
//	vxlan.go     into and out of tunnels
//	vlan.go      into and out of a trunk or an untagged device
//
// docs/pipeline.md tells the same in words. The rest keeps the books: facts.go and
// routerfacts.go take the facts, state.go and index.go hold them, object.go says which flows
// follow from which of them, ledger.go finds what changed.
package plan

import (
	"net"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// DefaultOwner is the tag in the cookies of our flows: "vl".
const DefaultOwner = 0x766c

// Config is what a plan is made with. The zero value works.
type Config struct {
	Owner uint16 // tag in the cookies of all flows; 0: DefaultOwner
	Host  string // id of this host, which is never sent to through a tunnel
	// Datapath is the bridge's, as [ovs.Info] has it. Not every one can do
	// everything; "": one that can.
	Datapath string
}

// Plan holds the facts, and the flows that follow from them. It is for one
// goroutine at a time.
type Plan struct {
	owner  uint16
	host   string
	kernel bool // the datapath is the kernel's

	uplinks  map[string]uint32       // of a physical network: its OpenFlow port
	networks map[string]*networkFact // by network id; also those so far only referred to
	ports    map[string]*portFact    // by port id; likewise
	hosts    map[string]*hostFact    // by host id; likewise
	routers  map[string]*routerFact  // by router id; likewise

	interfaces map[string]network.RouterInterface // of routers, by id
	mac        net.HardwareAddr                   // this host's, towards devices

	rewire  set[string] // ids of networks whose wire is to be worked out again
	reroute set[string] // ids of routers of which it is to be found out again whether they are here
	dirty   set[object] // whose flows are to be computed again
	ledger  ledger
}

// New makes a plan that knows nothing yet: its flows drop everything.
func New(c Config) *Plan {
	if c.Owner == 0 {
		c.Owner = DefaultOwner
	}
	p := &Plan{
		owner:    c.Owner,
		host:     c.Host,
		kernel:   c.Datapath == "system",
		uplinks:  map[string]uint32{},
		networks: map[string]*networkFact{},
		ports:    map[string]*portFact{},
		hosts:    map[string]*hostFact{},
		routers:  map[string]*routerFact{},

		interfaces: map[string]network.RouterInterface{},
		mac:        hostMAC(c.Host),

		rewire:  set[string]{},
		reroute: set[string]{},
		dirty:   set[object]{},
		ledger:  newLedger(),
	}
	p.dirty.add(object{kind: base})
	return p
}

// Flows returns all flows that the bridge should have, stamped, sorted by
// table, priority (highest first) and match. It leaves [Plan.Changes] as it
// is: who puts all flows in place calls Changes once more and drops the
// answer.
func (p *Plan) Flows() []ovs.Flow {
	p.settle()
	return p.ledger.flows()
}

// Changes returns what makes the flows that were right at the last call right
// again; at the first call, all of them.
func (p *Plan) Changes() ovs.Changes {
	p.settle()
	return p.ledger.changes()
}

// settle computes the flows of all dirty objects.
func (p *Plan) settle() {
	p.rewireAll()
	for o := range p.dirty {
		flows := p.flowsOf(o)
		for i, f := range flows {
			flows[i] = ovs.Stamp(p.owner, f)
		}
		p.ledger.set(o, flows)
	}
	p.dirty = set[object]{} // clearing would cost as much as it ever held
}
