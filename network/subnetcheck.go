package network

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/internal/inet"
	"github.com/vlcp-go/vlcp/ipam"
)

// prepare makes a subnet that was asked for one of this network.
func (s *Subnet) prepare(network string) error {
	s.Network, s.Deleting = network, false
	if s.Router != "" {
		return invalidf("router can't be set: create a router interface instead")
	}
	if s.ID != "" {
		if err := checkID(s.ID); err != nil {
			return err
		}
	}
	return s.check()
}

// check refuses what is wrong with a subnet whatever else there is, clears host
// bits, and fills in Start and End.
func (s *Subnet) check() error {
	if err := checkPrefix("cidr", s.Prefix); err != nil {
		return err
	}
	s.Prefix = s.Prefix.Masked()
	if err := s.checkGateway(); err != nil {
		return err
	}
	if err := s.checkRange(); err != nil {
		return err
	}
	if err := s.checkRoutes(); err != nil {
		return err
	}
	if err := s.DHCP.check(); err != nil {
		return err
	}
	return checkMeta(s.Meta, subnetNames)
}

func (s *Subnet) checkGateway() error {
	if !s.Gateway.IsValid() {
		return nil
	}
	if err := checkAddr("gateway", s.Gateway); err != nil {
		return err
	}
	if err := (ipam.Pool{Prefix: s.Prefix}).Check(s.Gateway); err != nil {
		return because(ErrInvalid, err, "gateway %s: %v", s.Gateway, err)
	}
	return nil
}

// checkRange checks Start and End; the pool refuses a range without a usable
// address.
func (s *Subnet) checkRange() error {
	first, last := usable(s.Prefix)
	if !s.Start.IsValid() {
		s.Start = first
	}
	if !s.End.IsValid() {
		s.End = last
	}
	for what, a := range map[string]netip.Addr{"allocated_start": s.Start, "allocated_end": s.End} {
		if !s.Prefix.Contains(a) {
			return invalidf("%s %s is not in cidr %s", what, a, s.Prefix)
		}
	}
	if s.End.Less(s.Start) {
		return invalidf("allocated_start %s is above allocated_end %s: no address is left", s.Start, s.End)
	}
	return nil
}

// usable is the first and the last address of a prefix that a host can have.
// Which those are, ipam knows.
func usable(p netip.Prefix) (first, last netip.Addr) {
	first, last = p.Addr(), inet.Last(p)
	pool := ipam.Pool{Prefix: p}
	if pool.Check(first) != nil {
		first = first.Next()
	}
	if pool.Check(last) != nil {
		last = last.Prev()
	}
	return first, last
}

// checkRoutes checks the static routes and clears the host bits of their
// destinations. A host can only have a route whose next hop it reaches without
// one: in the subnet, or in a destination that is on-link.
func (s *Subnet) checkRoutes() error {
	routes := make([]Route, len(s.HostRoutes))
	for i, r := range s.HostRoutes {
		if err := checkPrefix("the destination in host_routes", r.Destination); err != nil {
			return err
		}
		r.Destination = r.Destination.Masked()
		switch {
		case !r.NextHop.IsValid():
			return invalidf("host_routes: the route to %s has no next hop: give one, or 0.0.0.0 for on-link", r.Destination)
		case r.NextHop.Is4() != r.Destination.Addr().Is4():
			return invalidf("host_routes: the route to %s has a next hop of the other family, %s", r.Destination, r.NextHop)
		case r.Destination.Addr().Is4() != s.Prefix.Addr().Is4():
			return invalidf("host_routes: the route to %s is not of the family of cidr %s", r.Destination, s.Prefix)
		}
		routes[i] = r
	}
	for _, r := range routes {
		if !r.NextHop.IsUnspecified() && !s.onLink(routes, r.NextHop) {
			return invalidf("host_routes: next hop %s of the route to %s is not in cidr %s, nor in an on-link route", r.NextHop, r.Destination, s.Prefix)
		}
	}
	if len(routes) > 0 {
		s.HostRoutes = routes
	}
	return nil
}

func (s *Subnet) onLink(routes []Route, a netip.Addr) bool {
	for _, r := range routes {
		if r.NextHop.IsUnspecified() && r.Destination.Contains(a) {
			return true
		}
	}
	return s.Prefix.Contains(a)
}
