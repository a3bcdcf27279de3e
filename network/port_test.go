package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
)

// newDualNetwork makes network "n" with subnets "four" (10.0.0.0/24, gateway .1,
// ports .2 to .9), "more" (10.0.1.0/24) and "six" (fd00::/64), and "bare".
func newDualNetwork(t *testing.T, m *Model) {
	t.Helper()
	must[[]Network](t)(m.CreateNetworks(t.Context(), Spec{
		Network: Network{ID: "n"},
		Subnets: []Subnet{
			{ID: "six", Prefix: prefix("fd00::/64"), Gateway: addr("fd00::1")},
			{ID: "more", Prefix: prefix("10.0.1.0/24")},
			{ID: "four", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1"), Start: addr("10.0.0.2"), End: addr("10.0.0.9")},
		},
	}, Spec{Network: Network{ID: "bare"}}))
}

func TestPortRules(t *testing.T) {
	at := func(addresses ...string) (all []Address) {
		for _, a := range addresses {
			subnet, ip, _ := strings.Cut(a, "=")
			var parsed netip.Addr
			if ip != "" {
				parsed = addr(ip)
			}
			all = append(all, Address{subnet, parsed})
		}
		return all
	}
	tests := []struct {
		p    Port
		kind error
		want string // of the error, or the addresses
	}{
		{Port{Network: "n"}, nil, "[]"},
		{Port{Network: "n", Addresses: at("=")}, nil, "[{four 10.0.0.2}]"},
		{Port{Network: "n", Addresses: at("=", "=")}, nil, "[{four 10.0.0.2} {six fd00::2}]"},
		{Port{Network: "n", Addresses: at("six=", "=")}, nil, "[{six fd00::2} {four 10.0.0.2}]"},
		{Port{Network: "n", Addresses: at("=", "=fd00::9")}, nil, "[{four 10.0.0.2} {six fd00::9}]"},
		{Port{Network: "n", Addresses: at("more=")}, nil, "[{more 10.0.1.1}]"},
		{Port{Network: "n", Addresses: at("=10.0.0.9")}, nil, "[{four 10.0.0.9}]"},
		{Port{Network: "n", Addresses: at("four=10.0.0.9", "six=fd00::ffff")}, nil, "[{four 10.0.0.9} {six fd00::ffff}]"},
		{Port{Network: "n", MAC: "02:00:00:00:00:AA", Hostname: "web", Allowed: []netip.Prefix{prefix("10.9.9.9/16")}}, nil, "[]"},
		{Port{Network: "bare"}, nil, "[]"},
		{Port{ID: "a\x00", Network: "n"}, ErrInvalid, "control"},
		{Port{}, ErrInvalid, "the logical network is missing"},
		{Port{Network: "x"}, ErrNotFound, `logical network "x" does not exist`},
		{Port{Network: "n", MAC: "01:00:00:00:00:01"}, ErrInvalid, "group address"},
		{Port{Network: "n", MAC: "02:00:00:00:00:01"}, ErrInUse, `mac_address 02:00:00:00:00:01 is that of logical port "taken"`},
		{Port{Network: "n", MAC: "02:00:00:00:00:0A", Addresses: at("=10.0.0.5")}, ErrInUse, "10.0.0.5: address already in use by port taken"},
		{Port{Network: "n", Addresses: at("=10.0.0.1")}, ErrInvalid, `ip_address 10.0.0.1 is the gateway of subnet "four"`},
		{Port{Network: "n", Addresses: at("=10.0.0.0")}, ErrInvalid, `ip_address 10.0.0.0 is not usable in subnet "four"`},
		{Port{Network: "n", Addresses: at("=10.0.0.255")}, ErrInvalid, `ip_address 10.0.0.255 is not usable in subnet "four"`},
		{Port{Network: "n", Addresses: at("=10.0.0.10")}, ErrInvalid, "this subnet gives its ports 10.0.0.2 to 10.0.0.9"},
		{Port{Network: "n", Addresses: at("more=10.0.0.7")}, ErrInvalid, `ip_address 10.0.0.7 is not usable in subnet "more": address outside`},
		{Port{Network: "n", Addresses: at("=172.16.0.1")}, ErrInvalid, `is in no subnet of logical network "n", which has 10.0.0.0/24, 10.0.1.0/24, fd00::/64`},
		{Port{Network: "bare", Addresses: at("=172.16.0.1")}, ErrInvalid, `is in no subnet of logical network "bare", which has none`},
		{Port{Network: "bare", Addresses: at("=")}, ErrInvalid, `logical network "bare" has no subnet that an address could come from`},
		{Port{Network: "n", Addresses: at("=", "=", "=")}, ErrInvalid, "has no subnet that an address could come from"},
		{Port{Network: "bare", Addresses: at("four=")}, ErrInvalid, `specified subnet "four" is not in logical network "bare"`},
		{Port{Network: "n", Addresses: at("none=10.0.0.7")}, ErrInvalid, `specified subnet "none" is not in logical network "n"`},
		{Port{Network: "n", Addresses: at("=10.0.0.7", "=10.0.1.7")}, ErrInvalid, "10.0.0.7 and 10.0.1.7 are of one family"},
		{Port{Network: "n", Addresses: at("=10.0.0.7", "=10.0.0.7")}, ErrInvalid, "are of one family"},
		{Port{Network: "n", Addresses: at("four=", "more=")}, ErrInvalid, "are of one family"},
		{Port{Network: "n", Addresses: at("=::ffff:10.0.0.7")}, ErrInvalid, "write it as 10.0.0.7"},
		{Port{Network: "n", Addresses: at("=fd00::7%eth0")}, ErrInvalid, "has a zone"},
		{Port{Network: "n", Addresses: at("=224.0.0.1")}, ErrInvalid, "not the address of a single host"},
		{Port{Network: "n", Addresses: at("=0.0.0.0")}, ErrInvalid, "not the address of a single host"},
		{Port{Network: "n", Allowed: []netip.Prefix{{}}}, ErrInvalid, "allowed_addresses is missing"},
		{Port{Network: "n", Hostname: "a\nb"}, ErrInvalid, "control"},
		{Port{Network: "n", Owner: Owner{Endpoint: "a\nb"}}, ErrInvalid, "control"},
		{Port{Network: "n", ExtraDHCPOptions: []any{1}}, ErrInvalid, "not a pair"},
		{Port{Network: "n", Meta: map[string]any{"hostname": 1}}, ErrInvalid, "has a meaning"},
		{Port{ID: "taken", Network: "bare"}, ErrExists, `create logical port taken: it exists already, in logical network "n"`},
	}
	for _, tt := range tests {
		m, store := newModel(t)
		newDualNetwork(t, m)
		must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "taken", Network: "n", MAC: "02:00:00:00:00:01", Addresses: at("=10.0.0.5")}))
		before := snapshot(t, store)
		got, err := m.CreatePorts(t.Context(), tt.p)
		if err != nil || tt.kind != nil {
			checkError(t, tt.want, err, tt.kind, tt.want)
			unchanged(t, store, before)
			continue
		}
		p := must[Port](t)(m.Port(t.Context(), got[0].ID))
		if text := fmt.Sprint(p.Addresses); text != tt.want || !same(p, got[0]) || p.MAC != strings.ToLower(p.MAC) {
			t.Errorf("created %s, answered %+v, want %s", text, got[0], tt.want)
		}
		if want := deriveMAC("n", p, 0); tt.p.MAC == "" && tt.p.Network == "n" && p.MAC != want {
			t.Errorf("MAC %s, want %s", p.MAC, want)
		}
		audit(t, m)
	}
}

