package network

import (
	"context"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// UpdateNetworks changes logical networks. ID, Physical, Type, Number and
// Subnets are fixed. Segment ids may be exchanged within one call; 0 asks for a
// free one. An MTU holds for interfaces made from then on; 0 asks for the
// largest. ErrNotFound, ErrInvalid, ErrInUse, ErrExhausted.
func (m *Model) UpdateNetworks(ctx context.Context, changes ...Change[Network]) ([]Network, error) {
	u := &networkUpdate{
		call: call{verb: "update", kind: KindNetwork, size: len(changes)}, m: m, free: newSegments(m.segmentsInUse),
		all: asChanged(changes),
	}
	err := u.distinct(project(changes, Change[Network].id))
	if err == nil {
		err = m.update(ctx, u.call, func(t *txn) error { return u.run(ctx, t) })
	}
	if err != nil {
		return nil, err
	}
	return results(u.all), nil
}

// networkUpdate is one UpdateNetworks.
type networkUpdate struct {
	call
	m    *Model
	all  []changed[Network]
	free *segments
}

// run frees the segment ids that change, claims the ones that are named, and
// then free ones.
func (u *networkUpdate) run(ctx context.Context, t *txn) error {
	u.free.begin(t)
	for _, step := range []func(n *changed[Network]) error{
		func(n *changed[Network]) error { return u.edit(ctx, t, n) },
		func(n *changed[Network]) error { return u.claim(ctx, t, n, true) },
		func(n *changed[Network]) error { return u.claim(ctx, t, n, false) },
		func(n *changed[Network]) error { return n.save(t) },
	} {
		if err := each(u.call, u.all, changed[Network].id, step); err != nil {
			return err
		}
	}
	return nil
}

func (u *networkUpdate) edit(ctx context.Context, t *txn, n *changed[Network]) error {
	if err := n.load(t, KindNetwork, networkKey(n.ID)); err != nil || n.done {
		return err
	}
	if err := checkNetworkUpdate(n.old, &n.v); err != nil {
		return err
	}
	if n.v.MTU != n.old.MTU {
		p, err := load[Physical](t, KindPhysical, physicalKey(n.v.Physical), n.v.Physical)
		if err != nil {
			return err
		}
		if n.v.MTU, err = u.m.fitMTU(ctx, p, n.v.MTU); err != nil {
			return err
		}
	}
	if n.v.Segment != n.old.Segment {
		u.free.release(t, n.old)
	}
	return n.v.checkMTU(maps.Values(n.v.Subnets))
}

func checkNetworkUpdate(old Network, n *Network) error {
	switch {
	case n.ID != old.ID:
		return invalidf("the id can't be changed")
	case n.Physical != old.Physical || n.Type != old.Type:
		return invalidf("the physical network can't be changed")
	case n.Number != old.Number:
		return invalidf("the register number can't be changed")
	case !maps.Equal(n.Subnets, old.Subnets):
		return invalidf("create and delete subnets instead of changing the list of them")
	}
	n.Deleting = old.Deleting
	return n.check()
}

// claim claims the segment id that a network wants now, named or free.
func (u *networkUpdate) claim(ctx context.Context, t *txn, n *changed[Network], named bool) error {
	if n.done || n.v.Segment == n.old.Segment || (n.v.Segment != 0) != named {
		return nil
	}
	p, err := load[Physical](t, KindPhysical, physicalKey(n.v.Physical), n.v.Physical)
	if err != nil {
		return err
	}
	return u.free.claim(ctx, t, p, &n.v)
}

// DeleteNetworks deletes logical networks. ErrNotFound; ErrInUse while one has
// subnets or ports.
func (m *Model) DeleteNetworks(ctx context.Context, ids ...string) error {
	return m.deleteNetworks(ctx, ids, func(ctx context.Context, id string) error {
		subnets, err := m.names(ctx, kvstore.Prefix("net", id, "subnet"))
		if err == nil && len(subnets) > 0 {
			err = faultf(ErrInUse, "must delete all subnets of this logical network first: %s", some(subnets))
		}
		if err != nil {
			return err
		}
		return m.withoutPorts(ctx, id)
	})
}

// DeleteNetworksAndSubnets deletes logical networks with their subnets, which
// leave their virtual routers. ErrNotFound; ErrInUse while one has ports, or a
// static route of a router goes through one of its subnets.
func (m *Model) DeleteNetworksAndSubnets(ctx context.Context, ids ...string) error {
	return m.deleteNetworks(ctx, ids, m.withoutPorts)
}

func (m *Model) withoutPorts(ctx context.Context, id string) error {
	ports, err := m.names(ctx, kvstore.Prefix("net", id, "port"))
	if err == nil && len(ports) > 0 {
		err = faultf(ErrInUse, "must delete all logical ports of this logical network first: %s", some(ports))
	}
	return err
}

func (m *Model) deleteNetworks(ctx context.Context, ids []string, children func(context.Context, string) error) error {
	var pools []string
	d := deletion{
		call: call{verb: "delete", kind: KindNetwork, size: len(ids)},
		ids:  ids,
		key:  func(_ *txn, id string) (string, error) { return networkKey(id), nil },
		mark: func(t *txn, id, key string, to bool) error {
			return mark(t, KindNetwork, key, id, func(n *Network) *bool { return &n.Deleting }, to)
		},
		children: children,
		remove: func(t *txn, id string) error {
			gone, err := t.removeNetwork(id)
			pools = append(pools, gone...)
			return err
		},
	}
	if err := d.run(ctx, m); err != nil {
		return err
	}
	m.purge(ctx, pools)
	return nil
}

// removeNetwork deletes a logical network and what subnets it has, and answers
// their pools.
func (t *txn) removeNetwork(id string) (pools []string, err error) {
	n, err := load[Network](t, KindNetwork, networkKey(id), id)
	if err != nil {
		return nil, err
	}
	for _, subnet := range slices.Sorted(maps.Keys(n.Subnets)) {
		err := t.leaveRouter(n.ID, subnet)
		var pool string
		if err == nil {
			pool, err = t.removeSubnet(subnet)
		}
		if err != nil {
			return nil, err
		}
		pools = append(pools, pool)
	}
	t.releaseSegment(n)
	t.Delete(memberKey(n.Physical, id))
	t.Delete(numberKey(n.Number))
	t.Delete(networkKey(id))
	return pools, nil
}

// purge deletes what is left of pools that were removed: their addresses that
// nobody holds. What it can't, the allocator's next sweep deletes.
func (m *Model) purge(ctx context.Context, pools []string) {
	ctx, cancel := undoing(ctx)
	defer cancel()
	for _, pool := range pools {
		if err := m.allocator.Purge(ctx, pool); err != nil {
			return
		}
	}
}
