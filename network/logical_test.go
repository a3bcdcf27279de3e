package network

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

// newPhysicals makes a physical network of each type: "x" (VNIs 1 to 3), "v"
// (VLANs 10 to 12), "n" and "l".
func newPhysicals(t *testing.T, m *Model) {
	t.Helper()
	must[[]Physical](t)(m.CreatePhysicals(t.Context(),
		vxlan("x", Range{1, 2}, Range{7, 7}), Physical{ID: "v", Type: VLAN, Ranges: []Range{{10, 12}}},
		Physical{ID: "n", Type: Native}, Physical{ID: "l", Type: Local}))
}

func TestNetworkRules(t *testing.T) {
	off := false
	tests := []struct {
		n    Network
		kind error
		want string // of the error, or of what is chosen
	}{
		{Network{Physical: "x"}, nil, "vxlan 1 1450"},
		{Network{Physical: "x", Segment: 7, MTU: 1400, AntiSpoof: &off}, nil, "vxlan 7 1400"},
		{Network{Physical: "x", Type: VXLAN}, nil, "vxlan 1 1450"},
		{Network{Physical: "v"}, nil, "vlan 10 1500"},
		{Network{Physical: "n"}, nil, "native 0 1500"},
		{Network{Physical: "l", MTU: 68, Meta: map[string]any{"a": "b"}}, nil, "local 0 68"},
		{Network{ID: "a\x00", Physical: "x"}, ErrInvalid, "control"},
		{Network{Physical: "y"}, ErrNotFound, `physical network "y" does not exist`},
		{Network{Physical: "x", Segment: 3}, ErrInvalid, `specified VNI 3 not in range: physical network "x" has [1, 2], [7, 7]`},
		{Network{Physical: "v", Segment: 4095}, ErrInvalid, "specified VLAN ID 4095 not in range"},
		{Network{Physical: "n", Segment: 3}, ErrInvalid, "type=native has no VNIs"},
		{Network{Physical: "l", Segment: 3}, ErrInvalid, "type=local has no VNIs"},
		{Network{Physical: "v", Type: VXLAN}, ErrInvalid, `physical network "v" is of type vlan, not vxlan`},
		{Network{Physical: "v", Type: "foo"}, ErrInvalid, `type "foo" is not supported`},
		{Network{Physical: "x", MTU: 1451}, ErrInvalid, "mtu 1451 is too large for the tunnel: at most 1450 here"},
		{Network{Physical: "v", MTU: 1501}, ErrInvalid, "too large for the VLAN trunk: at most 1500 here"},
		{Network{Physical: "n", MTU: 1501}, ErrInvalid, "too large for the device"},
		{Network{Physical: "l", MTU: 1501}, ErrInvalid, "too large for a local network"},
		{Network{Physical: "x", MTU: 67}, ErrInvalid, "mtu 67 is too small: IPv4 needs at least 68"},
		{Network{Physical: "x", MTU: -1}, ErrInvalid, "mtu -1 is too small"},
		{Network{Physical: "x", DHCP: DHCP{LeaseTime: "x"}}, ErrInvalid, "lease_time"},
		{Network{Physical: "x", Owner: Owner{Host: "a\x00"}}, ErrInvalid, "control"},
		{Network{Physical: "x", Meta: map[string]any{"mtu": 1}}, ErrInvalid, "has a meaning"},
	}
	for _, tt := range tests {
		m, store := newModel(t)
		newPhysicals(t, m)
		before := snapshot(t, store)
		got, err := m.CreateNetworks(t.Context(), Spec{Network: tt.n})
		if err != nil {
			checkError(t, tt.n.ID, err, tt.kind, tt.want)
			unchanged(t, store, before)
			continue
		}
		n := must[Network](t)(m.Network(t.Context(), got[0].ID))
		if text := fmt.Sprintf("%s %d %d", n.Type, n.Segment, n.MTU); text != tt.want || tt.kind != nil {
			t.Errorf("created %s, want %s", text, tt.want)
		}
		if !same(n, got[0]) || n.Number == 0 || n.Number > maxNumber {
			t.Errorf("answered %+v, stored %+v", got[0], n)
		}
	}
}

