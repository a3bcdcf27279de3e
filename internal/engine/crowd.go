package engine

import "github.com/vlcp-go/vlcp/network/plan"

// warnOfCrowds says of each network that has ports on more hosts than Open
// vSwitch sends copies to, once, that some hosts don't get what is sent to all.
func (e *Engine) warnOfCrowds() {
	for id := range e.facts.grown {
		copies := e.plan.Copies(id)
		if copies <= plan.MaxCopies {
			delete(e.facts.crowded, id)
			continue
		}
		if !e.facts.crowded[id] {
			e.Log.Error("a logical network is on too many hosts: what is sent to all of it does not reach them all; spread its ports over fewer hosts, or split it",
				"network", id, "hosts", copies, "limit", plan.MaxCopies)
		}
		e.facts.crowded[id] = true
	}
	clear(e.facts.grown)
}
