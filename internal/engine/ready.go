package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// readiness tells other goroutines which ports are forwarded.
type readiness struct {
	mu      sync.Mutex
	state   map[string]string // port id: "" when forwarded, else what it waits for
	homes   []string          // networks that have a port here, sorted
	known   bool              // state has all ports that are plugged in here, and no others
	changed chan struct{}     // closed when state was replaced
}

// publish replaces the state and wakes those who wait.
func (r *readiness) publish(state map[string]string, homes []string, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state, r.homes, r.known = state, homes, known
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *readiness) look(port string) (waitsFor string, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	waitsFor, known := r.state[port]
	if !known {
		waitsFor = "its interface in Open vSwitch"
	}
	return waitsFor, r.changed
}

// Networks lists the networks that have a port plugged in here.
func (e *Engine) Networks() []string {
	e.ready.mu.Lock()
	defer e.ready.mu.Unlock()
	return e.ready.homes
}

// Plugged tells which logical ports are plugged in here; known is false while
// Open vSwitch does not say.
func (e *Engine) Plugged() (has func(port string) bool, known bool) {
	e.ready.mu.Lock()
	defer e.ready.mu.Unlock()
	state := e.ready.state // which is replaced, never changed
	return func(port string) bool { _, plugged := state[port]; return plugged }, e.ready.known
}

// WaitPort waits until packets of a port are forwarded, from the interface that
// it has when WaitPort is called. When ctx ends first, the error says what the
// port still waited for.
func (e *Engine) WaitPort(ctx context.Context, port string) error {
	if err := e.refresh(ctx); err != nil {
		return waitError(port, "the agent to begin, which needs the store and Open vSwitch", err)
	}
	for {
		waitsFor, changed := e.ready.look(port)
		if waitsFor == "" {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return waitError(port, waitsFor, ctx.Err())
		}
	}
}

func waitError(port, waitsFor string, err error) error {
	return fmt.Errorf("port %s still waits for %s: %w", port, waitsFor, err)
}

// refresh returns when the engine has read the ports of the bridge once more
// and settled.
func (e *Engine) refresh(ctx context.Context) error {
	settled := make(chan struct{})
	err := e.send(ctx, func() {
		e.oldPorts = true
		e.settled = append(e.settled, settled)
	})
	if err != nil {
		return err
	}
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// publish tells those who wait what has come of it.
func (e *Engine) publish(ctx context.Context) {
	states := e.portStates()
	e.announce(ctx, states)
	e.states = states
	homes := slices.Compact(slices.Sorted(maps.Values(e.facts.home)))
	e.ready.publish(e.withRouters(states), homes, e.facts.ports != nil && !e.oldPorts)
	for _, settled := range e.settled {
		close(settled)
	}
	e.settled = nil
}

// announce tells real devices of the ports that are forwarded from now on. Those
// that were there when the engine began are where they have been.
func (e *Engine) announce(ctx context.Context, states map[string]string) {
	for id, waitsFor := range states {
		before, known := e.states[id]
		if waitsFor != "" || known && before == "" || !e.announcing {
			continue
		}
		if packets := e.plan.Announce(id); len(packets) > 0 {
			if err := e.Switch.Send(ctx, packets...); err != nil {
				e.Log.Warn("a port is not announced to the physical network", "port", id, "error", err)
			}
		}
	}
	e.announcing = e.begun && !e.oldFlows
}

// portStates tells for each logical port plugged in here what it waits for in its
// own network.
func (e *Engine) portStates() map[string]string {
	states := make(map[string]string, len(e.facts.plugged))
	for id, p := range e.facts.plugged {
		states[id] = e.portState(id, p)
	}
	return states
}

func (e *Engine) portState(id string, p ovs.Port) string {
	switch {
	case e.oldPorts:
		return "Open vSwitch to answer"
	case p.Error != "":
		return "Open vSwitch, which says: " + p.Error
	case p.OFPort == 0:
		return "Open vSwitch to number it"
	case !e.begun, !e.loaded(network.PortIndexPrefix(id)):
		return "the store to answer"
	case e.facts.home[id] == "":
		return "somebody to create it: the store does not have it"
	case e.facts.places[id].network == "":
		return "its logical network to be read from the store"
	case e.facts.places[id].Host != "" && e.facts.places[id].Host != e.Host:
		return "host " + e.facts.places[id].Host + ", where it is plugged in too, to let it go"
	case e.oldFlows:
		return "its flows"
	}
	return ""
}