func TestSegmentsAreUniqueInAPhysicalNetwork(t *testing.T) {
	m, _ := newModel(t)
	newPhysicals(t, m)
	make := func(physical string, segment uint32) (uint32, error) {
		n, err := m.CreateNetworks(t.Context(), Spec{Network: Network{ID: fmt.Sprintf("%s%d-%d", physical, segment, len(must[[]Network](t)(m.Networks(t.Context())))), Physical: physical, Segment: segment}})
		if err != nil {
			return 0, err
		}
		return n[0].Segment, nil
	}
	tests := []struct {
		physical string
		segment  uint32
		want     uint32
		kind     error
		text     string
	}{
		{"x", 0, 1, nil, ""},
		{"x", 1, 0, ErrInUse, `specified VNI 1 is allocated to logical network "x0-0"`},
		{"x", 7, 7, nil, ""},
		{"x", 0, 2, nil, ""},
		{"x", 0, 0, ErrExhausted, `no available VNI in physical network "x": extend its vnirange`},
		{"v", 0, 10, nil, ""},
		{"v", 12, 12, nil, ""},
		{"v", 0, 11, nil, ""},
		{"v", 0, 0, ErrExhausted, `no available VLAN ID in physical network "v": extend its vlanrange`},
		{"n", 0, 0, nil, ""},
		{"n", 0, 0, ErrInUse, `type=native can only have one logical network: "n" has "n0-6"`},
		{"l", 0, 0, nil, ""},
		{"l", 0, 0, nil, ""},
	}
	for _, tt := range tests {
		got, err := make(tt.physical, tt.segment)
		checkError(t, fmt.Sprint(tt.physical, tt.segment), err, tt.kind, tt.text)
		if got != tt.want {
			t.Errorf("on %s: segment %d, want %d", tt.physical, got, tt.want)
		}
	}
}

func TestBatchOfNetworks(t *testing.T) {
	m, store := newModel(t)
	newPhysicals(t, m)
	on := func(id string, segment uint32) Spec {
		return Spec{Network: Network{ID: id, Physical: "x", Segment: segment}}
	}
	before := snapshot(t, store)
	_, err := m.CreateNetworks(t.Context(), on("a", 0), on("b", 0), on("c", 0), on("d", 0))
	checkError(t, "one too many", err, ErrExhausted, "create logical network d: no available VNI")
	_, err = m.CreateNetworks(t.Context(), on("a", 0), on("a", 0))
	checkError(t, "twice", err, ErrInvalid, "create logical network a: it is named twice")
	_, err = m.CreateNetworks(t.Context(), on("a", 7), on("b", 7))
	checkError(t, "same VNI", err, ErrInUse, `create logical network b: specified VNI 7 is allocated to logical network "a"`)
	sub := []Subnet{{ID: "s", Prefix: prefix("10.0.0.0/24")}}
	_, err = m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "a"}, Subnets: sub}, Spec{Network: Network{ID: "b"}, Subnets: sub})
	checkError(t, "same subnet", err, ErrInvalid, `create logical network b: subnet "s" is named twice`)
	unchanged(t, store, before)

	got := must[[]Network](t)(m.CreateNetworks(t.Context(), on("a", 0), on("b", 1), on("c", 0)))
	segments := project(got, func(n Network) uint32 { return n.Segment })
	if !slices.Equal(project(got, func(n Network) string { return n.ID }), []string{"a", "b", "c"}) || !slices.Equal(segments, []uint32{2, 1, 7}) {
		t.Errorf("got %v with VNIs %v: named ones go first", got, segments)
	}
	_, err = m.CreateNetworks(t.Context(), on("a", 0))
	checkError(t, "again", err, ErrExists, "create logical network a: it exists already")
}

func TestMaxMTU(t *testing.T) {
	m, store := newModel(t)
	broken := errors.New("no such link")
	m.maxMTU = func(_ context.Context, p Physical) (int, error) {
		if p.Type == Native {
			return 0, broken
		}
		return 8950, nil
	}
	newPhysicals(t, m)
	n := must[[]Network](t)(m.CreateNetworks(t.Context(), Spec{Network: Network{Physical: "x"}}, Spec{Network: Network{Physical: "x", MTU: 8950}}))
	if n[0].MTU != 8950 || n[1].MTU != 8950 {
		t.Errorf("MTUs %d and %d", n[0].MTU, n[1].MTU)
	}
	before := snapshot(t, store)
	_, err := m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "a", Physical: "n"}})
	checkError(t, "broken", err, broken, "create logical network a: no such link")
	unchanged(t, store, before)
}

