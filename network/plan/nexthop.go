package plan

import (
	"crypto/sha256"
	"net"
	"net/netip"

	"github.com/vlcp-go/vlcp/ovs"
)

// nextHopBase drops what is for an address that the model doesn't know.
func nextHopBase() []ovs.Flow { return flows(drop(tableNextHop, prioMiss)) }

// nextHop sends routed packets to a port that has the next hop's address.
func (p *Plan) nextHop(w wire, t *portFact) []ovs.Flow {
	if !w.routed || t.mac == nil {
		return nil
	}
	actions := []ovs.Action{setField(ovs.MAC(ovs.EthDst, t.mac)), then(tableForward)}
	if w.outside() && t.ofport == 0 {
		actions = append([]ovs.Action{setField(ovs.MAC(ovs.EthSrc, p.mac))}, actions...)
	}
	var out []ovs.Flow
	for _, a := range t.Addresses {
		match := join(and(inNetwork(w.number)), hasNextHop(a.Address))
		out = append(out, flow(tableNextHop, prioFlow, match, actions...))
	}
	return out
}

// hostMAC is the MAC that a host routes with towards devices: 02 and the first
// five bytes of sha256("host", 0, id). A router's own MAC would be seen by their
// switches on the ports of all hosts.
func hostMAC(id string) net.HardwareAddr {
	sum := sha256.Sum256([]byte("host\x00" + id))
	return append(net.HardwareAddr{0x02}, sum[:5]...)
}

// setNextHop says whom to send to.
func setNextHop(a netip.Addr) ovs.Action {
	if a.Is4() {
		return setField(ovs.Addr(regNextHop, a))
	}
	return setField(ovs.Addr(regNextHop6, a))
}

// hasNextHop matches whom to send to. Open vSwitch lists the four registers that
// an IPv6 address is in one by one.
func hasNextHop(a netip.Addr) []ovs.Term {
	if a.Is4() {
		return and(etherType(etherIPv4), ovs.Addr(regNextHop, a))
	}
	match := and(etherType(etherIPv6))
	for i, word := 0, a.AsSlice(); len(word) > 0; i, word = i+1, word[4:] {
		match = append(match, ovs.Bytes(regNextHop+ovs.Field(i), word[:4], nil))
	}
	return match
}
