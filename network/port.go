package network

import (
	"cmp"
	"context"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// CreatePorts creates logical ports. An Address of which only the address is
// given is in the subnet that contains it; one without an address gets the first
// free one of its subnet, or of the network's first subnet of a family that the
// port has no address of. A port without a MAC gets one. A port that exists with
// the same content and the same Owner is no error, wherever it is plugged in by
// now. ErrExists, ErrInvalid; ErrInUse for an address or MAC that another has;
// ErrExhausted; ErrNotFound or ErrDeleting for the logical network or a subnet.
func (m *Model) CreatePorts(ctx context.Context, ports ...Port) ([]Port, error) {
	c := creating(KindPort, len(ports))
	ports = slices.Clone(ports)
	err := each(c, ports, portID, func(p *Port) error {
		p.ID = c.idOr(p.ID)
		return p.check()
	})
	if err == nil {
		err = c.distinct(project(ports, portID))
	}
	if err != nil {
		return nil, err
	}
	seats := newSeats(m, c)
	err = m.update(ctx, c, func(t *txn) error { return seats.create(ctx, t, ports) })
	seats.end(err)
	if err != nil {
		return nil, err
	}
	return seats.ports(), nil
}

func portID(p Port) string { return p.ID }

// check refuses what is wrong with a port whatever else there is, and brings
// MAC and prefixes into their usual form.
func (p *Port) check() (err error) {
	if err := checkID(p.ID); err != nil {
		return err
	}
	if p.Network == "" {
		return invalidf("the logical network is missing")
	}
	if p.MAC != "" {
		if p.MAC, err = normalMAC(p.MAC); err != nil {
			return err
		}
	}
	for _, a := range p.Addresses {
		if a.Address.IsValid() {
			if err := checkAddr("ip_address", a.Address); err != nil {
				return err
			}
		}
	}
	if err := p.checkAllowed(); err != nil {
		return err
	}
	if err := checkName("hostname", p.Hostname); err != nil {
		return err
	}
	if err := p.Owner.check(); err != nil {
		return err
	}
	if err := checkOptions(p.ExtraDHCPOptions); err != nil {
		return err
	}
	return checkMeta(p.Meta, portNames)
}

func (p *Port) checkAllowed() error {
	p.Allowed = slices.Clone(p.Allowed)
	for i, a := range p.Allowed {
		if err := checkPrefix("an entry of allowed_addresses", a); err != nil {
			return err
		}
		p.Allowed[i] = a.Masked()
	}
	return nil
}

// samePort makes p the port that exists already, if that is this transaction's
// own work, or what its owner asks for once more.
func (t *txn) samePort(network string, p *Port) error {
	e, err := t.Get(portKey(network, p.ID))
	if err != nil {
		return err
	}
	old, err := kvstore.Decode[Port](e)
	if err != nil {
		return err
	}
	want := *p
	want.MAC, want.Location = cmp.Or(want.MAC, old.MAC), old.Location
	want.Addresses = slices.Clone(want.Addresses)
	for i := range min(len(want.Addresses), len(old.Addresses)) {
		fill(&want.Addresses[i], old.Addresses[i])
	}
	again := want.Owner != (Owner{}) && same(want, old)
	if !again && !t.mine(e) {
		return faultf(ErrExists, "it exists already, in logical network %q: choose another id", network)
	}
	*p = old
	return nil
}

func fill(a *Address, from Address) {
	a.Subnet = cmp.Or(a.Subnet, from.Subnet)
	if !a.Address.IsValid() {
		a.Address = from.Address
	}
}

// UpdatePorts changes logical ports. ID and Network are fixed, and [Model.Locate]
// alone changes Location. Addresses and MACs may be exchanged within one call.
// ErrNotFound, and what CreatePorts answers.
func (m *Model) UpdatePorts(ctx context.Context, changes ...Change[Port]) ([]Port, error) {
	c := call{verb: "update", kind: KindPort, size: len(changes)}
	if err := c.distinct(project(changes, Change[Port].id)); err != nil {
		return nil, err
	}
	seats := newSeats(m, c)
	all := asChanged(changes)
	err := m.update(ctx, c, func(t *txn) error { return seats.update(ctx, t, all) })
	seats.end(err)
	if err != nil {
		return nil, err
	}
	return results(all), nil
}

// DeletePorts deletes logical ports and frees what they hold. An address that
// was asked of the IPAM stays claimed there. ErrNotFound.
func (m *Model) DeletePorts(ctx context.Context, ids ...string) error {
	c := call{verb: "delete", kind: KindPort, size: len(ids)}
	if err := c.distinct(ids); err != nil {
		return err
	}
	return m.update(ctx, c, func(t *txn) error { return each(c, ids, itself, t.deletePort) })
}

func (t *txn) deletePort(id *string) error {
	if e, err := t.Get(portIndex(*id)); err != nil || t.mine(e) {
		return err
	}
	network, err := t.home(KindPort, portIndex(*id), *id)
	if err != nil {
		return err
	}
	p, err := load[Port](t, KindPort, portKey(network, *id), *id)
	if err != nil {
		return err
	}
	for _, a := range p.Addresses {
		if err := t.unhold(p, a); err != nil {
			return err
		}
	}
	t.Delete(macKey(network, p.MAC))
	t.Delete(portIndex(*id))
	t.Delete(portKey(network, *id))
	return nil
}
