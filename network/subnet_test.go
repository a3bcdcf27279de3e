package network

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
)

func TestSubnetRules(t *testing.T) {
	routes := func(pairs ...string) (all []Route) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, Route{prefix(pairs[i]), addr(pairs[i+1])})
		}
		return all
	}
	tests := []struct {
		s    Subnet
		kind error
		want string // of the error, or prefix, start, end and gateway
	}{
		{Subnet{Prefix: prefix("192.168.2.77/24")}, nil, "192.168.2.0/24 192.168.2.1 192.168.2.254 invalid IP"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), Gateway: addr("192.168.2.254")}, nil, "192.168.2.0/24 192.168.2.1 192.168.2.254 192.168.2.254"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), Start: addr("192.168.2.9"), End: addr("192.168.2.9")}, nil, "192.168.2.0/24 192.168.2.9 192.168.2.9 invalid IP"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), Start: addr("192.168.2.0"), End: addr("192.168.2.255")}, nil, "192.168.2.0/24 192.168.2.0 192.168.2.255 invalid IP"},
		{Subnet{Prefix: prefix("192.168.2.4/31"), Gateway: addr("192.168.2.4")}, nil, "192.168.2.4/31 192.168.2.4 192.168.2.5 192.168.2.4"},
		{Subnet{Prefix: prefix("192.168.2.4/32")}, nil, "192.168.2.4/32 192.168.2.4 192.168.2.4 invalid IP"},
		{Subnet{Prefix: prefix("fd00::1:0/112"), Gateway: addr("fd00::1:ffff")}, nil, "fd00::1:0/112 fd00::1:1 fd00::1:ffff fd00::1:ffff"},
		{Subnet{Prefix: prefix("fd00::/127"), Gateway: addr("fd00::")}, nil, "fd00::/127 fd00:: fd00::1 fd00::"},
		{Subnet{Prefix: prefix("fd00::5/128")}, nil, "fd00::5/128 fd00::5 fd00::5 invalid IP"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), HostRoutes: routes("10.9.9.9/8", "192.168.2.7", "10.0.0.0/16", "0.0.0.0", "0.0.0.0/0", "10.0.0.1")}, nil,
			"192.168.2.0/24 192.168.2.1 192.168.2.254 invalid IP"},
		{Subnet{ID: "a\x00", Prefix: prefix("192.168.2.0/24")}, ErrInvalid, "control"},
		{Subnet{}, ErrInvalid, "cidr is missing"},
		{Subnet{Prefix: prefix("::ffff:10.0.0.0/112")}, ErrInvalid, "write it as IPv4"},
		{Subnet{Network: "e", Prefix: prefix("0.0.0.0/0")}, ErrInvalid, "can't be the subnet of a network"},
		{Subnet{Prefix: prefix("224.0.0.0/8")}, ErrInvalid, "can't be the subnet of a network"},
		{Subnet{Prefix: prefix("ff05::/64")}, ErrInvalid, "can't be the subnet of a network"},
		{Subnet{Prefix: prefix("192.168.3.0/24"), Gateway: addr("192.168.9.1")}, ErrInvalid, "gateway 192.168.9.1: address outside the subnet 192.168.3.0/24"},
		{Subnet{Prefix: prefix("192.168.3.0/24"), Gateway: addr("192.168.3.0")}, ErrInvalid, "gateway 192.168.3.0: "},
		{Subnet{Prefix: prefix("192.168.3.0/24"), Gateway: addr("192.168.3.255")}, ErrInvalid, "gateway 192.168.3.255: "},
		{Subnet{Prefix: prefix("fd00::/64"), Gateway: addr("fd00::")}, ErrInvalid, "gateway fd00::: "},
		{Subnet{Prefix: prefix("fd00::/64"), Gateway: addr("10.0.0.1")}, ErrInvalid, "gateway 10.0.0.1: "},
		{Subnet{Prefix: prefix("fe80::/64"), Gateway: addr("fe80::1%eth0")}, ErrInvalid, "has a zone: leave out %eth0"},
		{Subnet{Prefix: prefix("192.168.3.0/24"), Gateway: addr("::ffff:192.168.3.1")}, ErrInvalid, "write it as 192.168.3.1"},
		{Subnet{Prefix: prefix("192.168.3.0/24"), Start: addr("192.168.4.1")}, ErrInvalid, "allocated_start 192.168.4.1 is not in cidr 192.168.3.0/24"},
		{Subnet{Prefix: prefix("192.168.3.0/24"), End: addr("fd00::1")}, ErrInvalid, "allocated_end fd00::1 is not in cidr"},
		{Subnet{Prefix: prefix("192.168.3.0/24"), Start: addr("192.168.3.9"), End: addr("192.168.3.8")}, ErrInvalid, "allocated_start 192.168.3.9 is above allocated_end 192.168.3.8"},
		{Subnet{Prefix: prefix("192.168.3.0/24"), Start: addr("192.168.3.255")}, ErrInvalid, "is above allocated_end"},
		{Subnet{Prefix: prefix("192.168.3.0/24"), Start: addr("192.168.3.0"), End: addr("192.168.3.0")}, ErrInvalid, "no address lies between"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), HostRoutes: []Route{{NextHop: addr("192.168.2.7")}}}, ErrInvalid, "the destination in host_routes is missing"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), HostRoutes: []Route{{Destination: prefix("10.0.0.0/8")}}}, ErrInvalid, "has no next hop"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), HostRoutes: routes("10.0.0.0/8", "192.168.3.1")}, ErrInvalid, "next hop 192.168.3.1 of the route to 10.0.0.0/8 is not in cidr 192.168.2.0/24"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), HostRoutes: routes("10.0.0.0/8", "fd00::1")}, ErrInvalid, "other family"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), HostRoutes: routes("fd00::/8", "::")}, ErrInvalid, "not of the family of cidr"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), DHCP: DHCP{LeaseTime: "x"}}, ErrInvalid, "lease_time"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), Meta: map[string]any{"pool": 1}}, ErrInvalid, "has a meaning"},
		{Subnet{Prefix: prefix("192.168.2.0/24"), Router: "r"}, ErrInvalid, "router can't be set: create a router interface instead"},
		{Subnet{Network: "x", Prefix: prefix("192.168.2.0/24")}, ErrNotFound, `logical network "x" does not exist`},
		{Subnet{ID: "n-0", Prefix: prefix("192.168.2.0/24")}, ErrExists, "create subnet n-0: it exists already: choose another id"},
		{Subnet{ID: "o-0", Prefix: prefix("192.168.2.0/24")}, ErrExists, `it exists already, in logical network "o"`},
		{Subnet{Prefix: prefix("10.0.0.0/24")}, ErrInvalid, `10.0.0.0/24 overlaps 10.0.0.0/24, which is subnet "n-0" of the same logical network`},
		{Subnet{Prefix: prefix("10.0.0.128/25")}, ErrInvalid, "overlaps"},
		{Subnet{Prefix: prefix("10.0.0.0/8")}, ErrInvalid, "overlaps"},
		{Subnet{Pool: "none", Prefix: prefix("192.168.2.0/24")}, ErrInvalid, "no such address pool"},
	}
	for _, tt := range tests {
		m, store := newModel(t)
		newNetwork(t, m, "n", "10.0.0.0/24")
		newNetwork(t, m, "o", "10.0.0.0/24")
		newNetwork(t, m, "e")
		if tt.s.Network == "" {
			tt.s.Network = "n"
		}
		before := snapshot(t, store)
		got, err := m.CreateSubnets(t.Context(), tt.s)
		if err != nil || tt.kind != nil {
			checkError(t, tt.want, err, tt.kind, tt.want)
			unchanged(t, store, before)
			continue
		}
		s := must[Subnet](t)(m.Subnet(t.Context(), got[0].ID))
		if text := fmt.Sprint(s.Prefix, s.Start, s.End, s.Gateway); text != tt.want || !same(s, got[0]) {
			t.Errorf("created %s, answered %+v, want %s", text, got[0], tt.want)
		}
		for _, r := range s.HostRoutes {
			if r.Destination != r.Destination.Masked() {
				t.Errorf("host bits in %v", r)
			}
		}
		audit(t, m)
	}
}

