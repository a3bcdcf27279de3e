package plan

import (
	"net"

	"github.com/vlcp-go/vlcp/ovs"
)

// reservedMACs are the group addresses that no bridge forwards: spanning tree,
// LACP, pause frames, … (IEEE 802.1Q, table 8-1).
var reservedMACs = ovs.MACMask(ovs.EthDst,
	net.HardwareAddr{0x01, 0x80, 0xc2, 0, 0, 0}, net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xf0})

// framesBase drops what nobody may send, on either side.
func framesBase() []ovs.Flow {
	return flows(
		drop(tableFrames, prioForbidden, ovs.MACMask(ovs.EthSrc, multicastBit, multicastBit)),
		drop(tableFrames, prioForbidden, reservedMACs),
		flow(tableFrames, prioMiss, nil, then(tableNeighbor)),
	)
}
