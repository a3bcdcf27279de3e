package network

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// seats gives ports their addresses and MACs, in one transaction.
type seats struct {
	call
	m      *Model
	all    []seat
	offers map[offer]netip.Addr // free addresses that were found; another run tries the same again
}

// seat is one port.
type seat struct {
	network Network
	old     Port  // as it was: what it has there it goes on holding
	p       *Port // as it will be
	done    bool  // nothing is left to do
}

// offer is what a free address is for: a port, or nothing, as a port names it.
type offer struct {
	port, pool string
	named      netip.Addr
}

func newSeats(m *Model, c call) *seats {
	return &seats{call: c, m: m, offers: map[offer]netip.Addr{}}
}

// create makes ports; those that exist already it leaves as they are.
func (s *seats) create(ctx context.Context, t *txn, ports []Port) error {
	s.all = make([]seat, len(ports))
	for i := range ports {
		p := ports[i]
		s.all[i].p = &p
	}
	if err := s.prefetch(t); err != nil {
		return err
	}
	err := each(s.call, s.all, seat.id, func(x *seat) error {
		e, err := t.Get(portIndex(x.p.ID))
		if err != nil {
			return err
		}
		if e.Revision != kvstore.Absent {
			x.done = true
			return t.samePort(string(e.Value), x.p)
		}
		x.network, err = t.openNetwork(x.p.Network)
		return err
	})
	if err == nil {
		err = s.lookAhead(t)
	}
	if err != nil {
		return err
	}
	return s.settle(ctx, t)
}

// prefetch reads in one go what create asks for first.
func (s *seats) prefetch(t *txn) error {
	var keys []string
	for _, x := range s.all {
		keys = append(keys, networkKey(x.p.Network), portIndex(x.p.ID))
	}
	_, err := t.GetAll(keys...)
	return err
}

// lookAhead reads in one go what settle asks for, as far as that is known: the
// subnets and the claims of the MACs.
func (s *seats) lookAhead(t *txn) error {
	var keys []string
	for _, x := range s.all {
		open := x.done
		for _, a := range x.p.Addresses {
			open = open || !a.Address.IsValid()
			if subnet := x.subnetOf(a); subnet != "" && !x.done {
				keys = append(keys, subnetKey(x.network.ID, subnet))
			}
		}
		if !open {
			keys = append(keys, macKey(x.network.ID, cmp.Or(x.p.MAC, deriveMAC(x.network.ID, *x.p, 0))))
		}
	}
	_, err := t.GetAll(keys...)
	return err
}

// update changes ports.
func (s *seats) update(ctx context.Context, t *txn, all []changed[Port]) error {
	s.all = make([]seat, len(all))
	for i := range all {
		if err := s.load(t, &all[i], &s.all[i]); err != nil {
			return s.fail(all[i].ID, err)
		}
	}
	return s.settle(ctx, t)
}

func (s *seats) load(t *txn, o *changed[Port], x *seat) error {
	network, err := t.home(KindPort, portIndex(o.ID), o.ID)
	if err != nil {
		return err
	}
	if err := o.load(t, KindPort, portKey(network, o.ID)); err != nil {
		return err
	}
	x.old, x.p, x.done = o.old, &o.v, o.done
	if x.done {
		return nil
	}
	if x.network, err = load[Network](t, KindNetwork, networkKey(network), network); err != nil {
		return err
	}
	switch {
	case o.v.ID != o.old.ID:
		return invalidf("the id can't be changed")
	case o.v.Network != o.old.Network:
		return invalidf("the logical network can't be changed")
	}
	o.v.Location = o.old.Location
	return o.v.check()
}

func (s *seats) ports() []Port { return project(s.all, func(x seat) Port { return *x.p }) }

// settle gives each port what it wants. What is free is chosen after all that
// is named, so that no port gets what another one of the call wants.
func (s *seats) settle(ctx context.Context, t *txn) error {
	for _, step := range []func(*seat) error{
		func(x *seat) error { return s.release(t, x) },
		func(x *seat) error { return s.holdNamed(t, x) },
		func(x *seat) error { return s.holdOpen(ctx, t, x) },
		func(x *seat) error { return x.claimMAC(t) },
		func(x *seat) error { return x.makeMAC(t) },
		func(x *seat) error { return x.save(t) },
	} {
		if err := each(s.call, s.all, seat.id, func(x *seat) error {
			if x.done {
				return nil
			}
			return step(x)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (x seat) id() string { return x.p.ID }

// release frees what a port had and does not want any more.
func (s *seats) release(t *txn, x *seat) error {
	if x.old.MAC != "" && x.old.MAC != x.p.MAC {
		t.Delete(macKey(x.network.ID, x.old.MAC))
	}
	for _, a := range x.old.Addresses {
		if x.p.has(a.Address) {
			continue
		}
		if err := t.unhold(x.old, a); err != nil {
			return err
		}
	}
	return nil
}

func (p Port) has(a netip.Addr) bool {
	return slices.ContainsFunc(p.Addresses, func(b Address) bool { return a == b.Address })
}

func (x *seat) save(t *txn) error {
	if x.old.ID == "" {
		t.Put(portIndex(x.p.ID), []byte(x.network.ID))
	}
	return kvstore.Save(t.Tx, portKey(x.network.ID, x.p.ID), *x.p)
}

// end gives back the addresses that were found in vain.
func (s *seats) end(err error) {
	if err == nil {
		return
	}
	for key, a := range s.offers {
		s.m.allocator.Unused(key.pool, a)
	}
}
