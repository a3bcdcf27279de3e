package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
)

func TestInterfaceRules(t *testing.T) {
	at := func(subnet, a string) RouterInterface {
		return RouterInterface{Router: "r", Subnet: subnet, Address: addr(a)}
	}
	tests := []struct {
		i    RouterInterface
		kind error
		want string // of the error, or network and address
	}{
		{RouterInterface{Router: "r", Subnet: "a"}, nil, "n invalid IP"},
		{at("a", "10.0.0.1"), nil, "n invalid IP"}, // it is the gateway
		{at("a", "10.0.0.9"), nil, "n 10.0.0.9"},
		{at("a", "10.0.0.254"), nil, "n 10.0.0.254"}, // outside the range of ports
		{at("b", "10.0.1.1"), nil, "n 10.0.1.1"},
		{RouterInterface{Router: "r", Subnet: "six", Network: "whatever"}, nil, "n invalid IP"},
		{at("six", "fd00::ffff"), nil, "n fd00::ffff"},
		{RouterInterface{Router: "r", Subnet: "over", Meta: map[string]any{"x": "y"}}, nil, "m invalid IP"},
		{RouterInterface{ID: "a\x00", Router: "r", Subnet: "a"}, ErrInvalid, "control"},
		{RouterInterface{Subnet: "a"}, ErrInvalid, "the virtual router is missing"},
		{RouterInterface{Router: "r"}, ErrInvalid, "the subnet is missing"},
		{RouterInterface{Router: "x", Subnet: "a"}, ErrNotFound, `virtual router "x" does not exist`},
		{RouterInterface{Router: "r", Subnet: "x"}, ErrNotFound, `create router interface: subnet "x" does not exist`},
		{RouterInterface{Router: "r", Subnet: "a", Meta: map[string]any{"network": 1}}, ErrInvalid, "has a meaning"},
		{RouterInterface{Router: "r", Subnet: "b"}, ErrInvalid, `subnet "b" does not have a gateway: give the router interface an ip_address`},
		{RouterInterface{Router: "r", Subnet: "ext"}, ErrInvalid, `subnet "ext" is external (isexternal), and virtual routers do not forward to external networks yet`},
		{RouterInterface{Router: "r", Subnet: "link"}, ErrInvalid, `no router forwards to fe80::/64, the cidr of subnet "link": connect another`},
		{RouterInterface{Router: "r", Subnet: "reserved"}, ErrInvalid, `no router forwards to 240.0.0.0/24, the cidr of subnet "reserved"`},
		{RouterInterface{Router: "r", Subnet: "taken"}, ErrInUse, `subnet "taken" is in virtual router "q": disconnect it there first`},
		{RouterInterface{Router: "q", Subnet: "taken"}, ErrExists, `subnet "taken" is in virtual router "q" already`},
		{RouterInterface{ID: "qt", Router: "q", Subnet: "a"}, ErrExists, "create router interface qt: it exists already: choose another id"},
		{RouterInterface{ID: "qt", Router: "r", Subnet: "a"}, ErrExists, `it exists already, in virtual router "q"`},
		{RouterInterface{Router: "q", Subnet: "over"}, ErrInvalid, `10.0.0.0/16 of subnet "over" overlaps 10.0.7.0/24, which is that of router interface "qt"`},
		{at("a", "10.0.0.5"), ErrInUse, "use address 10.0.0.5: address already in use by port p"},
		{at("a", "10.0.0.255"), ErrInvalid, `ip_address 10.0.0.255 is not usable in subnet "a": `},
		{at("a", "10.0.1.5"), ErrInvalid, `ip_address 10.0.1.5 is not usable in subnet "a": address outside`},
		{at("a", "fd00::5"), ErrInvalid, `ip_address fd00::5 is not usable in subnet "a"`},
		{at("a", "::ffff:10.0.0.9"), ErrInvalid, "write it as 10.0.0.9"},
		{at("a", "224.0.0.1"), ErrInvalid, "not the address of a single host"},
	}
	for _, tt := range tests {
		m, store := newModel(t)
		newRouted(t, m)
		newNetwork(t, m, "o")
		must[[]Subnet](t)(m.CreateSubnets(t.Context(), Subnet{ID: "taken", Network: "o", Prefix: prefix("10.0.7.0/24"), Gateway: addr("10.0.7.1")},
			Subnet{ID: "link", Network: "o", Prefix: prefix("fe80::/64"), Gateway: addr("fe80::1")},
			Subnet{ID: "reserved", Network: "o", Prefix: prefix("240.0.0.0/24"), Gateway: addr("240.0.0.1")}))
		must[[]Router](t)(m.CreateRouters(t.Context(), Router{ID: "q"}))
		must[[]RouterInterface](t)(m.CreateRouterInterfaces(t.Context(), RouterInterface{ID: "qt", Router: "q", Subnet: "taken"}))
		before := snapshot(t, store)
		got, err := m.CreateRouterInterfaces(t.Context(), tt.i)
		if err != nil || tt.kind != nil {
			checkError(t, tt.want, err, tt.kind, tt.want)
			unchanged(t, store, before)
			continue
		}
		i := must[RouterInterface](t)(m.RouterInterfaceOf(t.Context(), tt.i.Router, tt.i.Subnet))
		if text := fmt.Sprint(i.Network, " ", i.Address); text != tt.want || !same(i, got[0]) || !same(i, must[RouterInterface](t)(m.RouterInterface(t.Context(), i.ID))) {
			t.Errorf("created %s, answered %+v, want %s", text, got[0], tt.want)
		}
		audit(t, m)
		checkError(t, tt.want, m.DeleteRouterInterfaces(t.Context(), i.ID), nil, "")
		unchanged(t, store, before)
	}
}

