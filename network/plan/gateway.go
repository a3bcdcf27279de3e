package plan

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/ovs"
)

// A router's own addresses. All else that is sent to its MAC is to be routed:
// IP, that is, and nothing else.

// gatewayBase passes on what is for the router's MAC and not answered.
func gatewayBase() []ovs.Flow {
	return flows(
		flow(tableGateway, prioDefault, and(etherType(etherIPv4)), then(tableRoute)),
		flow(tableGateway, prioDefault, and(etherType(etherIPv6)), then(tableRoute)),
		drop(tableGateway, prioMiss),
	)
}

// admit takes what ports here send to the router in a network of it. From then
// on its MAC says which router it is.
func (g gateway) admit() []ovs.Flow {
	return flows(flow(tableFrames, prioFlow, g.asks(ovs.MAC(ovs.EthDst, g.mac)), then(tableGateway)))
}

// asks matches what ports here send in the interface's network.
func (g gateway) asks(terms ...ovs.Term) []ovs.Term {
	return join(and(inNetwork(g.wire.number), from(fromPort)), terms)
}

// answerARP answers requests for the interface's address, to everyone and to the
// router alone: Linux asks like that whether a neighbour is still there.
func (g gateway) answerARP() []ovs.Flow {
	if !g.address.Is4() {
		return nil
	}
	target := ovs.Addr(ovs.ARPTPA, g.address)
	reply := arpReplyFrom(g.mac, g.address)
	unicast := and(ovs.MAC(ovs.EthDst, g.mac), etherType(etherARP), ovs.Uint(ovs.ARPOp, arpRequest), target)
	return flows(
		flow(tableNeighbor, prioGateway, with(g.asks(broadcastARP()...), target), reply...),
		flow(tableGateway, prioFlow, g.asks(unicast...), reply...),
	)
}

// answerND answers solicitations likewise. Of those to the router alone some have
// no option, and get an answer without one (RFC 4861, 7.2.4). The kernel's
// datapath can't turn the one into the other: there the agent does.
func (g gateway) answerND(kernel bool) []ovs.Flow {
	if !g.address.Is6() {
		return nil
	}
	target := ovs.Addr(ovs.NDTarget, g.address)
	toAll := with(g.asks(multicastND()...), target)
	toMe := with(g.asks(nd(neighborSolicitation)...), target, ovs.MAC(ovs.EthDst, g.mac))
	if kernel {
		agent := ovs.Controller{MaxLen: ovs.WholePacket}
		return flows(flow(tableNeighbor, prioGateway, toAll, agent), flow(tableGateway, prioFlow, toMe, agent))
	}
	answer := advertisementFrom(g.mac, g.address, ndRouter|ndSolicited|ndOverride)
	return flows(
		flow(tableNeighbor, prioGateway, toAll, append(answer, then(tableAdvertise))...),
		flow(tableGateway, prioFlow, toMe, append(answer, then(tableAdvertise))...),
		flow(tableGateway, prioException, with(toMe, ovs.MAC(ovs.NDSLL, noMAC)), append(answer, then(tableAnswer))...),
	)
}

// answerEcho answers echo requests for the interface's address, from any network
// of the router, and drops what else is for that address.
func (g gateway) answerEcho() []ovs.Flow {
	source, dest := ovs.IPSrc, ovs.IPDst
	kind, request, answer := ovs.ICMPType, icmp(icmpEchoRequest), uint64(icmpEchoReply)
	if g.address.Is6() {
		source, dest = ovs.IPv6Src, ovs.IPv6Dst
		kind, request, answer = ovs.ICMPv6Type, with(icmpv6(icmpv6EchoRequest), ovs.Uint(ovs.ICMPv6Code, 0)), icmpv6EchoReply
	}
	return flows(
		flow(tableGateway, prioFlow, with(request, ovs.MAC(ovs.EthDst, g.mac), ovs.Addr(dest, g.address)),
			move(ovs.EthSrc, ovs.EthDst), setField(ovs.MAC(ovs.EthSrc, g.mac)),
			move(source, dest), setField(ovs.Addr(source, g.address)),
			setNumber(kind, answer), setNumber(ovs.IPTTL, ownTTL), then(tableAnswer)),
		drop(tableRoute, prioUnrouted, g.to(netip.PrefixFrom(g.address, g.address.BitLen()))...),
	)
}
