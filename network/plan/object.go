package plan

import "github.com/vlcp-go/vlcp/ovs"

// kind is a kind of object.
type kind uint8

const (
	base        kind = iota // what every bridge has
	ofNetwork               // id: of a network
	ofPart                  // likewise, and part of its flood
	ofCopies                // likewise
	ofPort                  // id: of a port
	ofRouter                // id: of a router
	ofInterface             // id: of an interface of a router
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
	case ofRouter:
		return p.staticRoutes(p.routers[o.id])
	case ofInterface:
		return p.interfaceFlows(o.id)
	}
	n := p.networks[o.id]
	if n == nil || n.wire.number == 0 {
		return nil
	}
	if !n.wire.home {
		return reachedFlows(n, o.kind)
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
		p.neighborBase(), gatewayBase(), routeBase(), nextHopBase(), forwardBase(), floodBase(),
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
		return join(flows, outsideFlows(n), toDevices(n.wire))
	}
	return flows
}

// reachedFlows are the flows of a network that has no port here, but is reached
// by a router: routed packets leave, and nothing comes in.
func reachedFlows(n *networkFact, k kind) []ovs.Flow {
	if k != ofNetwork || !n.wire.outside() {
		return nil
	}
	return toDevices(n.wire)
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
	flows := join(p.forward(n.wire, t), p.nextHop(n.wire, t))
	if !n.wire.home {
		return flows
	}
	flows = join(flows, answerARP(n.wire, t), p.answerND(n.wire, t))
	if t.ofport == 0 {
		return flows
	}
	flows = append(flows, classifyPort(n, t))
	flows = append(flows, ownARP(t)...)
	if n.guarded(t) {
		flows = append(flows, p.guard(n, t)...)
	}
	return flows
}
