package network

import (
	"cmp"
	"context"
	"iter"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
)

// CreateSubnets creates subnets. Host bits of Prefix are cleared; Start and End
// become the first and the last usable address where they are zero. Pool names
// an unbound pool of the same prefix to take; where it is "" one is made.
// ErrExists, ErrInvalid (also for prefixes of one network that overlap),
// ErrInUse; ErrNotFound or ErrDeleting for the logical network.
func (m *Model) CreateSubnets(ctx context.Context, subnets ...Subnet) ([]Subnet, error) {
	c := creating(KindSubnet, len(subnets))
	subnets = slices.Clone(subnets)
	err := each(c, subnets, subnetID, func(s *Subnet) error {
		s.ID = c.idOr(s.ID)
		return s.prepare(s.Network)
	})
	if err == nil {
		err = c.distinct(project(subnets, subnetID))
	}
	if err != nil {
		return nil, err
	}
	var stored []Subnet
	err = m.create(ctx, c, m.DeleteSubnets, func(t *txn) error {
		stored = slices.Clone(subnets)
		return each(c, stored, subnetID, func(s *Subnet) error { return t.createSubnet(m.host, s) })
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

func subnetID(s Subnet) string { return s.ID }

func (t *txn) createSubnet(host string, s *Subnet) error {
	n, err := t.openNetwork(s.Network)
	if err != nil {
		return err
	}
	e, err := t.Get(subnetKey(n.ID, s.ID))
	if err != nil {
		return err
	}
	if t.mine(e) {
		*s, err = kvstore.Decode[Subnet](e)
		return err
	}
	if err := t.addSubnet(host, &n, s); err != nil {
		return err
	}
	return kvstore.Save(t.Tx, networkKey(n.ID), n)
}

// openNetwork is a logical network that takes children.
func (t *txn) openNetwork(id string) (Network, error) {
	n, err := load[Network](t, KindNetwork, networkKey(id), id)
	if err == nil && n.Deleting {
		err = closed(KindNetwork, id)
	}
	return n, err
}

// addSubnet creates a subnet with its pool, and enters it in n, which the
// caller saves: so of two subnets that overlap one is refused.
func (t *txn) addSubnet(host string, n *Network, s *Subnet) error {
	s.ID = cmp.Or(s.ID, newID())
	e, err := t.Get(subnetKey(n.ID, s.ID))
	if err != nil {
		return err
	}
	if e.Revision != kvstore.Absent {
		return exists(e)
	}
	for id, prefix := range n.Subnets {
		if prefix.Overlaps(s.Prefix) {
			return invalidf("%s overlaps %s, which is subnet %q of the same logical network", s.Prefix, prefix, id)
		}
	}
	if err := n.checkMTU(slices.Values([]netip.Prefix{s.Prefix})); err != nil {
		return err
	}
	other, err := t.claim(subnetIndex(s.ID), n.ID)
	if err != nil {
		return err
	}
	if other != "" {
		return faultf(ErrExists, "it exists already, in logical network %q: choose another id", other)
	}
	if err := t.bindPool(host, s); err != nil {
		return err
	}
	if n.Subnets == nil {
		n.Subnets = map[string]netip.Prefix{}
	}
	n.Subnets[s.ID] = s.Prefix
	return kvstore.Save(t.Tx, subnetKey(n.ID, s.ID), *s)
}

// checkMTU refuses an MTU that is too small for IPv6, where that is used.
func (n Network) checkMTU(prefixes iter.Seq[netip.Prefix]) error {
	for p := range prefixes {
		if p.Addr().Is6() && n.MTU < minMTU6 {
			return invalidf("mtu %d is too small for IPv6 subnet %s, which needs at least %d", n.MTU, p, minMTU6)
		}
	}
	return nil
}

// bindPool gives the subnet its pool, or tells the pool what changed. The
// gateway is an address of the pool that no port gets.
func (t *txn) bindPool(host string, s *Subnet) error {
	b := ipam.Binding{Network: s.Network, Subnet: s.ID, Start: s.Start, End: s.End, Gateway: s.Gateway, Host: host}
	if s.Pool == "" {
		pool, err := ipam.Create(t.Tx, s.Prefix, b)
		s.Pool = pool.ID
		return err
	}
	pool, err := ipam.Bind(t.Tx, s.Pool, b)
	if err != nil {
		return err
	}
	if pool.Prefix != s.Prefix {
		return invalidf("cidr %s is not that of the address pool, %s", s.Prefix, pool.Prefix)
	}
	s.AutoGateway = s.AutoGateway || pool.AutoGateway
	return nil
}

// sameSubnet tells whether a subnet of n is what s asks for.
func (t *txn) sameSubnet(n Network, s Subnet) (bool, error) {
	for id, prefix := range n.Subnets {
		if prefix == s.Prefix && s.ID == "" {
			s.ID = id
		}
	}
	if n.Subnets[s.ID] != s.Prefix {
		return false, nil
	}
	old, err := load[Subnet](t, KindSubnet, subnetKey(n.ID, s.ID), s.ID)
	s.Pool, s.AutoGateway, s.Router = cmp.Or(s.Pool, old.Pool), old.AutoGateway, cmp.Or(s.Router, old.Router)
	return same(s, old), err
}
