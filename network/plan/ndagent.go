package plan

import (
	"net"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/ovs"
)

// Offsets in a frame with a neighbour solicitation.
const (
	protocolAt    = 14 + 6 // of the IPv6 header
	sourceAt      = 14 + 8
	messageAt     = 14 + 40
	targetAt      = messageAt + 8
	solicitLength = targetAt + 16
)

// IsQuestion tells whether a packet that came up is one for [Plan.Answer].
func (p *Plan) IsQuestion(in ovs.PacketIn) bool {
	return in.Cookie>>48 == uint64(p.owner) && (in.Table == tableNeighbor || in.Table == tableGateway)
}

// Answer answers a neighbour solicitation for a router's address, which the flows
// of the kernel's datapath send up. Not every packet has an answer.
func (p *Plan) Answer(in ovs.PacketIn) (out ovs.PacketOut, answered bool) {
	d := in.Data
	if !p.IsQuestion(in) || len(d) < solicitLength || d[protocolAt] != protoICMPv6 || d[messageAt] != neighborSolicitation {
		return out, false
	}
	asker, target := netip.AddrFrom16([16]byte(d[sourceAt:])), netip.AddrFrom16([16]byte(d[targetAt:]))
	mac, found := p.macOfGateway(in.Match, target)
	if !found || asker.IsUnspecified() {
		return out, false
	}
	return ovs.PacketOut{
		Data:    neighborAdvert(d[6:12], asker, mac, target, ndRouter|ndSolicited|ndOverride),
		Actions: []ovs.Action{output(in.InPort)},
	}, true
}

// macOfGateway is the MAC of the router that has an address in the network that a
// packet is of.
func (p *Plan) macOfGateway(metadata ovs.Match, a netip.Addr) (net.HardwareAddr, bool) {
	for id := range p.interfaces {
		if g, routes := p.gatewayOf(id); routes && g.wire.home && g.address == a && slices.Contains(metadata, inNetwork(g.wire.number)) {
			return g.mac, true
		}
	}
	return nil, false
}