func TestCreateNetworkAgain(t *testing.T) {
	owner := Owner{Face: "docker", Host: "h", Boot: "b", Endpoint: "e"}
	spec := func(change func(*Spec)) Spec {
		s := Spec{
			Network: Network{ID: "a", Owner: owner, Meta: map[string]any{"x": 1}},
			Subnets: []Subnet{
				{Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1"), HostRoutes: []Route{{prefix("0.0.0.0/0"), addr("10.0.0.9")}}},
				{ID: "s6", Prefix: prefix("fd00::/64")},
			},
		}
		change(&s)
		return s
	}
	tests := []struct {
		name string
		spec Spec
		same bool
	}{
		{"same", spec(func(*Spec) {}), true},
		{"with what was chosen", spec(func(s *Spec) {
			s.Network.Physical, s.Network.Type, s.Network.Segment, s.Network.MTU = "vxlan", VXLAN, 10000, 1450
		}), true},
		{"other segment", spec(func(s *Spec) { s.Network.Segment = 10001 }), false},
		{"other MTU", spec(func(s *Spec) { s.Network.MTU = 1400 }), false},
		{"other meta", spec(func(s *Spec) { s.Network.Meta = map[string]any{"x": 2} }), false},
		{"other owner", spec(func(s *Spec) { s.Network.Owner.Boot = "c" }), false},
		{"no owner", spec(func(s *Spec) { s.Network.Owner = Owner{} }), false},
		{"fewer subnets", spec(func(s *Spec) { s.Subnets = s.Subnets[:1] }), false},
		{"other prefix", spec(func(s *Spec) {
			s.Subnets[0].Prefix = prefix("10.0.1.0/24")
			s.Subnets[0].Gateway, s.Subnets[0].HostRoutes = addr("10.0.1.1"), nil
		}), false},
		{"other subnet id", spec(func(s *Spec) { s.Subnets[1].ID = "t6" }), false},
		{"other gateway", spec(func(s *Spec) { s.Subnets[0].Gateway = addr("10.0.0.2") }), false},
		{"other route", spec(func(s *Spec) { s.Subnets[0].HostRoutes = nil }), false},
		{"other range", spec(func(s *Spec) { s.Subnets[1].Start = addr("fd00::9") }), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			first := must[[]Network](t)(m.CreateNetworks(t.Context(), spec(func(*Spec) {})))
			before := snapshot(t, store)
			again, err := m.CreateNetworks(t.Context(), tt.spec)
			if tt.same && (err != nil || !same(first, again)) {
				t.Errorf("got %+v, %v", again, err)
			}
			if !tt.same {
				checkError(t, tt.name, err, ErrExists, "create logical network a: it exists already")
			}
			unchanged(t, store, before)
		})
	}
}

func TestCreateWhatIsHalfDeleted(t *testing.T) {
	m, _ := newModel(t)
	newNetwork(t, m, "a", "10.0.0.0/24")
	setDeleting(t, m, networkKey("a"))
	_, err := m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "a"}})
	checkError(t, "with a subnet", err, ErrExists, "it exists already")

	setDeleting(t, m, subnetKey("a", "a-0"))
	s := must[[]Subnet](t)(m.CreateSubnets(t.Context(), Subnet{ID: "a-0", Network: "a", Prefix: prefix("10.9.0.0/24")}))
	if s[0].Prefix != prefix("10.9.0.0/24") || s[0].Deleting {
		t.Errorf("subnet %+v", s[0])
	}
	checkError(t, "delete", m.DeleteSubnets(t.Context(), "a-0"), nil, "")

	setDeleting(t, m, networkKey("a"))
	n := must[[]Network](t)(m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "a", Segment: 12345}}))
	if n[0].Segment != 12345 || n[0].Deleting {
		t.Errorf("network %+v", n[0])
	}
	checkError(t, "delete", m.DeleteNetworks(t.Context(), "a"), nil, "")

	setDeleting(t, m, physicalKey("vxlan"))
	_, err = m.CreatePhysicals(t.Context(), standardPhysical())
	checkError(t, "with a port", err, ErrExists, "it exists already")
	checkError(t, "delete", m.DeletePhysicalPorts(t.Context(), standardPort().ID()), nil, "")
	setDeleting(t, m, physicalKey("vxlan"))
	if p := must[[]Physical](t)(m.CreatePhysicals(t.Context(), Physical{ID: "vxlan", Type: Local})); p[0].Type != Local {
		t.Errorf("physical network %+v", p[0])
	}
}

