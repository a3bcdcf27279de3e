package network

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
)

// connect enters an interface in its router and in its subnet. Both are written:
// so of two interfaces of one router that overlap one is refused, as of two
// routers that want one subnet, and neither object can be deleted.
func (t *txn) connect(host string, r *Router, i *RouterInterface) error {
	s, err := t.connectable(i.Subnet, r.ID)
	if err != nil {
		return err
	}
	for id, prefix := range r.Interfaces {
		if prefix.Overlaps(s.Prefix) {
			return invalidf("%s of subnet %q overlaps %s, which is that of router interface %q of the same virtual router", s.Prefix, s.ID, prefix, id)
		}
	}
	i.Network = s.Network
	own, err := t.holdOwn(host, s, i)
	if err != nil {
		return err
	}
	if err := r.fit(s.Prefix, own); err != nil {
		return err
	}
	if r.Interfaces == nil {
		r.Interfaces = map[string]netip.Prefix{}
	}
	r.Interfaces[i.ID], s.Router = s.Prefix, r.ID
	t.Put(routerLink(s.ID, r.ID), []byte(i.ID))
	if err := kvstore.Save(t.Tx, routerKey(r.ID), *r); err != nil {
		return err
	}
	if err := kvstore.Save(t.Tx, subnetKey(s.Network, s.ID), s); err != nil {
		return err
	}
	return kvstore.Save(t.Tx, interfaceKey(r.ID, i.ID), *i)
}

// connectable is a subnet that may get into a router.
func (t *txn) connectable(id, router string) (Subnet, error) {
	network, err := t.home(KindSubnet, subnetIndex(id), id)
	if err != nil {
		return Subnet{}, err
	}
	n, err := t.openNetwork(network)
	if err != nil {
		return Subnet{}, err
	}
	s, err := t.openSubnet(n, id)
	switch {
	case err != nil:
		return s, err
	case s.External:
		return s, invalidf("subnet %q is external (isexternal), and virtual routers do not forward to external networks yet: connect one that is not", id)
	case !forwarded(s.Prefix):
		return s, invalidf("no router forwards to %s, the cidr of subnet %q: connect another", s.Prefix, id)
	case s.Router == router:
		return s, faultf(ErrExists, "subnet %q is in virtual router %q already", id, router)
	case s.Router != "":
		return s, faultf(ErrInUse, "subnet %q is in virtual router %q: disconnect it there first", id, s.Router)
	}
	return s, nil
}

// holdOwn holds the address that the router has on an interface, and answers it.
// The gateway its subnet holds.
func (t *txn) holdOwn(host string, s Subnet, i *RouterInterface) (netip.Addr, error) {
	if i.Address == s.Gateway {
		i.Address = netip.Addr{}
	}
	if i.Address.IsValid() {
		if err := (ipam.Pool{Prefix: s.Prefix}).Check(i.Address); err != nil {
			return i.Address, because(ErrInvalid, err, "ip_address %s is not usable in subnet %q: %v", i.Address, s.ID, err)
		}
		return i.Address, ipam.HoldRouter(t.Tx, s.Pool, i.Address, i.ID, host)
	}
	if !s.Gateway.IsValid() {
		return s.Gateway, invalidf("subnet %q does not have a gateway: give the router interface an ip_address, or the subnet a gateway", s.ID)
	}
	return s.Gateway, nil
}

// disconnect takes an interface out of its router and its subnet.
func (t *txn) disconnect(i RouterInterface) error {
	r, err := load[Router](t, KindRouter, routerKey(i.Router), i.Router)
	if err != nil {
		return err
	}
	for _, route := range r.Routes {
		if r.via(route.NextHop) == i.ID {
			return faultf(ErrInUse, "route %s of virtual router %q goes through it, by %s: remove the route first", route.Destination, r.ID, route.NextHop)
		}
	}
	s, err := load[Subnet](t, KindSubnet, subnetKey(i.Network, i.Subnet), i.Subnet)
	if err != nil {
		return err
	}
	if i.Address.IsValid() {
		if err := ipam.UnholdRouter(t.Tx, s.Pool, i.Address, i.ID); err != nil {
			return err
		}
	}
	delete(r.Interfaces, i.ID)
	s.Router = ""
	t.Delete(routerLink(s.ID, r.ID))
	if err := kvstore.Save(t.Tx, routerKey(r.ID), r); err != nil {
		return err
	}
	return kvstore.Save(t.Tx, subnetKey(s.Network, s.ID), s)
}

// checkRouted refuses a subnet whose gateway does not suit the router that has
// it as its address.
func (t *txn) checkRouted(s Subnet) error {
	if s.Router == "" {
		return nil
	}
	e, err := t.Get(routerLink(s.ID, s.Router))
	if err != nil {
		return err
	}
	id := string(e.Value)
	i, err := load[RouterInterface](t, KindInterface, interfaceKey(s.Router, id), id)
	switch {
	case err != nil || i.Address.IsValid():
		return err
	case !s.Gateway.IsValid():
		return faultf(ErrInUse, "virtual router %q has the gateway as its address: disconnect the subnet there first, or name another gateway", s.Router)
	}
	r, err := load[Router](t, KindRouter, routerKey(s.Router), s.Router)
	if err == nil {
		err = r.fit(s.Prefix, s.Gateway)
	}
	return err
}

// checkUnrouted refuses to delete a subnet, by its key, that is in a router.
func (t *txn) checkUnrouted(id, key string) error {
	s, err := load[Subnet](t, KindSubnet, key, id)
	if err == nil && s.Router != "" {
		err = faultf(ErrInUse, "subnet %q is in virtual router %q: disconnect it there first", s.ID, s.Router)
	}
	return err
}
