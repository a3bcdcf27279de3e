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
	e.failing = false
	e.readPorts(ctx)
	e.watchWhatIsNeeded(ctx)
	e.setUplinks(ctx)
	e.warnOfCrowds()
	if e.begin() {
		e.apply(ctx)
	}
	if !e.failing {
		e.retry, e.pause = nil, 0
	}
	e.publish(ctx)
}

// watchWhatIsNeeded watches the hosts and physical networks, where each logical
// port that is plugged in here belongs, the networks that they belong to, the
// virtual routers that these are in, and the networks that those reach; and nothing
// else.
func (e *Engine) watchWhatIsNeeded(ctx context.Context) {
	needed, homes := map[string]bool{}, map[string]bool{}
	need := func(prefix string, take func(kvstore.Entry)) {
		needed[prefix] = true
		if e.subs[prefix] == nil {
			e.subscribe(ctx, prefix, take)
		}
	}
	need(network.HostPrefix(), e.takeHost)
	need(network.PhysicalPrefix(), e.takePhysical)
	for port := range e.facts.plugged {
		prefix := network.PortIndexPrefix(port)
		if kvstore.CheckPrefix(prefix) != nil {
			continue // somebody else's port: none of ours has such an id
		}
		need(prefix, e.takeHome)
		if id, found := e.facts.home[port]; found {
			need(network.NetworkPrefix(id), e.takeNetwork)
			homes[id] = true
		}
	}
	for id := range homes {
		for _, router := range e.facts.routers.of(id) {
			need(network.RouterPrefix(router), e.takeRouter)
			for _, reached := range e.facts.reached.of(router) {
				need(network.NetworkPrefix(reached), e.takeNetwork)
			}
		}
	}
	for prefix := range maps.Clone(e.subs) {
		if !needed[prefix] {
			e.unsubscribe(prefix)
		}
	}
}

// begin says whether everything that the host needs was read once. From then
// on the flows follow what is known, so that a new port whose network can't be
// read yet holds up no other.
func (e *Engine) begin() bool {
	if e.begun || e.facts.ports == nil {
		return e.begun
	}
	for _, s := range e.subs {
		if !s.loaded {
			return false
		}
	}
	e.begun = true
	return true
}

// apply sends the switch what differs: after a (re)connection, a failure and
// at each audit by comparing all flows, else what changed in the plan.
func (e *Engine) apply(ctx context.Context) {
	changes := e.plan.Changes()
	if e.oldFlows {
		have, err := e.Switch.Flows(ctx, uint64(plan.DefaultOwner)<<48, ovs.OwnerMask)
		if err != nil {
			e.failed(ctx, "flows not read", err)
			return
		}
		changes = ovs.Diff(e.plan.Flows(), have)
	}
	if len(changes.Add)+len(changes.Delete) > 0 {
		if err := e.Switch.Apply(ctx, changes); err != nil {
			e.oldFlows = true
			e.failed(ctx, "flows not applied", err)
			return
		}
		e.Log.Debug("flows applied", "added", len(changes.Add), "deleted", len(changes.Delete), "compared", e.oldFlows)
	}
	e.oldFlows = false
}

// failed has the engine settle again after a while; a switch that was away
// also tells when it is back.
func (e *Engine) failed(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	e.failing = true
	if e.retry == nil {
		e.pause = min(max(2*e.pause, minPause), maxPause)
		e.retry = time.After(e.pause)
	}
	e.Log.Warn(what, "error", err, "again in", e.pause)
}
