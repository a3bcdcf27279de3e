package network

import (
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/ipam"
)

// checkRoutes checks what can be checked of static routes without the
// interfaces, and clears the host bits of their destinations.
func (r *Router) checkRoutes() error {
	r.Routes = slices.Clone(r.Routes)
	seen := map[netip.Prefix]bool{}
	for i := range r.Routes {
		route := &r.Routes[i]
		if err := route.check(); err != nil {
			return err
		}
		if seen[route.Destination] {
			return invalidf("routes: there are two to %s: leave one", route.Destination)
		}
		seen[route.Destination] = true
	}
	return nil
}

// check refuses what can't be the route of a router.
func (r *Route) check() error {
	if err := checkPrefix("the destination in routes", r.Destination); err != nil {
		return err
	}
	r.Destination = r.Destination.Masked()
	if !forwarded(r.Destination) {
		return invalidf("routes: no router forwards to %s: leave out the route", r.Destination)
	}
	if !r.NextHop.IsValid() {
		return invalidf("routes: the route to %s has no next hop", r.Destination)
	}
	if err := checkAddr("routes: next hop", r.NextHop); err != nil {
		return err
	}
	if r.NextHop.Is4() != r.Destination.Addr().Is4() {
		return invalidf("routes: the route to %s has a next hop of the other family, %s", r.Destination, r.NextHop)
	}
	return nil
}

// forwarded tells whether routers forward to a prefix: not to groups, reserved
// and loopback addresses (RFC 1812, 5.3.7), nor to what is for one link only (RFC
// 3927, 7; RFC 4291, 2.5.6).
func forwarded(p netip.Prefix) bool {
	const reserved = 240 // and above, RFC 1112, 4
	a := p.Addr()
	return !a.IsMulticast() && !a.IsLinkLocalUnicast() && !a.IsLoopback() && (a.Is6() || a.As4()[0] < reserved)
}

// via is the interface whose prefix has the next hop of a route; "" if none has.
func (r Router) via(hop netip.Addr) string {
	for id, prefix := range r.Interfaces {
		if prefix.Contains(hop) {
			return id
		}
	}
	return ""
}

// checkNewRoutes refuses routes of r that old did not have and that its
// interfaces leave no way for. A router without interfaces is still being made.
func (t *txn) checkNewRoutes(old, r Router) error {
	for _, route := range r.Routes {
		if len(r.Interfaces) == 0 || slices.Contains(old.Routes, route) {
			continue
		}
		id := r.via(route.NextHop)
		if id == "" {
			return invalidf("routes: next hop %s of the route to %s is in no subnet of this virtual router: connect that first", route.NextHop, route.Destination)
		}
		own, err := t.ownAddress(r.ID, id)
		if err != nil {
			return err
		}
		for other, prefix := range r.Interfaces {
			if err := route.fits(prefix, other == id, own); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownAddress is the address that a router has on an interface.
func (t *txn) ownAddress(router, id string) (netip.Addr, error) {
	i, err := load[RouterInterface](t, KindInterface, interfaceKey(router, id), id)
	if err != nil || i.Address.IsValid() {
		return i.Address, err
	}
	s, err := load[Subnet](t, KindSubnet, subnetKey(i.Network, i.Subnet), i.Subnet)
	return s.Gateway, err
}

// fits refuses a route beside an interface with this prefix. Where the next hop
// is in it, the router has the address own there.
func (r Route) fits(prefix netip.Prefix, next bool, own netip.Addr) error {
	switch {
	case r.Destination == prefix:
		return invalidf("routes: %s is a subnet of this virtual router itself: leave out the route to it", prefix)
	case !next:
		return nil
	case r.NextHop == own:
		return invalidf("routes: next hop %s of the route to %s is this virtual router itself: name another", own, r.Destination)
	}
	if err := (ipam.Pool{Prefix: prefix}).Check(r.NextHop); err != nil {
		return because(ErrInvalid, err, "routes: next hop %s of the route to %s: %v", r.NextHop, r.Destination, err)
	}
	return nil
}

// fit checks all routes beside an interface, on which the router has the address
// own.
func (r Router) fit(prefix netip.Prefix, own netip.Addr) error {
	for _, route := range r.Routes {
		if err := route.fits(prefix, prefix.Contains(route.NextHop), own); err != nil {
			return err
		}
	}
	return nil
}
