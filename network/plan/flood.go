package plan

import (
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/ovs"
)

// A flood is a list of actions, not a group, so that the cookie covers it. It
// is cut into parts, each a flow of its own, which a head sends one after the
// other. Output to the port that a packet came from is left out by OpenFlow.

// floodBase drops what has no list, here or out of this host.
func floodBase() []ovs.Flow {
	return flows(
		drop(tableFlood, prioMiss), drop(tableFloodPart, prioMiss),
		drop(tableUplink, prioMiss), drop(tableCopies, prioMiss),
	)
}

// floodHead sends to all ports here, then out of the host.
func floodHead(n *networkFact) ovs.Flow {
	var actions []ovs.Action
	for _, k := range slices.Sorted(maps.Keys(n.parts)) {
		actions = append(actions, setNumber(regPart, uint64(k)), ovs.Resubmit{Table: tableFloodPart})
	}
	return flow(tableFlood, prioFlow, and(inNetwork(n.wire.number)), append(actions, then(tableUplink))...)
}

// floodPart sends to the ports of one part.
func floodPart(n *networkFact, k int) []ovs.Flow {
	ports := slices.Compact(slices.Sorted(maps.Values(n.parts[k])))
	if len(ports) == 0 {
		return nil
	}
	actions := make([]ovs.Action, len(ports))
	for i, port := range ports {
		actions[i] = output(port)
	}
	return flows(flow(tableFloodPart, prioFlow, and(inNetwork(n.wire.number), part(k)), actions...))
}
