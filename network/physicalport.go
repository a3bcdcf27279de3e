package network

import (
	"context"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/kvstore"
)

// wildcard stands for any system-id or bridge.
const wildcard = "%"

// separator is between the parts of a physical port's id.
const separator = "|"

// ID names a physical port in the cluster: vhost|systemid|bridge|name, with the
// defaults filled in.
func (p PhysicalPort) ID() string {
	p = p.withDefaults()
	return strings.Join([]string{p.VHost, p.SystemID, p.Bridge, p.Name}, separator)
}

func (p PhysicalPort) withDefaults() PhysicalPort {
	if p.SystemID == "" {
		p.SystemID = wildcard
	}
	if p.Bridge == "" {
		p.Bridge = wildcard
	}
	return p
}

// Matches tells whether the port of this name on a bridge is meant.
func (p PhysicalPort) Matches(vhost, systemID, bridge string) bool {
	p = p.withDefaults()
	return matches(p.VHost, vhost) && matches(p.SystemID, systemID) && matches(p.Bridge, bridge)
}

func matches(pattern, s string) bool { return pattern == wildcard || pattern == s }

func (p PhysicalPort) check() error {
	if p.Name == "" {
		return invalidf("the name of the port in Open vSwitch is missing")
	}
	for what, part := range map[string]string{"vhost": p.VHost, "systemid": p.SystemID, "bridge": p.Bridge} {
		if strings.Contains(part, separator) {
			return invalidf("%s %q has a %q", what, part, separator)
		}
	}
	if err := checkID(p.ID()); err != nil {
		return err
	}
	return checkMeta(p.Meta, physicalPortNames)
}

// CreatePhysicalPorts creates physical ports. ErrExists, ErrInvalid; ErrNotFound
// or ErrDeleting for the physical network.
func (m *Model) CreatePhysicalPorts(ctx context.Context, ps ...PhysicalPort) ([]PhysicalPort, error) {
	c := creating(KindPhysicalPort, len(ps))
	ps = slices.Clone(ps)
	err := each(c, ps, PhysicalPort.ID, func(p *PhysicalPort) error {
		*p = p.withDefaults()
		return p.check()
	})
	if err == nil {
		err = c.distinct(project(ps, PhysicalPort.ID))
	}
	if err == nil {
		err = m.update(ctx, c, func(t *txn) error { return each(c, ps, PhysicalPort.ID, t.createPhysicalPort) })
	}
	if err != nil {
		return nil, err
	}
	return ps, nil
}

func (t *txn) createPhysicalPort(p *PhysicalPort) error {
	network, err := t.openPhysical(p.Network)
	if err != nil {
		return err
	}
	if network.Type == Local {
		return invalidf("a physical network with type=local cannot have physical ports")
	}
	key := physicalPortKey(p.Network, p.ID())
	mine, err := t.vacant(key)
	if mine || err != nil {
		return err
	}
	other, err := t.claim(physicalPortIndex(p.ID()), p.Network)
	if err != nil {
		return err
	}
	if other != "" {
		return faultf(ErrExists, "it exists already, in physical network %q", other)
	}
	return kvstore.Save(t.Tx, key, p)
}

// openPhysical is a physical network that takes children.
func (t *txn) openPhysical(id string) (Physical, error) {
	p, err := load[Physical](t, KindPhysical, physicalKey(id), id)
	if err == nil && p.Deleting {
		err = closed(KindPhysical, id)
	}
	return p, err
}

// UpdatePhysicalPorts changes the attributes of physical ports, named by
// PhysicalPort.ID. Everything but Meta is fixed. ErrNotFound, ErrInvalid.
func (m *Model) UpdatePhysicalPorts(ctx context.Context, changes ...Change[PhysicalPort]) ([]PhysicalPort, error) {
	c := call{verb: "update", kind: KindPhysicalPort, size: len(changes)}
	if err := c.distinct(project(changes, Change[PhysicalPort].id)); err != nil {
		return nil, err
	}
	all := asChanged(changes)
	err := m.update(ctx, c, func(t *txn) error {
		return each(c, all, changed[PhysicalPort].id, t.changePhysicalPort)
	})
	if err != nil {
		return nil, err
	}
	return results(all), nil
}

func (t *txn) changePhysicalPort(p *changed[PhysicalPort]) error {
	network, err := t.home(KindPhysicalPort, physicalPortIndex(p.ID), p.ID)
	if err != nil {
		return err
	}
	if err := p.load(t, KindPhysicalPort, physicalPortKey(network, p.ID)); err != nil || p.done {
		return err
	}
	switch {
	case p.v.Network != p.old.Network:
		return invalidf("physical network cannot be changed")
	case p.v.ID() != p.ID:
		return invalidf("vhost, systemid, bridge and name cannot be changed")
	}
	if err := p.v.check(); err != nil {
		return err
	}
	return p.save(t)
}

// DeletePhysicalPorts deletes physical ports, named by PhysicalPort.ID.
// ErrNotFound.
func (m *Model) DeletePhysicalPorts(ctx context.Context, ids ...string) error {
	c := call{verb: "delete", kind: KindPhysicalPort, size: len(ids)}
	return m.update(ctx, c, func(t *txn) error {
		return each(c, ids, itself, func(id *string) error {
			if e, err := t.Get(physicalPortIndex(*id)); err != nil || t.mine(e) {
				return err
			}
			network, err := t.home(KindPhysicalPort, physicalPortIndex(*id), *id)
			if err != nil {
				return err
			}
			t.Delete(physicalPortKey(network, *id))
			t.Delete(physicalPortIndex(*id))
			return nil
		})
	})
}

func itself(id string) string { return id }
