package network

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
)

// newRouted makes router "r" and networks with the subnets that it may connect:
// "a" 10.0.0.0/24 with the gateway .1 and port "p" at .5, "b" 10.0.1.0/24 without
// one, "six" fd00::/64 with ::1, all of network "n"; "over" 10.0.0.0/16 of
// network "m", with .0.1, and the external "ext" 192.0.2.0/24.
func newRouted(t *testing.T, m *Model) {
	t.Helper()
	must[[]Network](t)(m.CreateNetworks(t.Context(),
		Spec{Network: Network{ID: "n"}, Subnets: []Subnet{
			{ID: "a", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1"), Start: addr("10.0.0.2"), End: addr("10.0.0.9")},
			{ID: "b", Prefix: prefix("10.0.1.0/24")},
			{ID: "six", Prefix: prefix("fd00::/64"), Gateway: addr("fd00::1")},
		}},
		Spec{Network: Network{ID: "m"}, Subnets: []Subnet{
			{ID: "over", Prefix: prefix("10.0.0.0/16"), Gateway: addr("10.0.0.1")},
			{ID: "ext", Prefix: prefix("192.0.2.0/24"), Gateway: addr("192.0.2.1"), External: true},
		}}))
	must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "p", Network: "n", Addresses: []Address{{Address: addr("10.0.0.5")}}}))
	must[[]Router](t)(m.CreateRouters(t.Context(), Router{ID: "r"}))
}

// connected is newRouted with interfaces "ra" of a and "rb" of b, with 10.0.1.254.
func connected(t *testing.T, m *Model) {
	t.Helper()
	newRouted(t, m)
	must[[]RouterInterface](t)(m.CreateRouterInterfaces(t.Context(),
		RouterInterface{ID: "ra", Router: "r", Subnet: "a"}, RouterInterface{ID: "rb", Router: "r", Subnet: "b", Address: addr("10.0.1.254")}))
}

// newRouterOfMany makes router "r" and subnets that it may connect, 172.16.0.0/24,
// 172.16.1.0/24 and so on, and answers their ids.
func newRouterOfMany(t *testing.T, m *Model, count int) (ids []string) {
	t.Helper()
	must[[]Router](t)(m.CreateRouters(t.Context(), Router{ID: "r"}))
	newNetwork(t, m, "many")
	for i := range count {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16, byte(i), 0}), 24)
		ids = append(ids, must[[]Subnet](t)(m.CreateSubnets(t.Context(), Subnet{Network: "many", Prefix: p}))[0].ID)
	}
	return ids
}

func route(destination, hop string) Route { return Route{prefix(destination), addr(hop)} }

