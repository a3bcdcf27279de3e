package network

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/ipam"
)

// reference is what virtual routers have to do with, in plain maps: the slow,
// obvious form of their rules. Each of its methods changes it, and answers the
// kinds of error that the call may be refused with instead; none where it must
// be made.
type reference struct {
	networks map[string]bool
	subnets  map[string]Subnet
	ports    map[string]Port // one address each
	routers  map[string]Router
	ifaces   map[string]RouterInterface
}

func newReference() *reference {
	return &reference{map[string]bool{}, map[string]Subnet{}, map[string]Port{}, map[string]Router{}, map[string]RouterInterface{}}
}

func (r *reference) clone() *reference {
	return &reference{maps.Clone(r.networks), maps.Clone(r.subnets), maps.Clone(r.ports), maps.Clone(r.routers), maps.Clone(r.ifaces)}
}

// refusals collects the kinds of error.
type refusals []error

func (all *refusals) when(broken bool, kind error) {
	if broken {
		*all = append(*all, kind)
	}
}

func usableIn(p netip.Prefix, a netip.Addr) bool { return (ipam.Pool{Prefix: p}).Check(a) == nil }

// own is the address that a router has on an interface.
func (r *reference) own(i RouterInterface) netip.Addr {
	if i.Address.IsValid() {
		return i.Address
	}
	return r.subnets[i.Subnet].Gateway
}

// of are the interfaces of a router.
func (r *reference) of(router string) (all []RouterInterface) {
	for _, i := range r.ifaces {
		if i.Router == router {
			all = append(all, i)
		}
	}
	return all
}

// inRouter is the interface of a subnet, if it has one.
func (r *reference) inRouter(subnet string) (RouterInterface, bool) {
	for _, i := range r.ifaces {
		if i.Subnet == subnet {
			return i, true
		}
	}
	return RouterInterface{}, false
}

// taken tells who has an address of a subnet, beside the gateway.
func (r *reference) taken(subnet string, a netip.Addr) bool {
	for _, p := range r.ports {
		if p.Addresses[0] == (Address{subnet, a}) {
			return true
		}
	}
	for _, i := range r.ifaces {
		if i.Subnet == subnet && i.Address == a {
			return true
		}
	}
	return false
}

// beside tells whether a route goes beside an interface.
func (r *reference) beside(route Route, i RouterInterface) bool {
	p := r.subnets[i.Subnet].Prefix
	return route.Destination != p && (!p.Contains(route.NextHop) || usableIn(p, route.NextHop) && route.NextHop != r.own(i))
}

func (r *reference) badRoutes(routes []Route) (all refusals) {
	seen := map[netip.Prefix]bool{}
	for _, x := range routes {
		all.when(x.Destination.Addr().Is4() != x.NextHop.Is4() || x.NextHop.IsUnspecified() || seen[x.Destination], ErrInvalid)
		seen[x.Destination] = true
	}
	return all
}

func (r *reference) createRouter(x Router) refusals {
	all := r.badRoutes(x.Routes)
	_, exists := r.routers[x.ID]
	all.when(exists, ErrExists)
	r.routers[x.ID] = x
	return all
}

func (r *reference) updateRouter(id string, routes []Route) refusals {
	all := r.badRoutes(routes)
	old, found := r.routers[id]
	all.when(!found, ErrNotFound)
	interfaces := r.of(id)
	for _, x := range routes {
		if slices.Contains(old.Routes, x) || len(interfaces) == 0 {
			continue
		}
		on := func(i RouterInterface) bool { return r.subnets[i.Subnet].Prefix.Contains(x.NextHop) }
		all.when(!slices.ContainsFunc(interfaces, on), ErrInvalid)
		for _, i := range interfaces {
			all.when(!r.beside(x, i), ErrInvalid)
		}
	}
	r.routers[id] = Router{ID: id, Routes: routes}
	return all
}

func (r *reference) deleteRouter(id string) (all refusals) {
	_, found := r.routers[id]
	all.when(!found, ErrNotFound)
	all.when(len(r.of(id)) > 0, ErrInUse)
	delete(r.routers, id)
	return all
}

