package plan

import (
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// outsideFlows are the flows of a network on a VLAN or an untagged device,
// where real devices live: what the model doesn't know is out there.
func outsideFlows(n *networkFact) []ovs.Flow {
	w := n.wire
	mine := and(inNetwork(w.number), from(fromPort))
	theirs := and(inNetwork(w.number), from(fromUplink))
	out := flows(
		enterDevice(w),
		flow(tableAnswer, prioFlow, theirs, append(w.tag(), ovs.OutputInPort{})...),
	)
	if len(n.loose) > 0 { // an address that the model doesn't know may be here too
		return out
	}
	return append(out,
		flow(tableNeighbor, prioDefault, join(mine, broadcastARP()), then(tableUplink)),
		flow(tableNeighbor, prioDefault, join(mine, multicastND()), then(tableUplink)))
}

// toDevices sends out what is for nobody here.
func toDevices(w wire) []ovs.Flow {
	mine := and(inNetwork(w.number), from(fromPort))
	return flows(
		flow(tableForward, prioDefault, mine, then(tableUplink)),
		flow(tableUplink, prioFlow, mine, append(w.tag(), output(w.uplink))...),
	)
}

// enterDevice takes in what devices send in a network.
func enterDevice(w wire) ovs.Flow {
	actions := enter(w.number, fromUplink, tableFrames)
	match := and(inPort(w.uplink), untagged())
	if w.kind == network.VLAN {
		match = and(inPort(w.uplink), tagged(w.segment))
		actions = append([]ovs.Action{ovs.PopVLAN{}}, actions...)
	}
	return flow(tableClassify, prioFlow, match, actions...)
}

// tag tags a packet on its way out, if its network is a VLAN.
func (w wire) tag() []ovs.Action {
	if w.kind != network.VLAN {
		return nil
	}
	return []ovs.Action{ovs.PushVLAN{}, setField(tagged(w.segment))}
}

// tagged is the tag of a VLAN, to match or to set.
func tagged(id uint32) ovs.Term { return ovs.Uint(ovs.VLANVID, vlanPresent|uint64(id)) }
