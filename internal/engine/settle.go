package engine

import (
	"context"
	"maps"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
	"github.com/vlcp-go/vlcp/ovs"
)

// settle brings the switch to what the facts say.
func (e *Engine) settle(ctx context.Context) {
	e.watchWhatIsNeeded(ctx)
	e.setUplinks(ctx)
	if e.complete() {
		e.apply(ctx)
	}
	e.ready.publish(e.portStates())
}

// watchWhatIsNeeded watches the physical networks, where each logical port
// that is plugged in here belongs, and the networks that they belong to; and
// nothing else.
func (e *Engine) watchWhatIsNeeded(ctx context.Context) {
	needed := map[string]bool{}
	need := func(prefix string, take func(kvstore.Entry)) {
		needed[prefix] = true
		if e.subs[prefix] == nil {
			e.subscribe(ctx, prefix, take)
		}
	}
	need(network.PhysicalPrefix(), e.takePhysical)
	for port := range e.facts.local {
		need(network.PortIndexPrefix(port), e.takeHome)
		if id, found := e.facts.home[port]; found {
			need(network.NetworkPrefix(id), e.takeNetwork)
		}
	}
	for prefix := range maps.Clone(e.subs) {
		if !needed[prefix] {
			e.unsubscribe(prefix)
		}
	}
}

// complete says whether everything that the host needs was read once.
func (e *Engine) complete() bool {
	if e.facts.ports == nil {
		return false
	}
	for _, s := range e.subs {
		if !s.loaded {
			return false
		}
	}
	return true
}

// apply sends the switch what differs: after a (re)connection, a failure and
// at each audit by comparing all flows, else what changed in the plan.
func (e *Engine) apply(ctx context.Context) {
	changes := e.plan.Changes()
	if e.stale {
		have, err := e.Switch.Flows(ctx, uint64(plan.DefaultOwner)<<48, ovs.OwnerMask)
		if err != nil {
			e.failed(ctx, "flows not read", err)
			return
		}
		changes = ovs.Diff(e.plan.Flows(), have)
	}
	if len(changes.Add)+len(changes.Delete) > 0 {
		if err := e.Switch.Apply(ctx, changes); err != nil {
			e.failed(ctx, "flows not applied", err)
			return
		}
		e.Log.Debug("flows applied", "added", len(changes.Add), "deleted", len(changes.Delete), "compared", e.stale)
	}
	e.stale = false
}

// failed has all flows compared again after a while; a switch that was away
// also tells when it is back.
func (e *Engine) failed(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	e.Log.Warn(what, "error", err, "again in", retryAfter)
	e.stale = true
	e.retry = time.After(retryAfter)
}

// portStates tells for each logical port plugged in here what it waits for.
func (e *Engine) portStates() map[string]string {
	states := make(map[string]string, len(e.facts.local))
	for _, p := range e.facts.ports {
		if id := p.ExternalIDs["iface-id"]; id != "" {
			states[id] = e.portState(id, p)
		}
	}
	return states
}

func (e *Engine) portState(id string, p ovs.Port) string {
	switch {
	case p.Error != "":
		return "Open vSwitch, which says: " + p.Error
	case p.OFPort == 0:
		return "Open vSwitch to number it"
	case !e.facts.known[id]:
		return "its logical network to be read from the store"
	case e.stale:
		return "its flows"
	}
	return ""
}