// One call may connect several subnets of one router, and takes all of them or
// none.
func TestBatchOfInterfaces(t *testing.T) {
	m, store := newModel(t)
	newRouted(t, m)
	on := func(id, subnet, a string) RouterInterface {
		return RouterInterface{ID: id, Router: "r", Subnet: subnet, Address: addr(a)}
	}
	before := snapshot(t, store)
	_, err := m.CreateRouterInterfaces(t.Context(), on("x", "a", "10.0.0.9"), on("y", "over", "10.0.0.9"))
	checkError(t, "overlap", err, ErrInvalid, `create router interface y: 10.0.0.0/16 of subnet "over" overlaps 10.0.0.0/24`)
	_, err = m.CreateRouterInterfaces(t.Context(), on("x", "a", "10.0.0.9"), on("y", "a", "10.0.0.8"))
	checkError(t, "one subnet", err, ErrExists, `create router interface y: subnet "a" is in virtual router "r" already`)
	_, err = m.CreateRouterInterfaces(t.Context(), on("x", "a", "10.0.0.9"), on("x", "b", "10.0.1.8"))
	checkError(t, "one id", err, ErrInvalid, "create router interface x: it is named twice")
	unchanged(t, store, before)

	got := must[[]RouterInterface](t)(m.CreateRouterInterfaces(t.Context(), on("x", "b", "10.0.1.9"), RouterInterface{Router: "r", Subnet: "a"}, on("z", "six", "fd00::9")))
	audit(t, m)
	if all := must[[]RouterInterface](t)(m.RouterInterfaces(t.Context(), "r")); len(all) != 3 {
		t.Errorf("interfaces %v", all)
	}
	if all := must[[]RouterInterface](t)(m.RouterInterfaces(t.Context(), "x")); len(all) != 0 {
		t.Errorf("interfaces of none %v", all)
	}
	_, err = m.RouterInterfaceOf(t.Context(), "r", "over")
	checkError(t, "of", err, ErrNotFound, `subnet "over" is not in virtual router "r"`)
	_, err = m.RouterInterface(t.Context(), "none")
	checkError(t, "one", err, ErrNotFound, `router interface "none" does not exist`)
	checkError(t, "unknown", m.DeleteRouterInterfaces(t.Context(), "x", "none"), ErrNotFound, `router interface "none" does not exist`)
	checkError(t, "twice", m.DeleteRouterInterfaces(t.Context(), "x", "x"), ErrInvalid, "named twice")
	checkError(t, "delete", m.DeleteRouterInterfaces(t.Context(), project(got, interfaceID)...), nil, "")
	unchanged(t, store, before)
}

