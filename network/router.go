package network

import (
	"context"
	"crypto/sha256"
	"maps"
	"net"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Router is a virtual router. It is nowhere in particular: the switch of every
// host forwards for it, between the subnets of its interfaces.
type Router struct {
	ID         string                  `json:"id"`
	Routes     []Route                 `json:"routes,omitempty"`     // static, destinations distinct; a next hop that is in no interface's prefix yet waits for one
	Interfaces map[string]netip.Prefix `json:"interfaces,omitempty"` // id to the subnet's prefix; they do not overlap
	Meta       map[string]any          `json:"-"`
}

// MAC is the MAC that a router has on all of its interfaces, on every host: 02
// and the first five bytes of sha256("router", 0, id).
func (r Router) MAC() net.HardwareAddr {
	sum := sha256.Sum256([]byte("router\x00" + r.ID))
	return append(net.HardwareAddr{0x02}, sum[:5]...)
}

// check refuses what is wrong with a virtual router whatever else there is, and
// clears the host bits of destinations.
func (r *Router) check() error {
	if err := checkID(r.ID); err != nil {
		return err
	}
	if err := r.checkRoutes(); err != nil {
		return err
	}
	return checkMeta(r.Meta, routerNames)
}

func routerID(r Router) string { return r.ID }

// CreateRouters creates virtual routers, without interfaces. ErrExists,
// ErrInvalid.
func (m *Model) CreateRouters(ctx context.Context, routers ...Router) ([]Router, error) {
	c := creating(KindRouter, len(routers))
	routers = slices.Clone(routers)
	err := each(c, routers, routerID, func(r *Router) error {
		r.ID, r.Interfaces = c.idOr(r.ID), nil
		return r.check()
	})
	if err == nil {
		err = c.distinct(project(routers, routerID))
	}
	if err == nil {
		err = m.update(ctx, c, func(t *txn) error { return each(c, routers, routerID, t.createRouter) })
	}
	if err != nil {
		return nil, err
	}
	return routers, nil
}

func (t *txn) createRouter(r *Router) error {
	mine, err := t.vacant(routerKey(r.ID))
	if mine || err != nil {
		return err
	}
	return kvstore.Save(t.Tx, routerKey(r.ID), r)
}

// UpdateRouters changes virtual routers. ID and Interfaces are fixed. The next
// hop of a new route must be in the prefix of an interface, once there is any.
// ErrNotFound, ErrInvalid.
func (m *Model) UpdateRouters(ctx context.Context, changes ...Change[Router]) ([]Router, error) {
	c := call{verb: "update", kind: KindRouter, size: len(changes)}
	all := asChanged(changes)
	err := c.distinct(project(changes, Change[Router].id))
	if err == nil {
		err = m.update(ctx, c, func(t *txn) error { return each(c, all, changed[Router].id, t.updateRouter) })
	}
	if err != nil {
		return nil, err
	}
	return results(all), nil
}

func (t *txn) updateRouter(r *changed[Router]) error {
	if err := r.load(t, KindRouter, routerKey(r.ID)); err != nil || r.done {
		return err
	}
	switch {
	case r.v.ID != r.old.ID:
		return invalidf("the id can't be changed")
	case !maps.Equal(r.v.Interfaces, r.old.Interfaces):
		return invalidf("create and delete router interfaces instead of changing the list of them")
	}
	if err := r.v.check(); err != nil {
		return err
	}
	if err := t.checkNewRoutes(r.old, r.v); err != nil {
		return err
	}
	return r.save(t)
}

// DeleteRouters deletes virtual routers. ErrNotFound; ErrInUse while one has
// interfaces.
func (m *Model) DeleteRouters(ctx context.Context, ids ...string) error {
	c := call{verb: "delete", kind: KindRouter, size: len(ids)}
	if err := c.distinct(ids); err != nil {
		return err
	}
	return m.update(ctx, c, func(t *txn) error { return each(c, ids, itself, t.deleteRouter) })
}

func (t *txn) deleteRouter(id *string) error {
	if e, err := t.Get(routerKey(*id)); err != nil || t.mine(e) {
		return err
	}
	r, err := load[Router](t, KindRouter, routerKey(*id), *id)
	if err != nil {
		return err
	}
	if len(r.Interfaces) > 0 {
		return faultf(ErrInUse, "there are still interfaces in this virtual router, delete them first: %s", some(slices.Sorted(maps.Keys(r.Interfaces))))
	}
	t.Delete(routerKey(*id))
	return nil
}