func TestSameAddressesInTwoNetworks(t *testing.T) {
	m, _ := newModel(t)
	for _, n := range []string{"a", "b"} {
		newNetwork(t, m, n, "10.0.0.0/24")
		must[[]Port](t)(m.CreatePorts(t.Context(), Port{Network: n, MAC: "02:00:00:00:00:01", Addresses: []Address{{Address: addr("10.0.0.9")}}}))
	}
	audit(t, m)
}

func TestBatchOfPorts(t *testing.T) {
	m, store := newModel(t)
	newNetwork(t, m, "n", "10.0.0.0/29")
	free := Port{Network: "n", Addresses: []Address{{}}}
	named := func(id, a string) Port {
		return Port{ID: id, Network: "n", Addresses: []Address{{Address: addr(a)}}}
	}
	before := snapshot(t, store)
	_, err := m.CreatePorts(t.Context(), named("a", "10.0.0.1"), named("b", "10.0.0.1"))
	checkError(t, "same address", err, ErrInUse, "create logical port b: use address 10.0.0.1: address already in use by port a")
	_, err = m.CreatePorts(t.Context(), named("a", "10.0.0.1"), named("a", "10.0.0.2"))
	checkError(t, "twice", err, ErrInvalid, "create logical port a: it is named twice")
	_, err = m.CreatePorts(t.Context(), free, free, free, free, free, free, free)
	checkError(t, "one too many", err, ErrExhausted, `create logical port: subnet "n-0" has no free address left`)
	unchanged(t, store, before)

	got := must[[]Port](t)(m.CreatePorts(t.Context(), free, named("a", "10.0.0.1"), named("b", "10.0.0.2"), free))
	if ips := project(got, func(p Port) string { return p.Addresses[0].Address.String() }); !slices.Equal(ips, []string{"10.0.0.3", "10.0.0.1", "10.0.0.2", "10.0.0.4"}) {
		t.Errorf("addresses %v: named ones go first", ips)
	}
	if all := must[[]Port](t)(m.Ports(t.Context(), "")); len(all) != 4 {
		t.Errorf("all ports: %v", all)
	}
	if all := must[[]Port](t)(m.Ports(t.Context(), "none")); len(all) != 0 {
		t.Errorf("ports of none: %v", all)
	}
	audit(t, m)
}