func TestRouterRules(t *testing.T) {
	routes := func(all ...Route) Router { return Router{Routes: all} }
	tests := []struct {
		r    Router
		kind error
		want string // of the error, or the routes
	}{
		{Router{}, nil, "[]"},
		{routes(route("172.16.9.9/12", "10.0.0.2"), route("::/0", "fd00::2")), nil, "[{172.16.0.0/12 10.0.0.2} {::/0 fd00::2}]"},
		{routes(route("0.0.0.0/0", "10.0.0.2"), route("10.0.0.2/32", "10.0.0.3")), nil, "[{0.0.0.0/0 10.0.0.2} {10.0.0.2/32 10.0.0.3}]"},
		{Router{ID: "a\x00"}, ErrInvalid, "control"},
		{Router{ID: "r"}, ErrExists, "create virtual router r: it exists already"},
		{Router{Meta: map[string]any{"interfaces": 1}}, ErrInvalid, "has a meaning of its own"},
		{routes(Route{NextHop: addr("10.0.0.2")}), ErrInvalid, "the destination in routes is missing"},
		{routes(Route{Destination: prefix("10.0.0.0/8")}), ErrInvalid, "the route to 10.0.0.0/8 has no next hop"},
		{routes(route("::ffff:10.0.0.0/112", "10.0.0.2")), ErrInvalid, "write it as IPv4"},
		{routes(route("128.0.0.0/1", "10.0.0.2"), route("169.0.0.0/8", "10.0.0.2")), nil, "[{128.0.0.0/1 10.0.0.2} {169.0.0.0/8 10.0.0.2}]"},
		{routes(route("224.0.0.0/4", "10.0.0.2")), ErrInvalid, "routes: no router forwards to 224.0.0.0/4: leave out the route"},
		{routes(route("255.255.255.255/32", "10.0.0.2")), ErrInvalid, "no router forwards to 255.255.255.255/32"},
		{routes(route("169.254.7.0/24", "10.0.0.2")), ErrInvalid, "no router forwards to 169.254.7.0/24"},
		{routes(route("fe80::/10", "fd00::2")), ErrInvalid, "no router forwards to fe80::/10"},
		{routes(route("10.0.0.0/8", "fd00::2")), ErrInvalid, "has a next hop of the other family, fd00::2"},
		{routes(route("10.0.0.0/8", "0.0.0.0")), ErrInvalid, "routes: next hop 0.0.0.0 is not the address of a single host"},
		{routes(route("fd00::/8", "fe80::1%eth0")), ErrInvalid, "has a zone"},
		{routes(route("172.16.0.0/12", "10.0.0.2"), route("172.16.0.1/12", "10.0.0.3")), ErrInvalid, "there are two to 172.16.0.0/12"},
	}
	for _, tt := range tests {
		m, store := newModel(t)
		newRouted(t, m)
		before := snapshot(t, store)
		given := slices.Clone(tt.r.Routes)
		got, err := m.CreateRouters(t.Context(), tt.r)
		if !slices.Equal(given, tt.r.Routes) {
			t.Errorf("the routes that were given are %v now", tt.r.Routes)
		}
		if err != nil || tt.kind != nil {
			checkError(t, tt.want, err, tt.kind, tt.want)
			unchanged(t, store, before)
			continue
		}
		r := must[Router](t)(m.Router(t.Context(), got[0].ID))
		if text := fmt.Sprint(r.Routes); text != tt.want || !same(r, got[0]) {
			t.Errorf("created %s, answered %+v, want %s", text, got[0], tt.want)
		}
		audit(t, m)
	}
}

func TestUpdateRouters(t *testing.T) {
	set := func(all ...Route) func(*Router) error {
		return func(r *Router) error { r.Routes = all; return nil }
	}
	tests := []struct {
		name string
		edit func(*Router) error
		kind error
		want string
	}{
		{"routes", set(route("0.0.0.0/0", "10.0.0.5"), route("172.16.0.0/12", "10.0.1.7")), nil, ""},
		{"no routes", set(), nil, ""},
		{"more specific than a subnet", set(route("10.0.1.128/25", "10.0.1.7")), nil, ""},
		{"meta", func(r *Router) error { r.Meta = map[string]any{"a": "b"}; return nil }, nil, ""},
		{"to the router itself", set(route("0.0.0.0/0", "10.0.0.1")), ErrInvalid, "next hop 10.0.0.1 of the route to 0.0.0.0/0 is this virtual router itself"},
		{"to its other address", set(route("0.0.0.0/0", "10.0.1.254")), ErrInvalid, "next hop 10.0.1.254 of the route to 0.0.0.0/0 is this virtual router itself"},
		{"nowhere", set(route("0.0.0.0/0", "10.9.0.1")), ErrInvalid, "update virtual router r: routes: next hop 10.9.0.1 of the route to 0.0.0.0/0 is in no subnet of this virtual router: connect that first"},
		{"broadcast", set(route("0.0.0.0/0", "10.0.0.255")), ErrInvalid, "routes: next hop 10.0.0.255 of the route to 0.0.0.0/0: "},
		{"what is connected", set(route("10.0.1.0/24", "10.0.0.5")), ErrInvalid, "routes: 10.0.1.0/24 is a subnet of this virtual router itself"},
		{"id", func(r *Router) error { r.ID = "x"; return nil }, ErrInvalid, "the id can't be changed"},
		{"interfaces", func(r *Router) error { delete(r.Interfaces, "ra"); return nil }, ErrInvalid, "create and delete router interfaces instead"},
		{"edit", func(*Router) error { return ErrExhausted }, ErrExhausted, "update virtual router r: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			connected(t, m)
			before := snapshot(t, store)
			got, err := m.UpdateRouters(t.Context(), Change[Router]{"r", tt.edit})
			checkError(t, tt.name, err, tt.kind, tt.want)
			if err != nil {
				unchanged(t, store, before)
				return
			}
			if !same(got[0], must[Router](t)(m.Router(t.Context(), "r"))) {
				t.Errorf("answered %+v", got[0])
			}
			audit(t, m)
		})
	}
	m, _ := newModel(t)
	_, err := m.UpdateRouters(t.Context(), Change[Router]{"x", set()})
	checkError(t, "unknown", err, ErrNotFound, `update virtual router x: virtual router "x" does not exist`)
	_, err = m.UpdateRouters(t.Context(), Change[Router]{"x", set()}, Change[Router]{"x", set()})
	checkError(t, "twice", err, ErrInvalid, "it is named twice")
}

