package network

import "context"

// UpdateRouterInterfaces changes attributes of interfaces. All but Meta is
// fixed. ErrNotFound, ErrInvalid.
func (m *Model) UpdateRouterInterfaces(ctx context.Context, changes ...Change[RouterInterface]) ([]RouterInterface, error) {
	c := call{verb: "update", kind: KindInterface, size: len(changes)}
	all := asChanged(changes)
	err := c.distinct(project(changes, Change[RouterInterface].id))
	if err == nil {
		err = m.update(ctx, c, func(t *txn) error { return each(c, all, changed[RouterInterface].id, t.updateInterface) })
	}
	if err != nil {
		return nil, err
	}
	return results(all), nil
}

func (t *txn) updateInterface(i *changed[RouterInterface]) error {
	router, err := t.home(KindInterface, interfaceIndex(i.ID), i.ID)
	if err != nil {
		return err
	}
	if err := i.load(t, KindInterface, interfaceKey(router, i.ID)); err != nil || i.done {
		return err
	}
	fixed := i.v
	fixed.Meta = i.old.Meta
	if !same(fixed, i.old) {
		return invalidf("only other attributes of a router interface can be changed: delete it and create another one")
	}
	if err := i.v.check(); err != nil {
		return err
	}
	return i.save(t)
}

// DeleteRouterInterfaces disconnects subnets from their virtual routers, and
// frees the addresses of those interfaces. ErrNotFound; ErrInUse while a route
// goes through one.
func (m *Model) DeleteRouterInterfaces(ctx context.Context, ids ...string) error {
	c := call{verb: "delete", kind: KindInterface, size: len(ids)}
	if err := c.distinct(ids); err != nil {
		return err
	}
	return m.update(ctx, c, func(t *txn) error { return each(c, ids, itself, t.deleteInterface) })
}

func (t *txn) deleteInterface(id *string) error {
	if e, err := t.Get(interfaceIndex(*id)); err != nil || t.mine(e) {
		return err
	}
	router, err := t.home(KindInterface, interfaceIndex(*id), *id)
	if err != nil {
		return err
	}
	i, err := load[RouterInterface](t, KindInterface, interfaceKey(router, *id), *id)
	if err != nil {
		return err
	}
	t.Delete(interfaceIndex(i.ID))
	t.Delete(interfaceKey(i.Router, i.ID))
	return t.disconnect(i)
}

// leaveRouter deletes the interface of a subnet, if it is in a virtual router.
func (t *txn) leaveRouter(network, id string) error {
	s, err := load[Subnet](t, KindSubnet, subnetKey(network, id), id)
	if err != nil || s.Router == "" {
		return err
	}
	link, err := t.Get(routerLink(id, s.Router))
	if err != nil {
		return err
	}
	own := string(link.Value)
	return t.deleteInterface(&own)
}