func TestCreatePortAgain(t *testing.T) {
	owner := Owner{Face: "docker", Host: "h", Boot: "b", Endpoint: "e"}
	first := Port{ID: "p", Network: "n", Owner: owner, Addresses: []Address{{Address: addr("10.0.0.5")}, {}}, Meta: map[string]any{"a": []any{1}}}
	edit := func(change func(*Port)) Port {
		p := first
		p.Addresses = slices.Clone(p.Addresses)
		change(&p)
		return p
	}
	tests := []struct {
		name string
		p    Port
		same bool
	}{
		{"same", first, true},
		{"with what was chosen", edit(func(p *Port) {
			p.MAC = deriveMAC("n", first, 0)
			p.Addresses[1] = Address{"six", addr("fd00::2")}
		}), true},
		{"other owner", edit(func(p *Port) { p.Owner.Endpoint = "f" }), false},
		{"no owner", edit(func(p *Port) { p.Owner = Owner{} }), false},
		{"other MAC", edit(func(p *Port) { p.MAC = "02:00:00:00:00:01" }), false},
		{"other address", edit(func(p *Port) { p.Addresses[0].Address = addr("10.0.0.6") }), false},
		{"fewer addresses", edit(func(p *Port) { p.Addresses = p.Addresses[:1] }), false},
		{"other hostname", edit(func(p *Port) { p.Hostname = "x" }), false},
		{"other meta", edit(func(p *Port) { p.Meta = nil }), false},
		{"other network", edit(func(p *Port) { p.Network = "bare"; p.Addresses = nil }), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			newDualNetwork(t, m)
			created := must[[]Port](t)(m.CreatePorts(t.Context(), first))
			before := snapshot(t, store)
			again, err := m.CreatePorts(t.Context(), tt.p)
			if tt.same && (err != nil || !same(created, again)) {
				t.Errorf("got %+v, %v", again, err)
			}
			if !tt.same {
				checkError(t, tt.name, err, ErrExists, "create logical port p: it exists already")
			}
			unchanged(t, store, before)
		})
	}
}