func TestUpdateInterfaces(t *testing.T) {
	tests := []struct {
		name string
		edit func(*RouterInterface) error
		want string
	}{
		{"meta", func(i *RouterInterface) error { i.Meta = map[string]any{"a": "b"}; return nil }, ""},
		{"id", func(i *RouterInterface) error { i.ID = "x"; return nil }, "only other attributes"},
		{"router", func(i *RouterInterface) error { i.Router = "x"; return nil }, "only other attributes"},
		{"subnet", func(i *RouterInterface) error { i.Subnet = "x"; return nil }, "only other attributes"},
		{"network", func(i *RouterInterface) error { i.Network = "m"; return nil }, "only other attributes"},
		{"address", func(i *RouterInterface) error { i.Address = addr("10.0.0.9"); return nil }, "only other attributes"},
		{"name", func(i *RouterInterface) error { i.Meta = map[string]any{"id": "b"}; return nil }, "has a meaning"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			connected(t, m)
			before := snapshot(t, store)
			got, err := m.UpdateRouterInterfaces(t.Context(), Change[RouterInterface]{"ra", tt.edit})
			checkError(t, tt.name, err, ErrInvalid, tt.want)
			if err != nil {
				unchanged(t, store, before)
				return
			}
			if !same(got[0], must[RouterInterface](t)(m.RouterInterface(t.Context(), "ra"))) {
				t.Errorf("answered %+v", got[0])
			}
			audit(t, m)
		})
	}
	m, _ := newModel(t)
	_, err := m.UpdateRouterInterfaces(t.Context(), Change[RouterInterface]{"x", func(*RouterInterface) error { return nil }})
	checkError(t, "unknown", err, ErrNotFound, `router interface "x" does not exist`)
}

