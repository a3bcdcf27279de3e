package plan

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/ovs"
)

// neighborBase sends on what is no request, or one that is not for us to
// answer: a solicitation from :: (duplicate address detection: everyone must
// hear it), without the sender's MAC (there is no option to turn into the
// answer), or for a link-local address (the model doesn't list them). Answers
// go back to the port that asked.
func (p *Plan) neighborBase() []ovs.Flow {
	asks := nd(neighborSolicitation)
	return append(p.advertise(),
		flow(tableNeighbor, prioException, with(asks, ovs.Net(ovs.IPv6Src, unspecifiedIPv6)), then(tableForward)),
		flow(tableNeighbor, prioException, with(asks, ovs.MAC(ovs.NDSLL, noMAC)), then(tableForward)),
		flow(tableNeighbor, prioException, with(asks, ovs.Net(ovs.NDTarget, linkLocal)), then(tableForward)),
		flow(tableNeighbor, prioMiss, nil, then(tableForward)),
		drop(tableAdvertise, prioMiss),
		flow(tableAnswer, prioFlow, and(from(fromPort)), ovs.OutputInPort{}),
		drop(tableAnswer, prioMiss),
	)
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
