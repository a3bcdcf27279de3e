package engine

import (
	"context"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// facts are what the engine knows from its watches.
type facts struct {
	ports     map[string]ovs.Port             // by name, of the bridge
	local     map[string]uint32               // OpenFlow port by logical port, for those plugged in here
	home      map[string]string               // network by logical port, for those plugged in here
	known     map[string]bool                 // logical ports that exist, of the networks watched
	physical  map[string]network.Physical     // by id
	physPorts map[string]network.PhysicalPort // by id
	uplinks   map[string]uint32               // OpenFlow port by physical network, as the plan has it
}

func newFacts() facts {
	return facts{
		local:     map[string]uint32{},
		home:      map[string]string{},
		known:     map[string]bool{},
		physical:  map[string]network.Physical{},
		physPorts: map[string]network.PhysicalPort{},
		uplinks:   map[string]uint32{},
	}
}

// readPorts reads the ports of the bridge. While the switch is away, what was
// known stays: the watch tells when it is back.
func (e *Engine) readPorts(ctx context.Context) {
	ports, err := e.Switch.Ports(ctx)
	if err != nil {
		e.Log.Warn("ports of the bridge not read", "error", err)
		return
	}
	e.facts.ports = make(map[string]ovs.Port, len(ports))
	local := map[string]uint32{}
	for _, p := range ports {
		e.facts.ports[p.Name] = p
		if id := p.ExternalIDs["iface-id"]; id != "" {
			local[id] = p.OFPort
		}
	}
	e.setLocal(local)
}

// setLocal tells the plan which logical ports are plugged in here.
func (e *Engine) setLocal(local map[string]uint32) {
	for id := range e.facts.local {
		if local[id] == 0 {
			e.plan.RemoveLocal(id)
		}
	}
	for id, ofport := range local {
		if ofport != 0 {
			e.plan.SetLocal(id, ofport)
		}
	}
	e.facts.local = local
}

// takePhysical takes a key below the physical networks.
func (e *Engine) takePhysical(entry kvstore.Entry) {
	switch o := e.decode(entry); o.Kind {
	case network.KindPhysical:
		assign(e.facts.physical, o.ID, o.Value)
	case network.KindPhysicalPort:
		assign(e.facts.physPorts, o.ID, o.Value)
	}
}

// takeNetwork takes a key below one logical network.
func (e *Engine) takeNetwork(entry kvstore.Entry) {
	o := e.decode(entry)
	switch v := o.Value.(type) {
	case network.Network:
		e.plan.SetNetwork(v)
	case network.Subnet:
		e.plan.SetSubnet(v)
	case network.Port:
		e.plan.SetPort(v)
		e.facts.known[v.ID] = true
	case nil:
		e.forget(o.Ref)
	}
}

// forget takes an object of a logical network as deleted.
func (e *Engine) forget(ref network.Ref) {
	switch ref.Kind {
	case network.KindNetwork:
		e.plan.RemoveNetwork(ref.ID)
	case network.KindSubnet:
		e.plan.RemoveSubnet(ref.Parent, ref.ID)
	case network.KindPort:
		e.plan.RemovePort(ref.Parent, ref.ID)
		delete(e.facts.known, ref.ID)
	}
}

// takeHome takes the key that tells in which network a logical port is.
func (e *Engine) takeHome(entry kvstore.Entry) {
	if o := e.decode(entry); o.Kind == network.KindPortIndex {
		assign(e.facts.home, o.ID, o.Value)
	}
}

// decode reads an object of the store. One that can't be read is logged, and
// left as it was rather than taken as deleted.
func (e *Engine) decode(entry kvstore.Entry) network.Object {
	o, err := network.Decode(entry)
	if err != nil {
		e.Log.Error("object of the store not understood", "key", entry.Key, "error", err)
		return network.Object{}
	}
	return o
}

// assign sets or, for a nil obj, deletes a map's element.
func assign[T any](m map[string]T, key string, obj any) {
	if v, ok := obj.(T); ok {
		m[key] = v
	} else {
		delete(m, key)
	}
}
