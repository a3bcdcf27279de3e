package engine

import (
	"cmp"
	"context"

	"github.com/vlcp-go/vlcp/network"
)

// setUplinks tells the plan which port of the bridge is the way into each
// physical network, and makes the tunnel ports that are missing.
func (e *Engine) setUplinks(ctx context.Context) {
	if e.facts.ports == nil || !e.loaded(network.PhysicalPrefix()) || !e.loaded(network.HostPrefix()) {
		return
	}
	meant := e.meantPorts()
	e.makeTunnels(ctx, meant)
	uplinks := map[string]uint32{}
	for id, name := range meant {
		if p := e.facts.ports[name]; p.OFPort != 0 && p.ExternalIDs[ifaceID] == "" {
			uplinks[id] = p.OFPort
		}
	}
	e.planUplinks(uplinks)
}

func (e *Engine) loaded(prefix string) bool {
	s := e.subs[prefix]
	return s != nil && s.loaded
}

func (e *Engine) planUplinks(uplinks map[string]uint32) {
	for id := range e.facts.uplinks {
		if uplinks[id] == 0 {
			e.plan.RemoveUplink(id)
		}
	}
	for id, ofport := range uplinks {
		if e.facts.uplinks[id] != ofport {
			e.plan.SetUplink(id, ofport)
		}
	}
	e.facts.uplinks = uplinks
}

// meantPorts gives for each physical network the name of the port that is
// meant to carry it on this bridge: of the physical ports that match, the most
// specific one that Open vSwitch has, else the most specific one.
func (e *Engine) meantPorts() map[string]string {
	best := map[string]network.PhysicalPort{}
	for _, p := range e.facts.physPorts {
		if _, exists := e.facts.physical[p.Network]; !exists || !p.Matches("", e.Info.SystemID, e.Info.Bridge) {
			continue
		}
		if b, found := best[p.Network]; !found || e.better(p, b) {
			best[p.Network] = p
		}
	}
	names := make(map[string]string, len(best))
	for id, p := range best {
		names[id] = p.Name
	}
	return names
}

// better orders two physical ports of one network that both match here.
func (e *Engine) better(a, b network.PhysicalPort) bool {
	_, hasA := e.facts.ports[a.Name]
	_, hasB := e.facts.ports[b.Name]
	if hasA != hasB {
		return hasA
	}
	return cmp.Or(cmp.Compare(specific(a), specific(b)), cmp.Compare(b.Name, a.Name)) > 0
}

// specific ranks how specific a physical port is: one for a host before one
// for a bridge.
func specific(p network.PhysicalPort) int {
	rank := 0
	if p.SystemID != "%" {
		rank += 2
	}
	if p.Bridge != "%" {
		rank++
	}
	return rank
}
