package plan

import (
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/ovs"
)

// MaxCopies is how many copies of a packet Open vSwitch 3.1 makes for tunnels;
// what is beyond gets none.
const MaxCopies = 780

// copiesPerPart is how many hosts one flow sends a copy to.
const copiesPerPart = 256

// Copies is how many hosts get a copy through a tunnel of what is sent to
// everyone in a network.
func (p *Plan) Copies(networkID string) int {
	p.rewireAll()
	n := p.networks[networkID]
	if n == nil || !n.wire.home || !n.wire.tunnels() {
		return 0
	}
	return len(p.memberAddrs(n))
}

// enterTunnel takes in what other hosts send in a network.
func enterTunnel(w wire) ovs.Flow {
	return flow(tableClassify, prioFlow, and(inPort(w.uplink), ovs.Uint(ovs.TunID, uint64(w.segment))),
		enter(w.number, fromUplink, tableFrames)...)
}

// tunnelTo chooses the host that a tunnel leads to. An IPv4 address would win
// over an IPv6 one, so it must not be left over from the copy before.
func tunnelTo(host netip.Addr) []ovs.Action {
	if host.Is4() {
		return []ovs.Action{setField(ovs.Addr(ovs.TunDst, host))}
	}
	return []ovs.Action{setField(ovs.Addr(ovs.TunDst, netip.IPv4Unspecified())), setField(ovs.Addr(ovs.TunIPv6Dst, host))}
}

// tunnelCopies sends one copy to each host that has a member of a network.
func (p *Plan) tunnelCopies(n *networkFact) []ovs.Flow {
	hosts := p.memberAddrs(n)
	if !n.wire.tunnels() || len(hosts) == 0 {
		return nil
	}
	head := []ovs.Action{setNumber(ovs.TunID, uint64(n.wire.segment))}
	var out []ovs.Flow
	for some := range slices.Chunk(hosts, copiesPerPart) {
		k := len(out)
		head = append(head, setNumber(regPart, uint64(k)), ovs.Resubmit{Table: tableCopies})
		out = append(out, copies(n.wire, k, some))
	}
	return append(out, flow(tableUplink, prioFlow, and(inNetwork(n.wire.number), from(fromPort)), head...))
}

func copies(w wire, k int, hosts []netip.Addr) ovs.Flow {
	var actions []ovs.Action
	for _, h := range hosts {
		actions = append(append(actions, tunnelTo(h)...), output(w.uplink))
	}
	return flow(tableCopies, prioFlow, and(inNetwork(w.number), part(k)), actions...)
}

// memberAddrs lists the tunnel addresses of the hosts that have a member, each
// once, IPv4 first.
func (p *Plan) memberAddrs(n *networkFact) []netip.Addr {
	var addrs []netip.Addr
	for id := range n.members {
		if a := p.hosts[id].tunnel; a.IsValid() {
			addrs = append(addrs, a)
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs)
}
