package network

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// audit compares what the store holds with the rules, read object by object: no
// claim without its object, no object without its claims, nothing twice. It is
// the slow, obvious form of the invariants that the transactions keep.
func audit(t *testing.T, m *Model) {
	t.Helper()
	ctx := context.Background()
	want := map[string]string{} // claims and indices, by key
	claim := func(key, id string) {
		if other, twice := want[key]; twice {
			t.Errorf("%s belongs to %q and to %q", key, other, id)
		}
		want[key] = id
	}
	physicals := map[string]Physical{}
	for _, p := range must[[]Physical](t)(m.Physicals(ctx)) {
		physicals[p.ID] = p
	}
	for _, p := range must[[]PhysicalPort](t)(m.PhysicalPorts(ctx)) {
		claim(physicalPortIndex(p.ID()), p.Network)
	}
	for _, n := range must[[]Network](t)(m.Networks(ctx)) {
		p := physicals[n.Physical]
		if p.Type != n.Type || p.Type.maxSegment() > 0 && !inRanges(p.Ranges, n.Segment) {
			t.Errorf("network %+v does not fit %+v", n, p)
		}
		claim(numberKey(n.Number), n.ID)
		claim(memberKey(n.Physical, n.ID), "")
		if n.Type != Local {
			claim(segmentKey(n.Physical, n.Segment), n.ID)
		}
		auditNetwork(t, m, n, claim)
	}
	auditRouters(t, m, claim)
	for key, value := range snapshot(t, m.store) {
		parts := strings.Split(key, "/")
		isClaim := slices.Contains([]string{"number", "subnet", "port", "physport", "interface"}, parts[0]) ||
			len(parts) > 3 && slices.Contains([]string{"net", "segment", "mac"}, parts[2])
		if owner, ok := want[key]; isClaim && (!ok || owner != value) {
			t.Errorf("claim %s of %q, want %q", key, value, owner)
		}
		delete(want, key)
	}
	if len(want) > 0 {
		t.Errorf("claims that are missing: %v", want)
	}
}

func auditNetwork(t *testing.T, m *Model, n Network, claim func(key, id string)) {
	t.Helper()
	ctx := context.Background()
	holders := map[string]string{} // by subnet and address
	routers := map[string]string{} // the interfaces that hold addresses, likewise
	subnets := map[string]Subnet{}
	for _, s := range must[[]Subnet](t)(m.Subnets(ctx, n.ID)) {
		subnets[s.ID] = s
		claim(subnetIndex(s.ID), n.ID)
		claims, err := m.allocator.Claims(ctx, s.Pool)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range claims {
			switch {
			case c.Router:
				routers[fmt.Sprint(s.ID, c.Address)] = c.Holder
			case c.Holder != "" && c.Address != s.Gateway:
				holders[fmt.Sprint(s.ID, c.Address)] = c.Holder
			}
		}
	}
	prefixes := map[string]netip.Prefix{}
	for id, s := range subnets {
		for other, p := range prefixes {
			if p.Overlaps(s.Prefix) {
				t.Errorf("subnet %s overlaps %s", id, other)
			}
		}
		prefixes[id] = s.Prefix
	}
	if fmt.Sprint(prefixes) != fmt.Sprint(n.Subnets) && len(prefixes)+len(n.Subnets) > 0 {
		t.Errorf("network %s lists subnets %v, and has %v", n.ID, n.Subnets, prefixes)
	}
	for _, p := range must[[]Port](t)(m.Ports(ctx, n.ID)) {
		claim(portIndex(p.ID), n.ID)
		claim(macKey(n.ID, p.MAC), p.ID)
		for _, a := range p.Addresses {
			if err := subnets[a.Subnet].checkAddress(a.Address); err != nil {
				t.Errorf("port %s: %v", p.ID, err)
			}
			key := fmt.Sprint(a.Subnet, a.Address)
			if holders[key] != p.ID {
				t.Errorf("address %s of port %s is held by %q", a.Address, p.ID, holders[key])
			}
			delete(holders, key)
		}
	}
	for _, i := range must[[]RouterInterface](t)(m.RouterInterfaces(ctx, "")) {
		if i.Network != n.ID {
			continue
		}
		if s := subnets[i.Subnet]; s.Router != i.Router || s.Deleting || n.Deleting || !i.Address.IsValid() && !s.Gateway.IsValid() {
			t.Errorf("interface %+v of subnet %+v in %+v", i, s, n)
		}
		key := fmt.Sprint(i.Subnet, i.Address)
		if i.Address.IsValid() && routers[key] != i.ID {
			t.Errorf("address %s of interface %s is held by %q", i.Address, i.ID, routers[key])
		}
		delete(routers, key)
	}
	if len(routers) > 0 {
		t.Errorf("addresses held without an interface: %v", routers)
	}
	if len(holders) > 0 {
		t.Errorf("addresses held without a port: %v", holders)
	}
}

// auditRouters compares each router with its interfaces and routes.
func auditRouters(t *testing.T, m *Model, claim func(key, id string)) {
	t.Helper()
	ctx := context.Background()
	connected := map[string]string{} // subnets
	for _, r := range must[[]Router](t)(m.Routers(ctx)) {
		prefixes := map[string]netip.Prefix{}
		own := map[netip.Addr]bool{}
		for _, i := range must[[]RouterInterface](t)(m.RouterInterfaces(ctx, r.ID)) {
			s := must[Subnet](t)(m.Subnet(ctx, i.Subnet))
			for other, p := range prefixes {
				if p.Overlaps(s.Prefix) {
					t.Errorf("router %s: %s overlaps %s", r.ID, i.ID, other)
				}
			}
			prefixes[i.ID], connected[s.ID] = s.Prefix, r.ID
			own[i.Address], own[s.Gateway] = true, own[s.Gateway] || !i.Address.IsValid()
			claim(interfaceIndex(i.ID), r.ID)
			claim(routerLink(s.ID, r.ID), i.ID)
		}
		if fmt.Sprint(prefixes) != fmt.Sprint(r.Interfaces) {
			t.Errorf("router %s lists interfaces %v, and has %v", r.ID, r.Interfaces, prefixes)
		}
		for _, route := range r.Routes {
			for id, p := range prefixes {
				if own[route.NextHop] || route.Destination == p {
					t.Errorf("router %s: route %v beside interface %s", r.ID, route, id)
				}
			}
		}
	}
	for _, s := range must[[]Subnet](t)(m.Subnets(ctx, "")) {
		if s.Router != connected[s.ID] {
			t.Errorf("subnet %s says that it is in router %q, and is in %q", s.ID, s.Router, connected[s.ID])
		}
	}
}
