package plan

import "github.com/vlcp-go/vlcp/ovs"

// kind is a kind of object.
type kind uint8

const (
	base      kind = iota // what every bridge has
	ofNetwork             // id: of a network
	ofPart                // likewise, and part of its flood
	ofCopies              // likewise
	ofPort                // id: of a port
)

// object is what flows follow from: when something that they depend on
// changes, it is made dirty and all its flows are computed again.
type object struct {
	kind kind
	id   string
	part int
}

// flowsOf computes the flows of an object, none where it is gone.
func (p *Plan) flowsOf(o object) []ovs.Flow {
	switch o.kind {
	case base:
		return p.baseFlows()
	case ofPort:
		return p.portFlows(p.ports[o.id])
	}
	n := p.networks[o.id]
	if n == nil || n.wire.number == 0 {
		return nil
	}
	switch o.kind {
	case ofPart:
		return floodPart(n, o.part)
	case ofCopies:
		return p.tunnelCopies(n)
	default:
		return networkFlows(n)
	}
}

// baseFlows are the flows that every bridge has.
func (p *Plan) baseFlows() []ovs.Flow {
	return join(
		classifyBase(), guardBase(), guardNDBase(), framesBase(),
		p.neighborBase(), forwardBase(), floodBase(),
	)
}

// networkFlows are the flows of a network that don't depend on which ports it
// has, and the head of its flood.
func networkFlows(n *networkFact) []ovs.Flow {
	flows := []ovs.Flow{floodHead(n)}
	switch {
	case n.wire.tunnels():
		return append(flows, enterTunnel(n.wire))
	case n.wire.outside():
		return append(flows, outsideFlows(n)...)
	}
	return flows
}

// portFlows are the flows of a port.
func (p *Plan) portFlows(t *portFact) []ovs.Flow {
	if t == nil || t.ID == "" {
		return nil
	}
	n := p.networks[t.Network]
	if n.wire.number == 0 {
		return nil
	}
	flows := join(answerARP(n.wire, t), p.answerND(n.wire, t), p.forward(n.wire, t))
	if t.ofport == 0 {
		return flows
	}
	flows = append(flows, classifyPort(n, t))
	flows = append(flows, ownARP(t)...)
	if n.guarded(t) {
		flows = append(flows, guard(n, t)...)
	}
	return flows
}