func TestUpdateNetworks(t *testing.T) {
	off := false
	tests := []struct {
		name string
		edit func(*Network) error
		kind error
		want string
	}{
		{"segment", func(n *Network) error { n.Segment = 7; return nil }, nil, ""},
		{"free segment", func(n *Network) error { n.Segment = 0; return nil }, nil, ""},
		{"mtu", func(n *Network) error { n.MTU = 1400; return nil }, nil, ""},
		{"largest mtu", func(n *Network) error { n.MTU = 0; n.Meta = map[string]any{"x": "y"}; return nil }, nil, ""},
		{"dhcp", func(n *Network) error { n.DomainName = "example.org"; n.AntiSpoof = &off; return nil }, nil, ""},
		{"taken segment", func(n *Network) error { n.Segment = 2; return nil }, ErrInUse, `specified VNI 2 is allocated to logical network "b"`},
		{"foreign segment", func(n *Network) error { n.Segment = 5; return nil }, ErrInvalid, "not in range"},
		{"large mtu", func(n *Network) error { n.MTU = 9000; return nil }, ErrInvalid, "at most 1450 here"},
		{"small mtu", func(n *Network) error { n.MTU = 1000; return nil }, ErrInvalid, "mtu 1000 is too small for IPv6 subnet fd00::/64"},
		{"id", func(n *Network) error { n.ID = "c"; return nil }, ErrInvalid, "id can't be changed"},
		{"physical", func(n *Network) error { n.Physical = "v"; return nil }, ErrInvalid, "physical network can't be changed"},
		{"type", func(n *Network) error { n.Type = VLAN; return nil }, ErrInvalid, "physical network can't be changed"},
		{"number", func(n *Network) error { n.Number++; return nil }, ErrInvalid, "register number can't be changed"},
		{"subnets", func(n *Network) error { clear(n.Subnets); return nil }, ErrInvalid, "create and delete subnets"},
		{"meta", func(n *Network) error { n.Meta = map[string]any{"x": math.Inf(1)}; return nil }, ErrInvalid, "can't be stored"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			newPhysicals(t, m)
			must[[]Network](t)(m.CreateNetworks(t.Context(),
				Spec{Network: Network{ID: "a", Physical: "x"}, Subnets: []Subnet{{Prefix: prefix("fd00::/64")}}},
				Spec{Network: Network{ID: "b", Physical: "x"}}))
			before := snapshot(t, store)
			got, err := m.UpdateNetworks(t.Context(), Change[Network]{"a", tt.edit})
			checkError(t, tt.name, err, tt.kind, tt.want)
			if err != nil {
				unchanged(t, store, before)
				return
			}
			if !same(got[0], must[Network](t)(m.Network(t.Context(), "a"))) {
				t.Errorf("answered %+v", got[0])
			}
			audit(t, m)
		})
	}
}

func TestExchangeSegments(t *testing.T) {
	m, _ := newModel(t)
	newPhysicals(t, m)
	for _, id := range []string{"a", "b", "c"} {
		must[[]Network](t)(m.CreateNetworks(t.Context(), Spec{Network: Network{ID: id, Physical: "x"}}))
	}
	set := func(id string, segment uint32) Change[Network] {
		return Change[Network]{id, func(n *Network) error { n.Segment = segment; return nil }}
	}
	got := must[[]Network](t)(m.UpdateNetworks(t.Context(), set("a", 0), set("b", 1), set("c", 2)))
	if s := project(got, func(n Network) uint32 { return n.Segment }); !slices.Equal(s, []uint32{7, 1, 2}) {
		t.Errorf("segments %v", s)
	}
	audit(t, m)
	_, err := m.UpdateNetworks(t.Context(), set("a", 1), set("x", 0))
	checkError(t, "unknown", err, ErrNotFound, `update logical network x: logical network "x" does not exist`)
	_, err = m.UpdateNetworks(t.Context(), set("a", 1), set("a", 2))
	checkError(t, "twice", err, ErrInvalid, "named twice")
}

func TestDeleteNetworks(t *testing.T) {
	m, store := newModel(t)
	newPhysicals(t, m)
	before := snapshot(t, store)
	must[[]Network](t)(m.CreateNetworks(t.Context(),
		Spec{Network: Network{ID: "a", Physical: "x"}, Subnets: []Subnet{{ID: "s", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1")}}},
		Spec{Network: Network{ID: "b", Physical: "n"}}, Spec{Network: Network{ID: "c", Physical: "l"}}))
	must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "p", Network: "a"}))

	checkError(t, "unknown", m.DeleteNetworks(t.Context(), "b", "y"), ErrNotFound, `delete logical network y: logical network "y" does not exist`)
	checkError(t, "subnet", m.DeleteNetworks(t.Context(), "b", "a"), ErrInUse, "delete logical network a: must delete all subnets of this logical network first: s")
	checkError(t, "port", m.DeleteNetworksAndSubnets(t.Context(), "b", "a"), ErrInUse, "must delete all logical ports of this logical network first: p")
	checkError(t, "subnet alone", m.DeleteSubnets(t.Context(), "s"), nil, "")
	checkError(t, "port", m.DeleteNetworks(t.Context(), "a"), ErrInUse, "must delete all logical ports")
	for _, n := range must[[]Network](t)(m.Networks(t.Context())) {
		if n.Deleting {
			t.Errorf("%s is still marked", n.ID)
		}
	}
	checkError(t, "delete port", m.DeletePorts(t.Context(), "p"), nil, "")
	checkError(t, "delete", m.DeleteNetworks(t.Context(), "a", "b", "c"), nil, "")
	unchanged(t, store, before)
}
