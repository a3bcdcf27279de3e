package network

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// check refuses what is wrong with a logical network whatever else there is.
func (n Network) check() error {
	if err := checkID(n.ID); err != nil {
		return err
	}
	if n.Type != "" {
		if err := n.Type.check(); err != nil {
			return err
		}
	}
	if err := n.Owner.check(); err != nil {
		return err
	}
	if err := n.DHCP.check(); err != nil {
		return err
	}
	return checkMeta(n.Meta, networkNames)
}

// CreateNetworks creates logical networks with their subnets. Where Segment or
// MTU are 0 they become the first free segment id and the largest MTU; Type,
// where it is given, is what the physical network must be. A network that
// exists with the same content and the same Owner is no error. ErrExists,
// ErrInvalid, ErrInUse, ErrExhausted; ErrNotFound or ErrDeleting for the
// physical network.
func (m *Model) CreateNetworks(ctx context.Context, specs ...Spec) ([]Network, error) {
	c := &creation{call: creating(KindNetwork, len(specs)), m: m, free: newSegments(m.segmentsInUse)}
	err := c.prepare(specs)
	if err == nil {
		err = m.create(ctx, c.call, m.DeleteNetworks, func(t *txn) error { return c.run(ctx, t) })
	}
	if err != nil {
		return nil, err
	}
	return c.stored, nil
}

// creation is one CreateNetworks.
type creation struct {
	call
	m      *Model
	specs  []Spec
	free   *segments
	stored []Network // of the last run
}

// prepare takes the specs over and checks what can be checked without the
// store.
func (c *creation) prepare(specs []Spec) error {
	c.specs = slices.Clone(specs)
	subnets := map[string]bool{}
	err := each(c.call, c.specs, specID, func(s *Spec) error {
		n := &s.Network
		n.ID, n.Deleting, n.Number, n.Subnets = c.idOr(n.ID), false, 0, nil
		s.Subnets = slices.Clone(s.Subnets)
		for i := range s.Subnets {
			subnet := &s.Subnets[i]
			if subnet.ID != "" && subnets[subnet.ID] {
				return invalidf("subnet %q is named twice in one call", subnet.ID)
			}
			subnets[subnet.ID] = true
			if err := subnet.prepare(n.ID); err != nil {
				return err
			}
		}
		return n.check()
	})
	if err == nil {
		err = c.distinct(project(c.specs, specID))
	}
	return err
}

func specID(s Spec) string { return s.Network.ID }

// run creates the networks that name their segment id, and then the others, so
// that these don't get what those want.
func (c *creation) run(ctx context.Context, t *txn) error {
	c.stored = make([]Network, len(c.specs))
	c.free.begin(t)
	for _, named := range []bool{true, false} {
		for i, s := range c.specs {
			if (s.Network.Segment != 0) != named {
				continue
			}
			n, err := c.one(ctx, t, s)
			if err != nil {
				return c.fail(s.Network.ID, err)
			}
			c.stored[i] = n
		}
	}
	return nil
}

func (c *creation) one(ctx context.Context, t *txn, s Spec) (Network, error) {
	e, err := t.Get(networkKey(s.Network.ID))
	if err != nil {
		return Network{}, err
	}
	if e.Revision != kvstore.Absent {
		return t.sameNetwork(e, s)
	}
	p, err := c.physical(ctx, t, s.Network.Physical)
	if err != nil {
		return Network{}, err
	}
	n := s.Network
	if n.Type != "" && n.Type != p.Type {
		return n, invalidf("physical network %q is of type %s, not %s: name another one", p.ID, p.Type, n.Type)
	}
	n.Physical, n.Type = p.ID, p.Type
	if n.MTU, err = c.m.fitMTU(ctx, p, n.MTU); err != nil {
		return n, err
	}
	if err := c.free.claim(ctx, t, p, &n); err != nil {
		return n, err
	}
	if n.Number, err = t.claimNumber(n.ID); err != nil {
		return n, err
	}
	return n, c.store(t, &n, s)
}

func (c *creation) store(t *txn, n *Network, s Spec) error {
	for _, sub := range s.Subnets {
		if err := t.addSubnet(c.m.host, n, &sub); err != nil {
			return err
		}
	}
	t.Put(memberKey(n.Physical, n.ID), nil)
	if err := kvstore.Save(t.Tx, networkKey(n.ID), *n); err != nil || s.Router == "" {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(n.Subnets)) {
		if err := t.createInterface(c.m.host, &RouterInterface{ID: id, Router: s.Router, Subnet: id}); err != nil {
			return fmt.Errorf("connect subnet %s to virtual router %q: %w", n.Subnets[id], s.Router, err)
		}
	}
	return nil
}

// physical is the physical network of this id, or the default one.
func (c *creation) physical(ctx context.Context, t *txn, id string) (Physical, error) {
	if id != "" {
		return t.openPhysical(id)
	}
	p, err := c.m.defaultPhysical(ctx)
	if err != nil {
		return p, err
	}
	return t.openDefault(p)
}

// sameNetwork answers the network that exists already, if it is this
// transaction's own work, or what its owner asks for once more.
func (t *txn) sameNetwork(e kvstore.Entry, s Spec) (Network, error) {
	n, err := kvstore.Decode[Network](e)
	if err != nil || t.mine(e) {
		return n, err
	}
	if n.Deleting || s.Network.Owner == (Owner{}) {
		return n, exists(e)
	}
	want := s.Network
	want.Physical, want.Type = cmp.Or(want.Physical, n.Physical), cmp.Or(want.Type, n.Type)
	want.Segment, want.MTU = cmp.Or(want.Segment, n.Segment), cmp.Or(want.MTU, n.MTU)
	want.Number, want.Subnets = n.Number, n.Subnets
	if !same(want, n) || len(s.Subnets) != len(n.Subnets) {
		return n, exists(e)
	}
	for _, subnet := range s.Subnets {
		subnet.Router = s.Router
		if ok, err := t.sameSubnet(n, subnet); err != nil || !ok {
			return n, cmp.Or(err, exists(e))
		}
	}
	return n, nil
}