func TestSubnetIPv6NeedsMTU(t *testing.T) {
	m, _ := newModel(t)
	small := Spec{Network: Network{ID: "n", MTU: 1279}}
	must[[]Network](t)(m.CreateNetworks(t.Context(), small))
	v6 := Subnet{Prefix: prefix("fd00::/64")}
	_, err := m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "o", MTU: 1279}, Subnets: []Subnet{v6}})
	checkError(t, "network", err, ErrInvalid, "mtu 1279 is too small for IPv6 subnet fd00::/64, which needs at least 1280")
	v6.Network = "n"
	_, err = m.CreateSubnets(t.Context(), v6)
	checkError(t, "subnet", err, ErrInvalid, "mtu 1279 is too small")
}

func TestBatchOfSubnets(t *testing.T) {
	m, store := newModel(t)
	newNetwork(t, m, "n")
	newNetwork(t, m, "o")
	on := func(network, id, p string) Subnet { return Subnet{ID: id, Network: network, Prefix: prefix(p)} }
	before := snapshot(t, store)
	_, err := m.CreateSubnets(t.Context(), on("n", "a", "10.0.0.0/24"), on("n", "b", "10.0.0.0/25"))
	checkError(t, "overlap", err, ErrInvalid, "create subnet b: 10.0.0.0/25 overlaps")
	_, err = m.CreateSubnets(t.Context(), on("n", "a", "10.0.0.0/24"), on("o", "a", "10.0.0.0/25"))
	checkError(t, "twice", err, ErrInvalid, "create subnet a: it is named twice")
	unchanged(t, store, before)

	got := must[[]Subnet](t)(m.CreateSubnets(t.Context(), on("n", "a", "10.0.0.0/24"), on("o", "b", "10.0.0.0/24"), on("n", "", "10.0.1.0/24")))
	if len(got) != 3 || got[2].ID == "" || got[0].Pool == got[1].Pool {
		t.Errorf("created %+v", got)
	}
	if all := must[[]Subnet](t)(m.Subnets(t.Context(), "")); len(all) != 3 {
		t.Errorf("all subnets: %v", all)
	}
	if all := must[[]Subnet](t)(m.Subnets(t.Context(), "none")); len(all) != 0 {
		t.Errorf("subnets of none: %v", all)
	}
	audit(t, m)
}

