package network

import (
	"context"
	"errors"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// standardPhysical is the physical network that the first logical network gets
// where there is none, and standardPort its way in: the VXLAN port that agents
// make. VNIs below 10000 are left to what is numbered by hand.
func standardPhysical() Physical {
	return Physical{ID: "vxlan", Type: VXLAN, Ranges: []Range{{10000, maxVNI}}, Default: true, Auto: true}
}

func standardPort() PhysicalPort {
	return PhysicalPort{Network: "vxlan", Name: "vxlan0"}.withDefaults()
}

// defaultPhysical is where a logical network goes that names no physical
// network: the one marked default, else the only one, else the standard one.
func (m *Model) defaultPhysical(ctx context.Context) (Physical, error) {
	// The list is at least as new as a current read before it.
	if _, err := m.store.Get(ctx, []string{physicalKey(standardPhysical().ID)}, true); err != nil {
		return Physical{}, err
	}
	all, err := list[Physical](ctx, m, PhysicalPrefix())
	if err != nil {
		return Physical{}, err
	}
	if len(all) == 0 {
		return standardPhysical(), nil
	}
	if marked := slices.DeleteFunc(slices.Clone(all), func(p Physical) bool { return !p.Default }); len(marked) > 0 {
		all = marked
	}
	if len(all) > 1 {
		return Physical{}, invalidf("name one of the physical networks (physicalnetwork=%s), or make one of them the default: %s", all[0].ID, some(project(all, physicalID)))
	}
	return all[0], nil
}

// openDefault is defaultPhysical in a transaction, which makes it where it is
// the standard one and missing.
func (t *txn) openDefault(p Physical) (Physical, error) {
	e, err := t.Get(physicalKey(p.ID))
	if err != nil {
		return p, err
	}
	switch {
	case e.Revision != kvstore.Absent:
		return t.openPhysical(p.ID)
	case !same(p, standardPhysical()): // it was listed a moment ago
		return p, closed(KindPhysical, p.ID)
	}
	port := standardPort()
	if err := t.createPhysical(&p); err != nil {
		return p, err
	}
	return p, t.createPhysicalPort(&port)
}

// DeleteUnusedDefault deletes the physical network that was made because a
// logical network named none, with its port, once it has no logical network
// any more. Otherwise, or where it was not made so, nothing changes.
func (m *Model) DeleteUnusedDefault(ctx context.Context) error {
	id := standardPhysical().ID
	if p, err := m.Physical(ctx, id); err != nil || !p.Auto {
		return known(err, ErrNotFound)
	}
	if err := m.isUnusedDefault(ctx, id); err != nil {
		return known(err, ErrInUse)
	}
	d := m.physicalDeletion(m.isUnusedDefault, id)
	d.remove = func(t *txn, id string) error {
		t.Delete(physicalPortKey(id, standardPort().ID()))
		t.Delete(physicalPortIndex(standardPort().ID()))
		t.Delete(physicalKey(id))
		return nil
	}
	return known(known(d.run(ctx, m), ErrInUse), ErrNotFound)
}

// isUnusedDefault refuses while there are logical networks, or ports that were
// added by hand.
func (m *Model) isUnusedDefault(ctx context.Context, id string) error {
	networks, err := m.names(ctx, kvstore.Prefix("phys", id, "net"))
	if err != nil {
		return err
	}
	ports, err := m.names(ctx, kvstore.Prefix("phys", id, "port"))
	if err != nil {
		return err
	}
	if len(networks) > 0 || !slices.Equal(ports, []string{standardPort().ID()}) {
		return ErrInUse
	}
	return nil
}

// known is nil for an error that is expected.
func known(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}