func (r *reference) createInterface(i RouterInterface) (all refusals) {
	s, isSubnet := r.subnets[i.Subnet]
	router, isRouter := r.routers[i.Router]
	_, exists := r.ifaces[i.ID]
	other, connected := r.inRouter(i.Subnet)
	all.when(!isSubnet || !isRouter, ErrNotFound)
	all.when(exists || connected && other.Router == i.Router, ErrExists)
	all.when(connected && other.Router != i.Router, ErrInUse)
	if len(all) > 0 {
		return all
	}
	i.Network = s.Network
	switch i.Address {
	case s.Gateway:
		i.Address = netip.Addr{}
		all.when(!s.Gateway.IsValid(), ErrInvalid)
	case netip.Addr{}:
	default:
		all.when(!usableIn(s.Prefix, i.Address), ErrInvalid)
		all.when(r.taken(s.ID, i.Address), ErrInUse)
	}
	all.when(s.External, ErrInvalid)
	for _, other := range r.of(i.Router) {
		all.when(r.subnets[other.Subnet].Prefix.Overlaps(s.Prefix), ErrInvalid)
	}
	for _, x := range router.Routes {
		all.when(!r.beside(x, i), ErrInvalid)
	}
	r.ifaces[i.ID] = i
	return all
}

func (r *reference) deleteInterface(id string) (all refusals) {
	i, found := r.ifaces[id]
	all.when(!found, ErrNotFound)
	for _, x := range r.routers[i.Router].Routes {
		all.when(r.subnets[i.Subnet].Prefix.Contains(x.NextHop), ErrInUse)
	}
	delete(r.ifaces, id)
	return all
}

func (r *reference) createNetwork(x Spec) (all refusals) {
	all.when(r.networks[x.Network.ID], ErrExists)
	r.networks[x.Network.ID] = true
	for _, s := range x.Subnets {
		s.Network = x.Network.ID
		all = append(all, r.createSubnet(s)...)
	}
	for _, s := range x.Subnets {
		if x.Router != "" && len(all) == 0 {
			all = append(all, r.createInterface(RouterInterface{ID: s.ID, Router: x.Router, Subnet: s.ID})...)
		}
	}
	return all
}

func (r *reference) createSubnet(s Subnet) (all refusals) {
	_, exists := r.subnets[s.ID]
	all.when(exists, ErrExists)
	all.when(!r.networks[s.Network], ErrNotFound)
	all.when(s.Gateway.IsValid() && !usableIn(s.Prefix, s.Gateway), ErrInvalid)
	for _, other := range r.subnets {
		all.when(other.Network == s.Network && other.Prefix.Overlaps(s.Prefix), ErrInvalid)
	}
	r.subnets[s.ID] = s
	return all
}

func (r *reference) setGateway(id string, a netip.Addr) (all refusals) {
	s, found := r.subnets[id]
	all.when(!found, ErrNotFound)
	all.when(a.IsValid() && !usableIn(s.Prefix, a), ErrInvalid)
	all.when(a.IsValid() && r.taken(id, a), ErrInUse)
	s.Gateway = a
	r.subnets[id] = s
	if i, connected := r.inRouter(id); connected && !i.Address.IsValid() {
		all.when(!a.IsValid(), ErrInUse)
		for _, x := range r.routers[i.Router].Routes {
			all.when(!r.beside(x, i), ErrInvalid)
		}
	}
	return all
}

func (r *reference) deleteSubnet(id string) (all refusals) {
	_, found := r.subnets[id]
	_, connected := r.inRouter(id)
	all.when(!found, ErrNotFound)
	all.when(connected, ErrInUse)
	for _, p := range r.ports {
		all.when(p.Addresses[0].Subnet == id, ErrInUse)
	}
	delete(r.subnets, id)
	return all
}

func (r *reference) deleteNetwork(id string) (all refusals) {
	all.when(!r.networks[id], ErrNotFound)
	for _, p := range r.ports {
		all.when(p.Network == id, ErrInUse)
	}
	for _, s := range r.subnets {
		if s.Network != id {
			continue
		}
		if i, connected := r.inRouter(s.ID); connected {
			all = append(all, r.deleteInterface(i.ID)...)
		}
		all = append(all, r.deleteSubnet(s.ID)...)
	}
	delete(r.networks, id)
	return all
}

func (r *reference) createPort(p Port) (all refusals) {
	_, exists := r.ports[p.ID]
	all.when(exists, ErrExists)
	all.when(!r.networks[p.Network], ErrNotFound)
	s, found := r.subnets[p.Addresses[0].Subnet]
	a := p.Addresses[0].Address
	all.when(!found || s.Network != p.Network || a == s.Gateway || found && !usableIn(s.Prefix, a), ErrInvalid)
	all.when(r.taken(s.ID, a), ErrInUse)
	r.ports[p.ID] = p
	return all
}

func (r *reference) deletePort(id string) (all refusals) {
	_, found := r.ports[id]
	all.when(!found, ErrNotFound)
	delete(r.ports, id)
	return all
}