func TestSubnetTakesPool(t *testing.T) {
	m, _ := newModel(t)
	newNetwork(t, m, "n")
	ctx := t.Context()
	pool := must[ipam.Pool](t)(m.allocator.RequestPool(ctx, ipam.PoolRequest{Space: "token", Prefix: prefix("10.0.0.0/24")}))
	if _, err := m.allocator.RequestAddress(ctx, pool.ID, ipam.AddressRequest{Gateway: true}); err != nil {
		t.Fatal(err)
	}
	_, err := m.CreateSubnets(ctx, Subnet{Network: "n", Prefix: prefix("10.0.0.0/25"), Pool: pool.ID})
	checkError(t, "other prefix", err, ErrInvalid, "cidr 10.0.0.0/25 is not that of the address pool, 10.0.0.0/24")

	s := must[[]Subnet](t)(m.CreateSubnets(ctx, Subnet{ID: "s", Network: "n", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1"), Pool: pool.ID}))[0]
	if s.Pool != pool.ID || !s.AutoGateway {
		t.Errorf("subnet %+v", s)
	}
	newNetwork(t, m, "o")
	_, err = m.CreateSubnets(ctx, Subnet{Network: "o", Prefix: prefix("10.0.0.0/24"), Pool: pool.ID})
	checkError(t, "bound", err, ErrInUse, "the address pool belongs to another network")

	checkError(t, "delete", m.DeleteSubnets(ctx, "s"), nil, "")
	if _, err := m.allocator.Pool(ctx, pool.ID); err == nil {
		t.Error("the pool is still there")
	}
}

func TestUpdateSubnets(t *testing.T) {
	tests := []struct {
		name string
		edit func(*Subnet) error
		kind error
		want string
	}{
		{"range", func(s *Subnet) error { s.Start, s.End = addr("10.0.0.5"), addr("10.0.0.5"); return nil }, nil, ""},
		{"default range", func(s *Subnet) error { s.Start, s.End = Subnet{}.Start, Subnet{}.End; return nil }, nil, ""},
		{"gateway", func(s *Subnet) error { s.Gateway = addr("10.0.0.7"); return nil }, nil, ""},
		{"no gateway", func(s *Subnet) error { s.Gateway = Subnet{}.Gateway; s.DisableGateway = true; return nil }, nil, ""},
		{"dhcp", func(s *Subnet) error { s.DomainName = "x"; s.Meta = map[string]any{"a": "b"}; return nil }, nil, ""},
		{"lose an address in use", func(s *Subnet) error { s.Start = addr("10.0.0.6"); return nil }, ErrInUse, "addresses in use lie outside the new range: p (10.0.0.5)"},
		{"gateway in use", func(s *Subnet) error { s.Gateway = addr("10.0.0.5"); return nil }, ErrInUse, "use gateway 10.0.0.5: address already in use by port p"},
		{"gateway outside", func(s *Subnet) error { s.Gateway = addr("10.0.1.5"); return nil }, ErrInvalid, "gateway 10.0.1.5: "},
		{"upside down", func(s *Subnet) error { s.Start, s.End = addr("10.0.0.9"), addr("10.0.0.2"); return nil }, ErrInvalid, "is above allocated_end"},
		{"id", func(s *Subnet) error { s.ID = "t"; return nil }, ErrInvalid, "id can't be changed"},
		{"network", func(s *Subnet) error { s.Network = "m"; return nil }, ErrInvalid, "logical network can't be changed"},
		{"prefix", func(s *Subnet) error { s.Prefix = prefix("10.0.0.0/16"); return nil }, ErrInvalid, "cidr cannot be changed"},
		{"external", func(s *Subnet) error { s.External = true; return nil }, ErrInvalid, "isexternal cannot be changed"},
		{"router", func(s *Subnet) error { s.Router = "r"; return nil }, ErrInvalid, "router can't be set: create and delete router interfaces instead"},
		{"pool", func(s *Subnet) error { s.Pool = ""; return nil }, ErrInvalid, "address pool can't be changed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			must[[]Network](t)(m.CreateNetworks(t.Context(), Spec{
				Network: Network{ID: "n"},
				Subnets: []Subnet{{ID: "s", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1"), Start: addr("10.0.0.2"), End: addr("10.0.0.9")}},
			}))
			must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "p", Network: "n", Addresses: []Address{{Address: addr("10.0.0.5")}}}))
			before := snapshot(t, store)
			got, err := m.UpdateSubnets(t.Context(), Change[Subnet]{"s", tt.edit})
			checkError(t, tt.name, err, tt.kind, tt.want)
			if err != nil {
				unchanged(t, store, before)
				return
			}
			if !same(got[0], must[Subnet](t)(m.Subnet(t.Context(), "s"))) {
				t.Errorf("answered %+v", got[0])
			}
			audit(t, m)
		})
	}
}