// Routes of a router without interfaces wait for them; what they make impossible
// then is refused, and what they need stays.
func TestRoutesThatWait(t *testing.T) {
	m, store := newModel(t)
	newRouted(t, m)
	set := func(routes ...Route) error {
		_, err := m.UpdateRouters(t.Context(), Change[Router]{"r", func(r *Router) error { r.Routes = routes; return nil }})
		return err
	}
	connect := func(subnet, a string) error {
		i := RouterInterface{ID: subnet, Router: "r", Subnet: subnet}
		if a != "" {
			i.Address = addr(a)
		}
		_, err := m.CreateRouterInterfaces(t.Context(), i)
		return err
	}
	checkError(t, "none yet", set(route("0.0.0.0/0", "10.0.0.1")), nil, "")
	before := snapshot(t, store)
	checkError(t, "itself", connect("a", ""), ErrInvalid, "create router interface a: routes: next hop 10.0.0.1 of the route to 0.0.0.0/0 is this virtual router itself")
	unchanged(t, store, before)
	checkError(t, "another address", connect("a", "10.0.0.254"), nil, "")
	checkError(t, "not connected", set(route("0.0.0.0/0", "10.0.1.5")), ErrInvalid, "connect that first")
	checkError(t, "connected", set(route("0.0.0.0/0", "10.0.0.1"), route("10.0.1.0/24", "10.0.0.5")), nil, "")
	checkError(t, "has a route", connect("b", "10.0.1.1"), ErrInvalid, "10.0.1.0/24 is a subnet of this virtual router itself")
	checkError(t, "needed", m.DeleteRouterInterfaces(t.Context(), "a"), ErrInUse, `delete router interface a: route 0.0.0.0/0 of virtual router "r" goes through it, by 10.0.0.1: remove the route first`)
	audit(t, m)
	checkError(t, "no routes", set(), nil, "")
	checkError(t, "delete", m.DeleteRouterInterfaces(t.Context(), "a"), nil, "")
	checkError(t, "b", connect("b", "10.0.1.1"), nil, "")
	checkError(t, "b again", m.DeleteRouterInterfaces(t.Context(), "b"), nil, "")
	audit(t, m)
}

func TestDeleteRouters(t *testing.T) {
	m, _ := newModel(t)
	connected(t, m)
	must[[]Router](t)(m.CreateRouters(t.Context(), Router{ID: "q"}))
	checkError(t, "used", m.DeleteRouters(t.Context(), "q", "r"), ErrInUse, "delete virtual router r: there are still interfaces in this virtual router, delete them first: ra, rb")
	checkError(t, "unknown", m.DeleteRouters(t.Context(), "q", "x"), ErrNotFound, `virtual router "x" does not exist`)
	if all := must[[]Router](t)(m.Routers(t.Context())); len(all) != 2 || all[0].ID != "q" || all[1].ID != "r" {
		t.Errorf("routers %v", all)
	}
	checkError(t, "interfaces", m.DeleteRouterInterfaces(t.Context(), "ra", "rb"), nil, "")
	checkError(t, "delete", m.DeleteRouters(t.Context(), "q", "r"), nil, "")
	_, err := m.Router(t.Context(), "r")
	checkError(t, "read", err, ErrNotFound, `read virtual router r: virtual router "r" does not exist`)
	audit(t, m)
}
