package plan

import "github.com/vlcp-go/vlcp/ovs"

// forwardBase sends to everyone what is for a group, and drops what is for an
// unknown MAC where no way out is the default.
func forwardBase() []ovs.Flow {
	return flows(
		flow(tableForward, prioFlow, and(ovs.MACMask(ovs.EthDst, multicastBit, multicastBit)), then(tableFlood)),
		drop(tableForward, prioMiss),
	)
}

// forward sends to a port: here, or through a tunnel. What came by a tunnel
// never leaves by one. On other networks the way to the other hosts' ports is
// the default.
func (p *Plan) forward(w wire, t *portFact) []ovs.Flow {
	if t.mac == nil {
		return nil
	}
	match := and(inNetwork(w.number), ovs.MAC(ovs.EthDst, t.mac))
	if t.ofport != 0 {
		return flows(flow(tableForward, prioFlow, match, output(t.ofport)))
	}
	if h := p.hosts[t.host]; h != nil && h.tunnel.IsValid() && w.tunnels() {
		actions := append(tunnelTo(h.tunnel), setNumber(ovs.TunID, uint64(w.segment)), output(w.uplink))
		return flows(flow(tableForward, prioFlow, with(match, from(fromPort)), actions...))
	}
	return nil
}