// What a router has no port and no gateway gets, and the other way round.
func TestInterfaceAddressIsTaken(t *testing.T) {
	m, _ := newModel(t)
	newRouted(t, m)
	ctx := t.Context()
	a := must[Subnet](t)(m.Subnet(ctx, "a"))
	if _, err := m.allocator.RequestAddress(ctx, a.Pool, ipam.AddressRequest{Address: addr("10.0.0.8"), Reserve: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.allocator.RequestAddress(ctx, a.Pool, ipam.AddressRequest{Address: addr("10.0.0.7")}); err != nil {
		t.Fatal(err)
	}
	i := RouterInterface{ID: "p", Router: "r", Subnet: "a", Address: addr("10.0.0.7")} // a port has that id too
	_, err := m.CreateRouterInterfaces(ctx, i)
	checkError(t, "requested", err, ErrInUse, "10.0.0.7: address already in use: it was requested on host host1")
	i.Address = addr("10.0.0.5")
	_, err = m.CreateRouterInterfaces(ctx, i)
	checkError(t, "a port's", err, ErrInUse, "by port p")
	i.Address = addr("10.0.0.8")
	must[[]RouterInterface](t)(m.CreateRouterInterfaces(ctx, i))
	_, err = m.CreatePorts(ctx, Port{ID: "q", Network: "n", Addresses: []Address{{Address: addr("10.0.0.8")}}})
	checkError(t, "port", err, ErrInUse, "10.0.0.8: address already in use by router interface p")
	_, err = m.UpdateSubnets(ctx, Change[Subnet]{"a", func(s *Subnet) error { s.Gateway = addr("10.0.0.8"); return nil }})
	checkError(t, "gateway", err, ErrInUse, "address already in use by router interface p")
	// The range is that of ports: it may leave out the router's address.
	must[[]Subnet](t)(m.UpdateSubnets(ctx, Change[Subnet]{"a", func(s *Subnet) error { s.End = addr("10.0.0.7"); return nil }}))
	for range 4 { // .2, .3, .4, .6
		must[[]Port](t)(m.CreatePorts(ctx, Port{Network: "n", Addresses: []Address{{Subnet: "a"}}}))
	}
	audit(t, m)
	checkError(t, "delete", m.DeleteRouterInterfaces(ctx, "p"), nil, "")
	must[[]Subnet](t)(m.UpdateSubnets(ctx, Change[Subnet]{"a", func(s *Subnet) error { s.End = addr("10.0.0.9"); return nil }}))
	must[[]Port](t)(m.CreatePorts(ctx, Port{ID: "q", Network: "n", Addresses: []Address{{Address: addr("10.0.0.8")}}}))
	audit(t, m)
}

// A gateway that a router has as its address may change, but neither go nor
// become the next hop of one of its routes.
func TestGatewayOfARouter(t *testing.T) {
	m, store := newModel(t)
	connected(t, m)
	gateway := func(subnet, a string) error {
		_, err := m.UpdateSubnets(t.Context(), Change[Subnet]{subnet, func(s *Subnet) error {
			if s.Gateway = (Subnet{}).Gateway; a != "" {
				s.Gateway = addr(a)
			}
			return nil
		}})
		return err
	}
	must[[]Router](t)(m.UpdateRouters(t.Context(), Change[Router]{"r", func(r *Router) error {
		r.Routes = []Route{route("172.16.0.0/12", "10.0.0.3"), route("172.32.0.0/16", "10.0.1.3")}
		return nil
	}}))
	before := snapshot(t, store)
	checkError(t, "none", gateway("a", ""), ErrInUse, `update subnet a: virtual router "r" has the gateway as its address: disconnect the subnet there first, or name another gateway`)
	checkError(t, "next hop", gateway("a", "10.0.0.3"), ErrInvalid, "next hop 10.0.0.3 of the route to 172.16.0.0/12 is this virtual router itself")
	unchanged(t, store, before)
	checkError(t, "another", gateway("a", "10.0.0.4"), nil, "")
	checkError(t, "beside an address", gateway("b", "10.0.1.3"), nil, "")
	checkError(t, "beside an address, none", gateway("b", ""), nil, "")
	audit(t, m)
}

// A subnet that is in a router can't be deleted, but with its network, unless a
// route goes through it.
func TestDeleteWhatARouterHas(t *testing.T) {
	m, store := newModel(t)
	connected(t, m)
	checkError(t, "port", m.DeletePorts(t.Context(), "p"), nil, "")
	before := snapshot(t, store)
	checkError(t, "subnet", m.DeleteSubnets(t.Context(), "six", "b"), ErrInUse, `delete subnet b: subnet "b" is in virtual router "r": disconnect it there first`)
	set := func(routes ...Route) {
		must[[]Router](t)(m.UpdateRouters(t.Context(), Change[Router]{"r", func(r *Router) error { r.Routes = routes; return nil }}))
	}
	set(route("172.16.0.0/12", "10.0.1.3"))
	routed := snapshot(t, store)
	checkError(t, "network with a route", m.DeleteNetworksAndSubnets(t.Context(), "m", "n"), ErrInUse, `route 172.16.0.0/12 of virtual router "r" goes through it, by 10.0.1.3: remove the route first`)
	unchanged(t, store, routed)
	set()
	checkError(t, "network", m.DeleteNetworks(t.Context(), "n"), ErrInUse, "must delete all subnets of this logical network first: a, b, six")
	unchanged(t, store, before)
	checkError(t, "interface", m.DeleteRouterInterfaces(t.Context(), "rb"), nil, "")
	checkError(t, "subnet", m.DeleteSubnets(t.Context(), "b"), nil, "")
	checkError(t, "network and subnets", m.DeleteNetworksAndSubnets(t.Context(), "m", "n"), nil, "")
	audit(t, m)
}

// A network gets into a router as it is created, or is not created.
func TestCreateNetworkInARouter(t *testing.T) {
	m, store := newModel(t)
	must[[]Router](t)(m.CreateRouters(t.Context(), Router{ID: "r"}, Router{ID: "s"}))
	spec := func(id, router string, prefixes ...string) Spec {
		s := Spec{Network: Network{ID: id, Owner: Owner{Face: "docker", Host: "h"}}, Router: router}
		for i, p := range prefixes {
			first := prefix(p).Addr().Next()
			s.Subnets = append(s.Subnets, Subnet{ID: fmt.Sprint(id, i), Prefix: prefix(p), Gateway: first})
		}
		return s
	}
	both := spec("x", "r", "10.5.0.0/24", "fd05::/64")
	for range 2 { // the same from the same owner
		must[[]Network](t)(m.CreateNetworks(t.Context(), both))
	}
	r := must[Router](t)(m.Router(t.Context(), "r"))
	if len(r.Interfaces) != 2 || r.Interfaces["x0"] != prefix("10.5.0.0/24") {
		t.Errorf("interfaces %v", r.Interfaces)
	}
	before := snapshot(t, store)
	other := both
	other.Router = "s"
	noGateway := spec("z", "r", "10.7.0.0/24")
	noGateway.Subnets[0].Gateway = netip.Addr{}
	for _, refused := range []struct {
		spec Spec
		err  error
		says string
	}{
		{other, ErrExists, "create logical network x: it exists already"},
		{spec("y", "none", "10.6.0.0/24"), ErrNotFound, `create logical network y: connect subnet 10.6.0.0/24 to virtual router "none": virtual router "none" does not exist`},
		{spec("y", "r", "10.5.0.0/16"), ErrInvalid, `10.5.0.0/16 of subnet "y0" overlaps 10.5.0.0/24`},
		{noGateway, ErrInvalid, `subnet "z0" does not have a gateway`},
	} {
		_, err := m.CreateNetworks(t.Context(), refused.spec)
		checkError(t, refused.says, err, refused.err, refused.says)
	}
	unchanged(t, store, before)
	checkError(t, "delete", m.DeleteNetworksAndSubnets(t.Context(), "x"), nil, "")
	checkError(t, "routers", m.DeleteRouters(t.Context(), "r", "s"), nil, "")
	audit(t, m)
}

// What is being deleted gets into no router.
func TestConnectWhatIsBeingDeleted(t *testing.T) {
	for kind, key := range map[string]string{`logical network "n"`: networkKey("n"), `subnet "a"`: subnetKey("n", "a")} {
		m, store := newModel(t)
		newRouted(t, m)
		setDeleting(t, m, key)
		before := snapshot(t, store)
		_, err := m.CreateRouterInterfaces(t.Context(), RouterInterface{Router: "r", Subnet: "a"})
		checkError(t, kind, err, ErrDeleting, kind+" is being deleted")
		unchanged(t, store, before)
	}
}

// A face that creates its network once more is not told that the network is
// another one since a subnet got into a router.
func TestCreateRoutedNetworkAgain(t *testing.T) {
	m, _ := newModel(t)
	spec := Spec{Network: Network{ID: "n", Owner: Owner{Face: "docker"}}, Subnets: []Subnet{{ID: "a", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1")}}}
	must[[]Network](t)(m.CreateNetworks(t.Context(), spec))
	must[[]Router](t)(m.CreateRouters(t.Context(), Router{ID: "r"}))
	must[[]RouterInterface](t)(m.CreateRouterInterfaces(t.Context(), RouterInterface{Router: "r", Subnet: "a"}))
	must[[]Network](t)(m.CreateNetworks(t.Context(), spec))
	audit(t, m)
}

// The subnet gets into a router while its range shrinks, and a port takes what
// it loses: the range is put back all the same.
func TestSubnetShrinksWhileItIsConnected(t *testing.T) {
	m, _ := newModel(t)
	newRouted(t, m)
	r := m.subnetResize(1)
	looks := 0
	look := r.inUse
	r.inUse = func(ctx context.Context, s Subnet) error {
		if looks++; looks == 2 {
			must[[]RouterInterface](t)(m.CreateRouterInterfaces(ctx, RouterInterface{Router: "r", Subnet: "b", Address: addr("10.0.1.1")}))
			patch(t, m, "ipam/pool/"+s.Pool, "end", "10.0.1.254")
			return errors.Join(look(ctx, s), faultf(ErrInUse, "a port"))
		}
		return look(ctx, s)
	}
	_, err := r.update(t.Context(), m, []Change[Subnet]{{"b", func(s *Subnet) error { s.End = addr("10.0.1.9"); return nil }}})
	checkError(t, "shrink", err, ErrInUse, "a port")
	if s := must[Subnet](t)(m.Subnet(t.Context(), "b")); s.End != addr("10.0.1.254") || s.Router != "r" {
		t.Errorf("subnet %+v", s)
	}
	audit(t, m)
}
