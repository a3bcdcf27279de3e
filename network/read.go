package network

import (
	"cmp"
	"context"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// getBatch is how many keys one read asks for.
const getBatch = 128

// Physicals lists the physical networks, sorted by id.
func (m *Model) Physicals(ctx context.Context) ([]Physical, error) {
	ps, err := list[Physical](ctx, m, PhysicalPrefix())
	return ps, call{verb: "list", kind: KindPhysical}.fail("", err)
}

// Physical reads a physical network. ErrNotFound.
func (m *Model) Physical(ctx context.Context, id string) (Physical, error) {
	return read[Physical](ctx, m, KindPhysical, physicalKey(id), id)
}

// PhysicalPorts lists the physical ports, sorted by PhysicalPort.ID.
func (m *Model) PhysicalPorts(ctx context.Context) ([]PhysicalPort, error) {
	index, err := m.store.List(ctx, kvstore.Prefix("physport"))
	if err != nil {
		return nil, call{verb: "list", kind: KindPhysicalPort}.fail("", err)
	}
	keys := project(index, func(e kvstore.Entry) string { return physicalPortKey(string(e.Value), lastPart(e.Key)) })
	ps, err := gather[PhysicalPort](ctx, m, keys)
	return ps, call{verb: "list", kind: KindPhysicalPort}.fail("", err)
}

// PhysicalPort reads the physical port of a PhysicalPort.ID. ErrNotFound.
func (m *Model) PhysicalPort(ctx context.Context, id string) (PhysicalPort, error) {
	return child[PhysicalPort](ctx, m, KindPhysicalPort, physicalPortIndex(id), physicalPortKey, id)
}

// Networks lists the logical networks, sorted by id. It reads neither subnets
// nor ports.
func (m *Model) Networks(ctx context.Context) ([]Network, error) {
	c := call{verb: "list", kind: KindNetwork}
	index, err := m.store.List(ctx, kvstore.Prefix("number"))
	if err != nil {
		return nil, c.fail("", err)
	}
	ns, err := gather[Network](ctx, m, project(index, func(e kvstore.Entry) string { return networkKey(string(e.Value)) }))
	slices.SortFunc(ns, func(a, b Network) int { return cmp.Compare(a.ID, b.ID) })
	return ns, c.fail("", err)
}

// Network reads a logical network. ErrNotFound.
func (m *Model) Network(ctx context.Context, id string) (Network, error) {
	return read[Network](ctx, m, KindNetwork, networkKey(id), id)
}

// Subnets lists the subnets of a logical network, sorted by id; of all where
// network is "". An unknown network has none.
func (m *Model) Subnets(ctx context.Context, network string) ([]Subnet, error) {
	return children[Subnet](ctx, m, KindSubnet, network, "subnet")
}

// Subnet reads a subnet. ErrNotFound.
func (m *Model) Subnet(ctx context.Context, id string) (s Subnet, err error) {
	return child[Subnet](ctx, m, KindSubnet, subnetIndex(id), subnetKey, id)
}

// Ports lists the logical ports of a logical network, sorted by id; of all where
// network is "". An unknown network has none.
func (m *Model) Ports(ctx context.Context, network string) ([]Port, error) {
	return children[Port](ctx, m, KindPort, network, "port")
}

// Port reads a logical port. ErrNotFound.
func (m *Model) Port(ctx context.Context, id string) (Port, error) {
	return child[Port](ctx, m, KindPort, portIndex(id), portKey, id)
}

// Routers lists the virtual routers, sorted by id.
func (m *Model) Routers(ctx context.Context) ([]Router, error) {
	rs, err := list[Router](ctx, m, kvstore.Prefix("router"))
	return rs, call{verb: "list", kind: KindRouter}.fail("", err)
}

// Router reads a virtual router. ErrNotFound.
func (m *Model) Router(ctx context.Context, id string) (Router, error) {
	return read[Router](ctx, m, KindRouter, routerKey(id), id)
}

// RouterInterfaces lists the interfaces of a virtual router, sorted by id; of
// all, router by router, where router is "". An unknown router has none.
func (m *Model) RouterInterfaces(ctx context.Context, router string) ([]RouterInterface, error) {
	prefix := kvstore.Prefix("router")
	if router != "" {
		prefix = kvstore.Prefix("router", router, "interface")
	}
	is, err := list[RouterInterface](ctx, m, prefix)
	return is, call{verb: "list", kind: KindInterface}.fail("", err)
}

// RouterInterface reads an interface of a virtual router. ErrNotFound.
func (m *Model) RouterInterface(ctx context.Context, id string) (RouterInterface, error) {
	return child[RouterInterface](ctx, m, KindInterface, interfaceIndex(id), interfaceKey, id)
}

// RouterInterfaceOf reads the interface that connects a subnet to a virtual
// router. ErrNotFound where none does.
func (m *Model) RouterInterfaceOf(ctx context.Context, router, subnet string) (RouterInterface, error) {
	e, err := m.get(ctx, routerLink(subnet, router))
	if err == nil && e.Revision == kvstore.Absent {
		err = faultf(ErrNotFound, "subnet %q is not in virtual router %q", subnet, router)
	}
	if err != nil {
		return RouterInterface{}, call{verb: "read", kind: KindInterface}.fail("", err)
	}
	return read[RouterInterface](ctx, m, KindInterface, interfaceKey(router, string(e.Value)), string(e.Value))
}

// children lists what a logical network has below leaf.
func children[T any](ctx context.Context, m *Model, kind Kind, network, leaf string) (all []T, err error) {
	networks := []Network{{ID: network}}
	if network == "" {
		networks, err = m.Networks(ctx)
	}
	for _, n := range networks {
		some, listErr := list[T](ctx, m, kvstore.Prefix("net", n.ID, leaf))
		err = cmp.Or(err, listErr)
		all = append(all, some...)
	}
	return all, call{verb: "list", kind: kind}.fail("", err)
}

// child reads what is found by an index that says its network.
func child[T any](ctx context.Context, m *Model, kind Kind, index string, key func(network, id string) string, id string) (v T, err error) {
	e, err := m.get(ctx, index)
	if err == nil && e.Revision == kvstore.Absent {
		err = notFound(kind, id)
	}
	if err != nil {
		return v, call{verb: "read", kind: kind}.fail(id, err)
	}
	return read[T](ctx, m, kind, key(string(e.Value), id), id)
}

// read reads one object.
func read[T any](ctx context.Context, m *Model, kind Kind, key, id string) (v T, err error) {
	e, err := m.get(ctx, key)
	if err == nil && e.Revision == kvstore.Absent {
		err = notFound(kind, id)
	}
	if err == nil {
		v, err = kvstore.Decode[T](e)
	}
	return v, call{verb: "read", kind: kind}.fail(id, err)
}

// get reads a key, which is absent only if it is so by now.
func (m *Model) get(ctx context.Context, key string) (kvstore.Entry, error) {
	for _, current := range []bool{false, true} {
		entries, err := m.store.Get(ctx, []string{key}, current)
		if err != nil {
			return kvstore.Entry{}, err
		}
		if entries[0].Revision != kvstore.Absent {
			return entries[0], nil
		}
	}
	return kvstore.Entry{Key: key}, nil
}

// gather reads the objects of keys, but for those that are gone.
func gather[T any](ctx context.Context, m *Model, keys []string) (all []T, err error) {
	for batch := range slices.Chunk(keys, getBatch) {
		entries, err := m.store.Get(ctx, batch, false)
		if err != nil {
			return nil, err
		}
		some, err := decodeAll[T](entries)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// list reads the objects of one type below a prefix.
func list[T any](ctx context.Context, m *Model, prefix string) ([]T, error) {
	entries, err := m.store.List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	return decodeAll[T](entries)
}

// decodeAll decodes the entries that are of type T.
func decodeAll[T any](entries []kvstore.Entry) (all []T, err error) {
	for _, e := range entries {
		o, err := Decode(e)
		if err != nil {
			return nil, err
		}
		if v, ok := o.Value.(T); ok {
			all = append(all, v)
		}
	}
	return all, nil
}

// names lists the last parts of the keys below a prefix.
func (m *Model) names(ctx context.Context, prefix string) ([]string, error) {
	entries, err := m.store.List(ctx, prefix)
	return project(entries, func(e kvstore.Entry) string { return lastPart(e.Key) }), err
}

func lastPart(key string) string {
	parts, err := kvstore.Split(key)
	if err != nil {
		return ""
	}
	return parts[len(parts)-1]
}
