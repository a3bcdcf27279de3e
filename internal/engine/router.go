package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// pairs are ids by two others, of which the first has the second.
type pairs map[string]map[string]string

// set sets or, for "", deletes an id.
func (p pairs) set(first, second, id string) {
	if id == "" {
		delete(p[first], second)
		if len(p[first]) == 0 {
			delete(p, first)
		}
		return
	}
	if p[first] == nil {
		p[first] = map[string]string{}
	}
	p[first][second] = id
}

// of lists what the first has, sorted.
func (p pairs) of(first string) []string {
	return slices.Compact(slices.Sorted(maps.Values(p[first])))
}

// takeRouter takes a key below one virtual router.
func (e *Engine) takeRouter(entry kvstore.Entry) {
	o := e.decode(entry)
	switch v := o.Value.(type) {
	case network.Router:
		e.plan.SetRouter(v)
	case network.RouterInterface:
		e.plan.SetRouterInterface(v)
		e.facts.reached.set(v.Router, v.ID, v.Network)
	case nil:
		e.forgetRouter(o.Ref)
	}
}

// forgetRouter takes a virtual router or an interface of it as deleted.
func (e *Engine) forgetRouter(ref network.Ref) {
	switch ref.Kind {
	case network.KindRouter:
		e.plan.RemoveRouter(ref.ID)
	case network.KindInterface:
		e.plan.RemoveRouterInterface(ref.Parent, ref.ID)
		e.facts.reached.set(ref.Parent, ref.ID, "")
	}
}

// withRouters adds to what ports wait for, by port, what their networks' virtual
// routers need.
func (e *Engine) withRouters(states map[string]string) map[string]string {
	toRead := map[string]string{} // by network
	for _, id := range e.facts.home {
		if _, known := toRead[id]; !known {
			toRead[id] = e.routersToRead(id)
		}
	}
	all := make(map[string]string, len(states))
	for id, waitsFor := range states {
		all[id] = cmp.Or(waitsFor, toRead[e.facts.home[id]])
	}
	return all
}

// routersToRead says which virtual router of a network, or what it reaches, was not
// read yet; "": none.
func (e *Engine) routersToRead(id string) string {
	for _, router := range e.facts.routers.of(id) {
		if !e.loaded(network.RouterPrefix(router)) {
			return "virtual router " + router + " to be read from the store"
		}
		for _, reached := range e.facts.reached.of(router) {
			if !e.loaded(network.NetworkPrefix(reached)) {
				return "logical network " + reached + ", which virtual router " + router + " reaches, to be read from the store"
			}
		}
	}
	return ""
}

// answer answers what the switch asks: only of the kernel's datapath does it ask
// anything.
func (e *Engine) answer(ctx context.Context, in ovs.PacketIn) {
	out, answered := e.plan.Answer(in)
	if !answered {
		return
	}
	if err := e.Switch.Send(ctx, out); err != nil {
		e.Log.Debug("a neighbour solicitation is not answered", "error", err)
	}
}

// How many questions are answered in a second: of one port of the switch, which
// must not keep others from an answer, and of all.
const (
	questionsOfPort = 20
	questionsOfAll  = 1000
)

// questions counts those of one second. It belongs to the goroutine that watches
// the switch.
type questions struct {
	since time.Time
	all   int
	of    map[uint32]int // by port
}

// admit tells whether one more is answered.
func (q *questions) admit(port uint32) bool {
	if now := time.Now(); now.Sub(q.since) >= time.Second {
		*q = questions{since: now, of: map[uint32]int{}}
	}
	if q.all == questionsOfAll || q.of[port] == questionsOfPort {
		return false
	}
	q.all++
	q.of[port]++
	return true
}
