package network

import (
	"context"
	"slices"
	"strconv"

	"github.com/vlcp-go/vlcp/kvstore"
)

// check refuses a physical network that breaks a rule.
func (p Physical) check() error {
	if err := checkID(p.ID); err != nil {
		return err
	}
	if err := p.Type.check(); err != nil {
		return err
	}
	if err := checkRanges(p.Type, p.Ranges); err != nil {
		return err
	}
	return checkMeta(p.Meta, physicalNames)
}

func physicalID(p Physical) string { return p.ID }

// CreatePhysicals creates physical networks. ErrExists, ErrInvalid.
func (m *Model) CreatePhysicals(ctx context.Context, ps ...Physical) ([]Physical, error) {
	c := creating(KindPhysical, len(ps))
	ps = slices.Clone(ps)
	err := each(c, ps, physicalID, func(p *Physical) error {
		p.ID, p.Auto, p.Deleting = c.idOr(p.ID), false, false
		return p.check()
	})
	if err == nil {
		err = c.distinct(project(ps, physicalID))
	}
	if err == nil {
		err = m.create(ctx, c, m.DeletePhysicals, func(t *txn) error {
			return each(c, ps, physicalID, t.createPhysical)
		})
	}
	if err != nil {
		return nil, err
	}
	return ps, nil
}

func (t *txn) createPhysical(p *Physical) error {
	mine, err := t.vacant(physicalKey(p.ID))
	if mine || err != nil {
		return err
	}
	return kvstore.Save(t.Tx, physicalKey(p.ID), p)
}

// UpdatePhysicals changes physical networks. ID and Type are fixed; ranges must
// go on containing every segment id in use. ErrNotFound, ErrInvalid, ErrInUse.
func (m *Model) UpdatePhysicals(ctx context.Context, changes ...Change[Physical]) ([]Physical, error) {
	return m.physicalResize(len(changes)).update(ctx, m, changes)
}

func (m *Model) physicalResize(size int) resize[Physical] {
	return resize[Physical]{
		call:    call{verb: "update", kind: KindPhysical, size: size},
		key:     func(_ *txn, id string) (string, error) { return physicalKey(id), nil },
		check:   checkPhysicalUpdate,
		shrinks: func(old, p Physical) bool { return !slices.Equal(overlap(old.Ranges, p.Ranges), old.Ranges) },
		inUse:   m.checkSegments,
		others:  func(now Physical, p *Physical) { p.Deleting = now.Deleting },
		save:    func(t *txn, key string, p *Physical) error { return kvstore.Save(t.Tx, key, p) },
	}
}

func checkPhysicalUpdate(old Physical, p *Physical) error {
	switch {
	case p.ID != old.ID:
		return invalidf("the id can't be changed")
	case p.Type != old.Type:
		return invalidf("physical network type can't be changed")
	}
	p.Auto, p.Deleting = old.Auto, old.Deleting
	return p.check()
}

// checkSegments refuses ranges that leave out a segment id in use.
func (m *Model) checkSegments(ctx context.Context, p Physical) error {
	if p.Type.maxSegment() == 0 {
		return nil
	}
	used, err := m.segmentsInUse(ctx, p.ID)
	if err != nil {
		return err
	}
	for n := range used {
		if !inRanges(p.Ranges, n) {
			return faultf(ErrInUse, "allocated %s %d not in new %s range: %s", p.Type.segmentName(), n, p.Type.segmentName(), rangesText(p.Ranges))
		}
	}
	return nil
}

// segmentsInUse lists the claimed segment ids of a physical network.
func (m *Model) segmentsInUse(ctx context.Context, id string) (map[uint32]bool, error) {
	names, err := m.names(ctx, kvstore.Prefix("phys", id, "segment"))
	used := make(map[uint32]bool, len(names))
	for _, name := range names {
		if n, err := strconv.ParseUint(name, 10, 32); err == nil {
			used[uint32(n)] = true
		}
	}
	return used, err
}

// DeletePhysicals deletes physical networks. ErrNotFound; ErrInUse while one
// has logical networks or physical ports.
func (m *Model) DeletePhysicals(ctx context.Context, ids ...string) error {
	return m.physicalDeletion(m.childrenOfPhysical, ids...).run(ctx, m)
}

func (m *Model) physicalDeletion(children func(context.Context, string) error, ids ...string) deletion {
	return deletion{
		call: call{verb: "delete", kind: KindPhysical, size: len(ids)},
		ids:  ids,
		key:  func(_ *txn, id string) (string, error) { return physicalKey(id), nil },
		mark: func(t *txn, id, key string, to bool) error {
			return mark(t, KindPhysical, key, id, func(p *Physical) *bool { return &p.Deleting }, to)
		},
		children: children,
		remove: func(t *txn, id string) error {
			t.Delete(physicalKey(id))
			return nil
		},
	}
}

func (m *Model) childrenOfPhysical(ctx context.Context, id string) error {
	networks, err := m.names(ctx, kvstore.Prefix("phys", id, "net"))
	if err != nil {
		return err
	}
	if len(networks) > 0 {
		return faultf(ErrInUse, "must delete all logical networks of this physical network first: %s", some(networks))
	}
	ports, err := m.names(ctx, kvstore.Prefix("phys", id, "port"))
	if err == nil && len(ports) > 0 {
		err = faultf(ErrInUse, "must delete all physical ports of this physical network first: %s", some(ports))
	}
	return err
}
