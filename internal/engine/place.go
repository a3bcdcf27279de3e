package engine

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// Move is what the engine saw happen to a port that may have to be written to
// the store.
type Move int

// The moves.
const (
	Plugged   Move = iota // it was plugged in here just now: it is here
	Found                 // it is plugged in here, and nobody saw that happen
	Unplugged             // it was unplugged here
)

// place is where the store says that a port is.
type place struct {
	network string
	network.Location
}

// takePort takes a logical port of a network that is watched.
func (e *Engine) takePort(p network.Port) {
	e.plan.SetPort(p)
	e.setPlace(p.ID, place{p.Network, p.Location})
}

// forgetPort takes a logical port as deleted. What two networks tell may come
// in any order: the port may be in another one by now.
func (e *Engine) forgetPort(networkID, id string) {
	e.plan.RemovePort(networkID, id)
	if e.facts.places[id].network == networkID {
		e.setPlace(id, place{})
		delete(e.facts.places, id)
	}
}

// setPlace takes where the store says that a port is. One that is plugged in
// here, and in the store is nowhere or was not known yet, may be this host's.
func (e *Engine) setPlace(id string, to place) {
	from, known := e.facts.places[id]
	e.facts.places[id] = to
	if from.network != to.network || from.Host != to.Host {
		e.count(from, -1)
		e.count(to, +1)
	}
	if _, here := e.facts.plugged[id]; here && to.network != "" && to.Host != e.Host && (!known || to.Host == "") {
		e.Moved(id, Found)
	}
	e.route(id)
}

// findAgain finds the ports that are plugged in here and in the store are
// elsewhere: whoever had them may be gone by now.
func (e *Engine) findAgain() {
	for id := range e.facts.plugged {
		if at := e.facts.places[id]; at.network != "" && at.Host != e.Host {
			e.Moved(id, Found)
		}
	}
}

// count adds to the members that a network has on another host; the plan knows
// the hosts that have any.
func (e *Engine) count(p place, n int) {
	if p.Host == "" || p.Host == e.Host {
		return
	}
	key := member{p.network, p.Host}
	e.facts.members[key] += n
	if e.facts.members[key] > 0 {
		e.plan.SetMember(p.network, p.Host)
		e.facts.grown[p.network] = true
		return
	}
	delete(e.facts.members, key)
	e.plan.RemoveMember(p.network, p.Host)
}

// member is a network on a host.
type member struct{ network, host string }

// setPlugged takes which logical ports are plugged in here.
func (e *Engine) setPlugged(plugged map[string]ovs.Port) {
	before, first := e.facts.plugged, e.facts.plugged == nil
	e.facts.plugged = plugged
	for id := range before {
		if _, here := plugged[id]; !here {
			e.Moved(id, Unplugged)
			e.route(id)
		}
	}
	for id, p := range plugged {
		old, wasHere := before[id]
		if !wasHere && !first && e.facts.places[id].Host != e.Host {
			e.Moved(id, Plugged)
		}
		if !wasHere || old.OFPort != p.OFPort {
			e.route(id)
		}
	}
}

// route tells the plan where packets to a port go: to the port here, unless the
// store says that it is on another host. While it moves it may be at both.
func (e *Engine) route(id string) {
	ofport, at := e.facts.plugged[id].OFPort, e.facts.places[id].Host
	elsewhere := at != "" && at != e.Host
	if ofport != 0 && !elsewhere {
		e.plan.SetLocal(id, ofport)
	} else {
		e.plan.RemoveLocal(id)
	}
	if elsewhere {
		e.plan.SetRemote(id, at)
	} else {
		e.plan.RemoveRemote(id)
	}
}

// takeHost takes a key below the hosts.
func (e *Engine) takeHost(entry kvstore.Entry) {
	o := e.decode(entry)
	if o.Kind != network.KindHost || o.ID == e.Host {
		return
	}
	tunnel := netip.Addr{}
	if h, ok := o.Value.(network.Host); ok && !h.Removed {
		tunnel = h.Tunnel
	}
	if tunnel.IsValid() {
		e.facts.tunnels[o.ID] = tunnel
		e.plan.SetHost(o.ID, tunnel)
	} else {
		delete(e.facts.tunnels, o.ID)
		e.plan.RemoveHost(o.ID)
	}
}