// What a container's IPAM asked for on this host is its port's to use, and
// stays asked for when the port goes; what another host asked for is not.
func TestPortTakesRequestedAddress(t *testing.T) {
	m, store := newModel(t)
	newNetwork(t, m, "n", "10.0.0.0/24")
	other := modelOn(t, store, "host2")
	pool := must[Subnet](t)(m.Subnet(t.Context(), "n-0")).Pool
	for range 2 {
		got, err := m.allocator.RequestAddress(t.Context(), pool, ipam.AddressRequest{Owner: "token", Address: addr("10.0.0.1")})
		if err != nil || got.Addr() != addr("10.0.0.1") {
			t.Fatalf("requested %v, %v", got, err)
		}
		p := Port{ID: "p", Network: "n", Addresses: []Address{{Address: got.Addr()}}}
		_, err = other.CreatePorts(t.Context(), p)
		checkError(t, "other host", err, ErrInUse, "10.0.0.1")
		free := must[[]Port](t)(other.CreatePorts(t.Context(), Port{ID: "q", Network: "n", Addresses: []Address{{}}}))
		if free[0].Addresses[0].Address == addr("10.0.0.1") {
			t.Errorf("automatic address %v", free[0].Addresses)
		}
		must[[]Port](t)(m.CreatePorts(t.Context(), p))
		checkError(t, "delete", m.DeletePorts(t.Context(), "p", "q"), nil, "")
	}
	_, err := other.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{Address: addr("10.0.0.1")}}})
	checkError(t, "still asked for", err, ErrInUse, "10.0.0.1")
	if err := m.allocator.ReleaseAddress(t.Context(), pool, addr("10.0.0.1")); err != nil {
		t.Fatal(err)
	}
	must[[]Port](t)(other.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{Address: addr("10.0.0.1")}}}))
}

func TestUpdatePorts(t *testing.T) {
	mine := errors.New("mine")
	tests := []struct {
		name string
		edit func(*Port) error
		kind error
		want string // of the error, or the MAC and the addresses
	}{
		{"nothing", func(*Port) error { return nil }, nil, "02:00:00:00:00:0a [{four 10.0.0.5}]"},
		{"address", func(p *Port) error { p.Addresses[0] = Address{Address: addr("10.0.0.7")}; return nil }, nil, "02:00:00:00:00:0a [{four 10.0.0.7}]"},
		{"other subnet", func(p *Port) error { p.Addresses[0] = Address{Subnet: "more"}; return nil }, nil, "02:00:00:00:00:0a [{more 10.0.1.1}]"},
		{"one more", func(p *Port) error { p.Addresses = append(p.Addresses, Address{}); return nil }, nil, "02:00:00:00:00:0a [{four 10.0.0.5} {six fd00::2}]"},
		{"none", func(p *Port) error { p.Addresses = nil; return nil }, nil, "02:00:00:00:00:0a []"},
		{"mac", func(p *Port) error { p.MAC = "02:00:00:00:00:0B"; return nil }, nil, "02:00:00:00:00:0b [{four 10.0.0.5}]"},
		{"no mac", func(p *Port) error { p.MAC = ""; return nil }, nil, "02:1a:20:01:c3:d1 [{four 10.0.0.5}]"},
		{"meta", func(p *Port) error { p.Meta = map[string]any{"x": 1}; p.Hostname = "y"; return nil }, nil, "02:00:00:00:00:0a [{four 10.0.0.5}]"},
		{"taken address", func(p *Port) error { p.Addresses[0].Address = addr("10.0.0.6"); return nil }, ErrInUse, "in use by port q"},
		{"taken mac", func(p *Port) error { p.MAC = "02:00:00:00:00:01"; return nil }, ErrInUse, `is that of logical port "q"`},
		{"gateway", func(p *Port) error { p.Addresses[0].Address = addr("10.0.0.1"); return nil }, ErrInvalid, "is the gateway"},
		{"foreign subnet", func(p *Port) error { p.Addresses[0] = Address{Subnet: "x"}; return nil }, ErrInvalid, `subnet "x" is not in`},
		{"bad mac", func(p *Port) error { p.MAC = "x"; return nil }, ErrInvalid, "is not of the form"},
		{"id", func(p *Port) error { p.ID = "r"; return nil }, ErrInvalid, "id can't be changed"},
		{"network", func(p *Port) error { p.Network = "bare"; return nil }, ErrInvalid, "logical network can't be changed"},
		{"own error", func(*Port) error { return mine }, mine, "update logical port p: mine"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			newDualNetwork(t, m)
			must[[]Port](t)(m.CreatePorts(t.Context(),
				Port{ID: "p", Network: "n", MAC: "02:00:00:00:00:0a", Addresses: []Address{{Address: addr("10.0.0.5")}}},
				Port{ID: "q", Network: "n", MAC: "02:00:00:00:00:01", Addresses: []Address{{Address: addr("10.0.0.6")}}}))
			before := snapshot(t, store)
			got, err := m.UpdatePorts(t.Context(), Change[Port]{"p", tt.edit})
			if err != nil || tt.kind != nil {
				checkError(t, tt.name, err, tt.kind, tt.want)
				unchanged(t, store, before)
				return
			}
			p := must[Port](t)(m.Port(t.Context(), "p"))
			if text := fmt.Sprint(p.MAC, " ", p.Addresses); text != tt.want || !same(p, got[0]) {
				t.Errorf("now %s, answered %+v, want %s", text, got[0], tt.want)
			}
			audit(t, m)
		})
	}
}

