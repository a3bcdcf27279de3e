package plan

import (
	"net"
	"net/netip"

	"github.com/vlcp-go/vlcp/ovs"
)

// broadcastARP matches ARP requests to everyone. One to a single host goes
// there: it asks whether that host still lives.
func broadcastARP() []ovs.Term {
	return and(ovs.MAC(ovs.EthDst, broadcastMAC), etherType(etherARP), ovs.Uint(ovs.ARPOp, arpRequest))
}

// answerARP answers requests for a port's IPv4 address.
func answerARP(w wire, t *portFact) []ovs.Flow {
	var out []ovs.Flow
	for _, a := range t.resolvable(netip.Addr.Is4) {
		match := join(w.askers(t), broadcastARP(), and(ovs.Addr(ovs.ARPTPA, a)))
		out = append(out, flow(tableNeighbor, prioFlow, match, arpReplyFrom(t.mac, a)...))
	}
	return out
}

// arpReplyFrom makes a request the answer that an address has a MAC.
func arpReplyFrom(mac net.HardwareAddr, a netip.Addr) []ovs.Action {
	return []ovs.Action{
		move(ovs.EthSrc, ovs.EthDst), setField(ovs.MAC(ovs.EthSrc, mac)),
		setNumber(ovs.ARPOp, arpReply),
		move(ovs.ARPSHA, ovs.ARPTHA), move(ovs.ARPSPA, ovs.ARPTPA),
		setField(ovs.MAC(ovs.ARPSHA, mac)), setField(ovs.Addr(ovs.ARPSPA, a)),
		then(tableAnswer),
	}
}

// ownARP leaves a port's probes and announcements of its own address to those
// whom they are for.
func ownARP(t *portFact) []ovs.Flow {
	var out []ovs.Flow
	for _, a := range t.resolvable(netip.Addr.Is4) {
		match := and(inPort(t.ofport), etherType(etherARP), ovs.Uint(ovs.ARPOp, arpRequest), ovs.Addr(ovs.ARPTPA, a))
		out = append(out, flow(tableNeighbor, prioException, match, then(tableForward)))
	}
	return out
}
