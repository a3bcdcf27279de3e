package dockerdriver

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/network"
)

// place gives the options of a subnet to the subnets that Docker made: an
// address goes to the subnet that contains it, a route to the subnet of its
// next hop, disablegateway to all, and the rest to the first IPv4 subnet, or
// the first of all.
func (o options) place(subnets []network.Subnet) error {
	if len(subnets) == 0 {
		switch {
		case o.hasSubnet:
			return errors.New("-o subnet:…: the network has no subnet, leave these options out or use --ipam-driver vlcp")
		case o.router != "":
			return errors.New("-o router: the network has no subnet, leave this option out or use --ipam-driver vlcp")
		}
		return nil
	}
	first := max(slices.IndexFunc(subnets, func(s network.Subnet) bool { return s.Prefix.Addr().Is4() }), 0)
	subnets[first].External = o.subnet.External
	subnets[first].DHCP = o.subnet.DHCP
	subnets[first].Meta = o.subnet.Meta
	for i := range subnets {
		subnets[i].DisableGateway = o.subnet.DisableGateway || o.internal
	}
	for _, r := range o.subnet.HostRoutes {
		s, err := subnetOfRoute(subnets, r)
		if err != nil {
			return err
		}
		s.HostRoutes = append(s.HostRoutes, r)
	}
	return o.placeAddresses(subnets)
}

func (o options) placeAddresses(subnets []network.Subnet) error {
	for _, p := range []struct {
		name    string
		address netip.Addr
		set     func(*network.Subnet, netip.Addr)
	}{
		{"allocated_start", o.subnet.Start, func(s *network.Subnet, a netip.Addr) { s.Start = a }},
		{"allocated_end", o.subnet.End, func(s *network.Subnet, a netip.Addr) { s.End = a }},
		{"gateway", o.subnet.Gateway, func(s *network.Subnet, a netip.Addr) { s.Gateway, s.AutoGateway = a, false }},
	} {
		if !p.address.IsValid() {
			continue
		}
		s := subnetOf(subnets, p.address)
		if s == nil {
			return fmt.Errorf("-o subnet:%s: %s is in none of the network's subnets (%s)", p.name, p.address, prefixes(subnets))
		}
		p.set(s, p.address)
	}
	return nil
}

// subnetOfRoute is the subnet of a route's next hop; of one that is on-link,
// the first subnet of its family.
func subnetOfRoute(subnets []network.Subnet, r network.Route) (*network.Subnet, error) {
	if !r.NextHop.IsUnspecified() {
		if s := subnetOf(subnets, r.NextHop); s != nil {
			return s, nil
		}
		return nil, fmt.Errorf("-o subnet:host_routes: the next hop %s of %s is in none of the network's subnets (%s)", r.NextHop, r.Destination, prefixes(subnets))
	}
	for i := range subnets {
		if subnets[i].Prefix.Addr().Is4() == r.NextHop.Is4() {
			return &subnets[i], nil
		}
	}
	return nil, fmt.Errorf("-o subnet:host_routes: the network has no subnet of the family of %s", r.Destination)
}

// subnetOf is the subnet that contains an address; nil if none does.
func subnetOf(subnets []network.Subnet, a netip.Addr) *network.Subnet {
	i := slices.IndexFunc(subnets, func(s network.Subnet) bool { return s.Prefix.Contains(a) })
	if i < 0 {
		return nil
	}
	return &subnets[i]
}

func prefixes(subnets []network.Subnet) string {
	var all []string
	for _, s := range subnets {
		all = append(all, s.Prefix.String())
	}
	return strings.Join(all, ", ")
}
