package plan

import (
	"net"
	"net/netip"

	"github.com/vlcp-go/vlcp/ovs"
)

// Of a neighbour advertisement (RFC 4861, 4.4): it is a router's, it answers a
// solicitation, and what it says replaces what the asker knew.
const (
	ndRouter    = 0x80000000
	ndSolicited = 0x40000000
	ndOverride  = 0x20000000
)

// ndTargetLinkLayer is the type of the option with the target's MAC.
const ndTargetLinkLayer = 2

// multicastND matches solicitations to a group.
func multicastND() []ovs.Term {
	return with(nd(neighborSolicitation), ovs.MACMask(ovs.EthDst, ipv6Multicast, first16Bits))
}

// answerND sees to solicitations for a port's IPv6 addresses.
func (p *Plan) answerND(w wire, t *portFact) []ovs.Flow {
	var out []ovs.Flow
	for _, a := range t.resolvable(netip.Addr.Is6) {
		match := join(w.askers(t), multicastND(), and(ovs.Addr(ovs.NDTarget, a)))
		actions := append(advertisementFrom(t.mac, a, ndSolicited|ndOverride), then(tableAdvertise))
		if p.kernel {
			actions = solicitation(t)
		}
		out = append(out, flow(tableNeighbor, prioFlow, match, actions...))
	}
	return out
}

// advertisementFrom makes a solicitation the answer that an address has a MAC. It
// writes all of it but its option, which a flow that matches solicitations may not
// set: [Plan.advertise] does that.
func advertisementFrom(mac net.HardwareAddr, a netip.Addr, flags uint64) []ovs.Action {
	return []ovs.Action{
		move(ovs.EthSrc, ovs.EthDst), setField(ovs.MAC(ovs.EthSrc, mac)),
		move(ovs.IPv6Src, ovs.IPv6Dst), setField(ovs.Addr(ovs.IPv6Src, a)),
		setNumber(ovs.ICMPv6Type, neighborAdvertisement),
		setNumber(ovs.NDReserved, flags),
	}
}

// solicitation has the port answer for itself: it alone gets the solicitation.
// A node takes a packet to a group out of a frame to its own MAC (RFC 6085).
func solicitation(t *portFact) []ovs.Action {
	return []ovs.Action{setField(ovs.MAC(ovs.EthDst, t.mac)), then(tableForward)}
}

// advertise turns the asker's option, its MAC, into the answer's: the MAC of
// the target, which the frame comes from by now. The kernel's datapath has no
// such action, and Open vSwitch refuses the flow there.
func (p *Plan) advertise() []ovs.Flow {
	if p.kernel {
		return nil
	}
	return flows(flow(tableAdvertise, prioFlow, nd(neighborAdvertisement),
		setNumber(ovs.NDOptionsType, ndTargetLinkLayer), move(ovs.EthSrc, ovs.NDTLL), then(tableAnswer)))
}
