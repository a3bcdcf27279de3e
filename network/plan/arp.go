package plan

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/ovs"
)

// neighborBase sends on what is no request, or one that is not for us to
// answer: a solicitation from :: (duplicate address detection: everyone must
// hear it), without the sender's MAC (there is no option to turn into the
// answer), or for a link-local address (the model doesn't list them).
func neighborBase() []ovs.Flow {
	solicitation := icmpv6(neighborSolicitation)
	return flows(
		flow(tableNeighbor, prioException, with(solicitation, ovs.Net(ovs.IPv6Src, unspecifiedIPv6)), then(tableForward)),
		flow(tableNeighbor, prioException, with(solicitation, ovs.MAC(ovs.NDSLL, noMAC)), then(tableForward)),
		flow(tableNeighbor, prioException, with(solicitation, ovs.Net(ovs.NDTarget, linkLocal)), then(tableForward)),
		flow(tableNeighbor, prioMiss, nil, then(tableForward)),
	)
}

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
		out = append(out, flow(tableNeighbor, prioFlow, match,
			move(ovs.EthSrc, ovs.EthDst), setField(ovs.MAC(ovs.EthSrc, t.mac)),
			setNumber(ovs.ARPOp, arpReply),
			move(ovs.ARPSHA, ovs.ARPTHA), move(ovs.ARPSPA, ovs.ARPTPA),
			setField(ovs.MAC(ovs.ARPSHA, t.mac)), setField(ovs.Addr(ovs.ARPSPA, a)),
			then(tableAnswer)))
	}
	return out
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

// resolvable lists the addresses of one family that can be answered for.
func (t *portFact) resolvable(family func(netip.Addr) bool) []netip.Addr {
	var out []netip.Addr
	for _, a := range t.Addresses {
		if t.mac != nil && family(a.Address) {
			out = append(out, a.Address)
		}
	}
	return out
}

// askers matches those who get an answer about a port: the ports here, and for
// a port here also the devices beyond the uplink.
func (w wire) askers(t *portFact) []ovs.Term {
	if t.ofport != 0 && w.outside() {
		return and(inNetwork(w.number))
	}
	return and(inNetwork(w.number), from(fromPort))
}

// answerBase sends answers back to a port. What is not to be answered in this
// way doesn't come here.
func answerBase() []ovs.Flow {
	return flows(
		advertise(),
		drop(tableAdvertise, prioMiss),
		flow(tableAnswer, prioFlow, and(from(fromPort)), ovs.OutputInPort{}),
		drop(tableAnswer, prioMiss),
	)
}
