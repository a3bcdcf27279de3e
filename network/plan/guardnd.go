package plan

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/ovs"
)

// guardNDBase is what holds for the neighbour discovery of all guarded ports. A
// message whose options can't be read, or come twice, has no target: Open
// vSwitch clears it then. One with another code than 0 is dropped too.
func guardNDBase() []ovs.Flow {
	return flows(
		drop(tableGuardND, prioForbidden, with(nd(neighborSolicitation), ovs.Net(ovs.NDTarget, unspecifiedIPv6))...),
		drop(tableGuardND, prioForbidden, with(nd(neighborAdvertisement), ovs.Net(ovs.NDTarget, unspecifiedIPv6))...),
		flow(tableGuardND, prioFlow, with(nd(neighborSolicitation), ovs.MAC(ovs.NDSLL, noMAC)), then(tableFrames)),
		drop(tableGuardND, prioDefault, icmpv6(neighborSolicitation)...),
		drop(tableGuardND, prioDefault, icmpv6(neighborAdvertisement)...),
		flow(tableGuardND, prioMiss, nil, then(tableFrames)),
	)
}

// guardND passes neighbour discovery in which a port claims its own addresses
// and MAC: the duplicate address detection of its own addresses (from ::),
// solicitations with its MAC or none, advertisements of its own addresses with
// its MAC or none.
func guardND(t *portFact, claims []netip.Prefix) []ovs.Flow {
	out := flows(flow(tableGuardND, prioFlow, with(t.sends(ovs.NDSLL), nd(neighborSolicitation)...), then(tableFrames)))
	for _, c := range only(netip.Addr.Is6, claims) {
		detect := with(nd(neighborSolicitation), inPort(t.ofport), ovs.Net(ovs.IPv6Src, unspecifiedIPv6))
		out = append(out, flow(tableGuardIP, prioException, with(detect, ovs.Net(ovs.NDTarget, c)), then(tableGuardND)))

		advertise := with(nd(neighborAdvertisement), ovs.Net(ovs.NDTarget, c))
		out = append(out, flow(tableGuardND, prioFlow, with(advertise, t.sends(ovs.NDTLL)...), then(tableFrames)))
		if t.mac != nil {
			silent := and(inPort(t.ofport), ovs.MAC(ovs.NDTLL, noMAC))
			out = append(out, flow(tableGuardND, prioFlow, with(advertise, silent...), then(tableFrames)))
		}
	}
	return out
}
