package network

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
)

// UpdateSubnets changes subnets. ID, Network, Prefix, External, Router and Pool
// are fixed. Every address that a port has must stay between Start and End, and a
// gateway that a virtual router has as its address may change, but not go.
// ErrNotFound, ErrInvalid, ErrInUse.
func (m *Model) UpdateSubnets(ctx context.Context, changes ...Change[Subnet]) ([]Subnet, error) {
	return m.subnetResize(len(changes)).update(ctx, m, changes)
}

func (m *Model) subnetResize(size int) resize[Subnet] {
	return resize[Subnet]{
		call:    call{verb: "update", kind: KindSubnet, size: size},
		key:     (*txn).subnetKey,
		check:   checkSubnetUpdate,
		shrinks: func(old, s Subnet) bool { return old.Start.Less(s.Start) || s.End.Less(old.End) },
		inUse: func(ctx context.Context, s Subnet) error {
			return m.checkHeld(ctx, s, "addresses in use lie outside the new range", func(a netip.Addr) bool {
				return !a.Less(s.Start) && !s.End.Less(a)
			})
		},
		others: func(now Subnet, s *Subnet) { s.Deleting, s.Router = now.Deleting, now.Router },
		save: func(t *txn, key string, s *Subnet) error {
			if err := t.checkRouted(*s); err != nil {
				return err
			}
			if err := t.bindPool(m.host, s); err != nil {
				return err
			}
			return kvstore.Save(t.Tx, key, *s)
		},
	}
}

// checkHeld refuses a subnet where a port has an address that does not fit.
func (m *Model) checkHeld(ctx context.Context, s Subnet, why string, fits func(netip.Addr) bool) error {
	claims, err := m.allocator.Claims(ctx, s.Pool)
	if err != nil {
		return err
	}
	var held []string
	for _, c := range claims {
		gateway := c.Kind == ipam.KindGateway || c.Kind == ipam.KindAutoGateway
		if c.Holder != "" && !c.Router && !gateway && !fits(c.Address) {
			held = append(held, fmt.Sprintf("%s (%s)", c.Holder, c.Address))
		}
	}
	if len(held) == 0 {
		return nil
	}
	slices.Sort(held)
	return faultf(ErrInUse, "%s: %s", why, some(held))
}

func checkSubnetUpdate(old Subnet, s *Subnet) error {
	switch {
	case s.ID != old.ID:
		return invalidf("the id can't be changed")
	case s.Network != old.Network:
		return invalidf("the logical network can't be changed")
	case s.Prefix.Masked() != old.Prefix:
		return invalidf("cidr cannot be changed: delete the subnet and create another one")
	case s.External != old.External:
		return invalidf("isexternal cannot be changed")
	case s.Router != old.Router:
		return invalidf("router can't be set: create and delete router interfaces instead")
	case s.Pool != old.Pool:
		return invalidf("the address pool can't be changed")
	}
	s.Deleting = old.Deleting
	s.AutoGateway = s.AutoGateway && s.Gateway == old.Gateway
	return s.check()
}

// DeleteSubnets deletes subnets, with their pools. ErrNotFound; ErrInUse while
// ports have addresses in one, or it is in a virtual router.
func (m *Model) DeleteSubnets(ctx context.Context, ids ...string) error {
	var pools []string
	d := deletion{
		call: call{verb: "delete", kind: KindSubnet, size: len(ids)},
		ids:  ids,
		key:  (*txn).subnetKey,
		mark: func(t *txn, id, key string, to bool) error {
			if to {
				if err := t.checkUnrouted(id, key); err != nil {
					return err
				}
			}
			return mark(t, KindSubnet, key, id, func(s *Subnet) *bool { return &s.Deleting }, to)
		},
		children: func(ctx context.Context, id string) error {
			s, err := m.Subnet(ctx, id)
			if err != nil {
				return err
			}
			return m.checkHeld(ctx, s, "it has logical ports, delete them first", func(netip.Addr) bool { return false })
		},
		remove: func(t *txn, id string) error {
			pool, err := t.removeSubnet(id)
			pools = append(pools, pool)
			return err
		},
	}
	if err := d.run(ctx, m); err != nil {
		return err
	}
	m.purge(ctx, pools)
	return nil
}

// removeSubnet deletes a subnet, and answers its pool.
func (t *txn) removeSubnet(id string) (pool string, err error) {
	network, err := t.home(KindSubnet, subnetIndex(id), id)
	if err != nil {
		return "", err
	}
	n, err := load[Network](t, KindNetwork, networkKey(network), network)
	if err != nil {
		return "", err
	}
	s, err := load[Subnet](t, KindSubnet, subnetKey(network, id), id)
	if err != nil {
		return "", err
	}
	delete(n.Subnets, id)
	t.Delete(subnetKey(network, id))
	t.Delete(subnetIndex(id))
	if err := ipam.Remove(t.Tx, s.Pool); err != nil {
		return "", err
	}
	return s.Pool, kvstore.Save(t.Tx, networkKey(network), n)
}

// subnetKey is the key of a subnet whose network is not known.
func (t *txn) subnetKey(id string) (string, error) {
	network, err := t.home(KindSubnet, subnetIndex(id), id)
	return subnetKey(network, id), err
}

// home is the parent that an index says.
func (t *txn) home(kind Kind, index, id string) (parent string, err error) {
	e, err := t.Get(index)
	if err == nil && e.Revision == kvstore.Absent {
		err = notFound(kind, id)
	}
	return string(e.Value), err
}
