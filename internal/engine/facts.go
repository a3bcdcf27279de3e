package engine

import (
	"context"
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// ifaceID is the external id that tells which logical port an interface is, as
// Open vSwitch's integration guide names it.
const ifaceID = "iface-id"

// facts are what the engine knows from its watches.
type facts struct {
	ports     map[string]ovs.Port             // by name, of the bridge
	plugged   map[string]ovs.Port             // by logical port, of the bridge
	home      map[string]string               // network by logical port, for those plugged in here
	places    map[string]place                // by logical port, of the networks watched
	members   map[member]int                  // how many ports a watched network has on another host
	grown     map[string]bool                 // networks that have ports on more hosts since it was looked at
	crowded   map[string]bool                 // networks of which it was said that they are on too many hosts
	tunnels   map[string]netip.Addr           // where other hosts' tunnels end, by host
	physical  map[string]network.Physical     // by id
	physPorts map[string]network.PhysicalPort // by id
	uplinks   map[string]uint32               // OpenFlow port by physical network, as the plan has it
	routers   pairs                           // virtual routers of the networks watched, by network and subnet
	reached   pairs                           // networks of the virtual routers watched, by router and interface
}

func newFacts() facts {
	return facts{
		home:      map[string]string{},
		places:    map[string]place{},
		members:   map[member]int{},
		grown:     map[string]bool{},
		crowded:   map[string]bool{},
		tunnels:   map[string]netip.Addr{},
		physical:  map[string]network.Physical{},
		physPorts: map[string]network.PhysicalPort{},
		uplinks:   map[string]uint32{},
		routers:   pairs{},
		reached:   pairs{},
	}
}

// readPorts reads the ports of the bridge, if they may have changed. Until that
// works, what was known stays.
func (e *Engine) readPorts(ctx context.Context) {
	if !e.oldPorts {
		return
	}
	list, err := e.Switch.Ports(ctx)
	if err != nil {
		e.failed(ctx, "ports of the bridge not read", err)
		return
	}
	e.oldPorts = false
	ports, plugged := make(map[string]ovs.Port, len(list)), map[string]ovs.Port{}
	for _, p := range list {
		ports[p.Name] = p
		if id := p.ExternalIDs[ifaceID]; id != "" && plugged[id].OFPort == 0 {
			plugged[id] = p // of several, the first that works
		}
	}
	e.facts.ports = ports
	e.setPlugged(plugged)
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
		e.facts.routers.set(v.Network, v.ID, v.Router)
	case network.Port:
		e.takePort(v)
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
		e.facts.routers.set(ref.Parent, ref.ID, "")
	case network.KindPort:
		e.forgetPort(ref.Parent, ref.ID)
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