func TestExchangeAddresses(t *testing.T) {
	m, _ := newModel(t)
	newNetwork(t, m, "n", "10.0.0.0/30")
	ports := must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "a", Network: "n", Addresses: []Address{{}}}, Port{ID: "b", Network: "n", Addresses: []Address{{}}}))
	like := func(id string, other Port) Change[Port] {
		return Change[Port]{id, func(p *Port) error { p.MAC, p.Addresses = other.MAC, other.Addresses; return nil }}
	}
	got := must[[]Port](t)(m.UpdatePorts(t.Context(), like("a", ports[1]), like("b", ports[0])))
	if got[0].MAC != ports[1].MAC || got[1].Addresses[0] != ports[0].Addresses[0] {
		t.Errorf("got %+v", got)
	}
	audit(t, m)
	_, err := m.UpdatePorts(t.Context(), like("a", ports[0]), like("x", ports[0]))
	checkError(t, "unknown", err, ErrNotFound, `update logical port x: logical port "x" does not exist`)
	_, err = m.UpdatePorts(t.Context(), like("a", ports[0]), like("a", ports[0]))
	checkError(t, "twice", err, ErrInvalid, "named twice")
}

func TestDeletePorts(t *testing.T) {
	m, store := newModel(t)
	newDualNetwork(t, m)
	before := snapshot(t, store)
	must[[]Port](t)(m.CreatePorts(t.Context(),
		Port{ID: "a", Network: "n", Addresses: []Address{{}, {}}}, Port{ID: "b", Network: "n"}, Port{ID: "c", Network: "bare"}))
	full := snapshot(t, store)
	checkError(t, "unknown", m.DeletePorts(t.Context(), "a", "x"), ErrNotFound, `delete logical port x: logical port "x" does not exist`)
	checkError(t, "twice", m.DeletePorts(t.Context(), "a", "a"), ErrInvalid, "named twice")
	unchanged(t, store, full)
	checkError(t, "delete", m.DeletePorts(t.Context(), "a", "b", "c"), nil, "")
	unchanged(t, store, before)
}

func TestIDsThatCantExist(t *testing.T) {
	m, store := newModel(t)
	newDualNetwork(t, m)
	before := snapshot(t, store)
	long := strings.Repeat("x", 600)
	result := func(_ any, err error) error { return err }
	for i, err := range []error{
		result(m.Port(t.Context(), long)),
		result(m.Network(t.Context(), long)),
		result(m.CreatePorts(t.Context(), Port{Network: long})),
		result(m.CreateSubnets(t.Context(), Subnet{Network: long, Prefix: prefix("10.0.0.0/8")})),
		result(m.CreateNetworks(t.Context(), Spec{Network: Network{Physical: long}})),
		result(m.CreatePhysicalPorts(t.Context(), PhysicalPort{Network: long, Name: "x"})),
		result(m.UpdateNetworks(t.Context(), Change[Network]{ID: long})),
		m.DeletePorts(t.Context(), long),
		m.DeletePhysicalPorts(t.Context(), long),
		m.DeleteSubnets(t.Context(), long),
		m.DeleteNetworks(t.Context(), long),
		m.DeletePhysicals(t.Context(), long),
	} {
		checkError(t, fmt.Sprint(i), err, ErrNotFound, "it names an object that can't exist")
	}
	_, err := m.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{Subnet: long}}})
	checkError(t, "subnet", err, ErrNotFound, "can't exist")
	unchanged(t, store, before)
}

func TestPortIsFoundInTheStore(t *testing.T) {
	m, _ := newModel(t)
	if _, err := m.Port(t.Context(), "p"); !errors.Is(err, ErrNotFound) || err.Error() != `read logical port p: logical port "p" does not exist` {
		t.Error(err)
	}
	if _, err := m.Network(t.Context(), "n"); !errors.Is(err, ErrNotFound) || err.Error() != `read logical network n: logical network "n" does not exist` {
		t.Error(err)
	}
}