func TestOldGatewayIsFree(t *testing.T) {
	m, _ := newModel(t)
	must[[]Network](t)(m.CreateNetworks(t.Context(), Spec{
		Network: Network{ID: "n"}, Subnets: []Subnet{{ID: "s", Prefix: prefix("10.0.0.0/29"), Gateway: addr("10.0.0.1"), AutoGateway: true}},
	}))
	got := must[[]Subnet](t)(m.UpdateSubnets(t.Context(), Change[Subnet]{"s", func(s *Subnet) error {
		s.Gateway = addr("10.0.0.2")
		return nil
	}}))
	if got[0].AutoGateway {
		t.Error("a gateway that was named is not an automatic one")
	}
	_, err := m.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{Address: addr("10.0.0.2")}}})
	checkError(t, "new gateway", err, ErrInvalid, "ip_address 10.0.0.2 is the gateway of subnet")
	p := must[[]Port](t)(m.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{}}}))
	if p[0].Addresses[0].Address != addr("10.0.0.1") {
		t.Errorf("address %v", p[0].Addresses)
	}
}

// A port that takes an address between the look at the addresses in use and the
// update is found afterwards, and the range is put back.
func TestSubnetShrinkThatLosesARace(t *testing.T) {
	m, store := newModel(t)
	newNetwork(t, m, "n", "10.0.0.0/24")
	r := m.subnetResize(1)
	look, looks := r.inUse, 0
	var before map[string]any
	r.inUse = func(ctx context.Context, s Subnet) error {
		if looks++; looks == 1 {
			must[[]Port](t)(m.CreatePorts(ctx, Port{ID: "p", Network: "n", Addresses: []Address{{Address: addr("10.0.0.200")}}}))
			before = snapshot(t, store)
			return nil
		}
		return look(ctx, s)
	}
	_, err := r.update(t.Context(), m, []Change[Subnet]{{"n-0", func(s *Subnet) error {
		s.End = addr("10.0.0.100")
		return nil
	}}})
	checkError(t, "shrink", err, ErrInUse, "addresses in use lie outside the new range: p (10.0.0.200)")
	unchanged(t, store, before)
}

func TestDeleteSubnets(t *testing.T) {
	m, store := newModel(t)
	newNetwork(t, m, "n")
	before := snapshot(t, store)
	ids := project(must[[]Subnet](t)(m.CreateSubnets(t.Context(),
		Subnet{ID: "a", Network: "n", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1")},
		Subnet{ID: "b", Network: "n", Prefix: prefix("10.0.1.0/24")})), subnetID)
	must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "p", Network: "n", Addresses: []Address{{Subnet: "b"}}}))
	// An address that was asked for and is not used keeps no subnet.
	s := must[Subnet](t)(m.Subnet(t.Context(), "a"))
	if _, err := m.allocator.RequestAddress(t.Context(), s.Pool, ipam.AddressRequest{}); err != nil {
		t.Fatal(err)
	}
	checkError(t, "unknown", m.DeleteSubnets(t.Context(), "a", "x"), ErrNotFound, `delete subnet x: subnet "x" does not exist`)
	checkError(t, "used", m.DeleteSubnets(t.Context(), ids...), ErrInUse, "delete subnet b: it has logical ports, delete them first: p (10.0.1.1)")
	if all := must[[]Subnet](t)(m.Subnets(t.Context(), "n")); slices.ContainsFunc(all, func(s Subnet) bool { return s.Deleting }) {
		t.Errorf("still marked: %+v", all)
	}
	checkError(t, "port", m.DeletePorts(t.Context(), "p"), nil, "")
	checkError(t, "delete", m.DeleteSubnets(t.Context(), ids...), nil, "")
	unchanged(t, store, before)
}
