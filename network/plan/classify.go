package plan

import "github.com/vlcp-go/vlcp/ovs"

// classifyBase drops what is nobody's.
func classifyBase() []ovs.Flow { return flows(drop(tableClassify, prioDrop)) }

// classifyPort takes in what a port sends. Tagged frames are not taken: on an
// untagged network a tag would lead out of it.
func classifyPort(n *networkFact, t *portFact) ovs.Flow {
	next := tableFrames
	if n.guarded(t) {
		next = tableGuardMAC
	}
	return flow(tableClassify, prioFlow, and(inPort(t.ofport), untagged()), enter(n.wire.number, fromPort, next)...)
}

// enter says which network a packet belongs to, and from which side it comes.
func enter(number uint32, side uint64, next uint8) []ovs.Action {
	return []ovs.Action{setNumber(regNetwork, uint64(number)), setNumber(regOrigin, side), then(next)}
}
