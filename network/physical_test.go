package network

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func vxlan(id string, ranges ...Range) Physical {
	return Physical{ID: id, Type: VXLAN, Ranges: ranges}
}

func TestPhysicalRules(t *testing.T) {
	tests := []struct {
		p    Physical
		want string
	}{
		{vxlan("p", Range{1, 1}, Range{2, 10}, Range{100, maxVNI}), ""},
		{Physical{ID: "p", Type: VLAN, Ranges: []Range{{1, 4094}}, Meta: map[string]any{"rack": 7}}, ""},
		{Physical{ID: "p", Type: Native}, ""},
		{Physical{ID: "p", Type: Local}, ""},
		{Physical{Type: Local}, ""},
		{Physical{ID: "a\tb", Type: Local}, "control"},
		{Physical{ID: "p"}, `type "" is not supported`},
		{Physical{ID: "p", Type: "foo"}, `type "foo" is not supported`},
		{vxlan("p"), "must specify vnirange with physical network type=vxlan"},
		{Physical{ID: "p", Type: VLAN}, "must specify vlanrange with physical network type=vlan"},
		{Physical{ID: "p", Type: Local, Ranges: []Range{{1, 2}}}, "type=local has no segment ids"},
		{Physical{ID: "p", Type: Native, Ranges: []Range{{1, 2}}}, "type=native has no segment ids"},
		{vxlan("p", Range{10, 5}), "vnirange [10, 5] is upside down"},
		{vxlan("p", Range{0, 5}), "vnirange [0, 5] is out of range (1 - 16777215)"},
		{vxlan("p", Range{1, maxVNI + 1}), "out of range (1 - 16777215)"},
		{Physical{ID: "p", Type: VLAN, Ranges: []Range{{1, 4095}}}, "vlanrange [1, 4095] is out of range (1 - 4094)"},
		{vxlan("p", Range{1, 5}, Range{5, 9}), "vnirange sequences overlapped or disordered: [5, 9]"},
		{vxlan("p", Range{10, 15}, Range{1, 2}), "vnirange sequences overlapped or disordered: [1, 2]"},
		{Physical{ID: "p", Type: Local, Meta: map[string]any{"type": 1}}, `"type" has a meaning`},
	}
	for _, tt := range tests {
		m, store := newModel(t)
		got, err := m.CreatePhysicals(t.Context(), tt.p)
		checkError(t, tt.p.ID, err, ErrInvalid, tt.want)
		if err != nil {
			if left := keys(t, store); len(left) > 0 {
				t.Errorf("refused, but the store has %v", left)
			}
			continue
		}
		if got[0].ID == "" {
			t.Error("no id was made")
		}
		stored := must[Physical](t)(m.Physical(t.Context(), got[0].ID))
		if !same(got[0], stored) {
			t.Errorf("answered %+v, stored %+v", got[0], stored)
		}
	}
}

func TestPhysicalsExistOnce(t *testing.T) {
	m, _ := newModel(t)
	local := Physical{ID: "p", Type: Local}
	must[[]Physical](t)(m.CreatePhysicals(t.Context(), local))
	_, err := m.CreatePhysicals(t.Context(), Physical{ID: "q", Type: Local}, local)
	checkError(t, "p again", err, ErrExists, "create physical network p: it exists already")
	_, err = m.CreatePhysicals(t.Context(), Physical{ID: "q", Type: Local}, Physical{ID: "q", Type: Local})
	checkError(t, "q twice", err, ErrInvalid, "create physical network q: it is named twice")
	if all := must[[]Physical](t)(m.Physicals(t.Context())); !slices.Equal(project(all, physicalID), []string{"p"}) {
		t.Errorf("not atomic: %v", all)
	}
}

func TestUpdatePhysicals(t *testing.T) {
	tests := []struct {
		name string
		edit func(*Physical) error
		kind error
		want string
	}{
		{"extend", func(p *Physical) error { p.Ranges = []Range{{1, 20}}; return nil }, nil, ""},
		{"shrink to what is used", func(p *Physical) error { p.Ranges = []Range{{5, 5}}; return nil }, nil, ""},
		{"meta", func(p *Physical) error { p.Meta = map[string]any{"rack": "7"}; return nil }, nil, ""},
		{"default", func(p *Physical) error { p.Default = true; return nil }, nil, ""},
		{"lose a VNI in use", func(p *Physical) error { p.Ranges = []Range{{6, 20}}; return nil }, ErrInUse, "allocated VNI 5 not in new VNI range: [6, 20]"},
		{"upside down", func(p *Physical) error { p.Ranges = []Range{{6, 2}}; return nil }, ErrInvalid, "upside down"},
		{"type", func(p *Physical) error { p.Type = Local; return nil }, ErrInvalid, "physical network type can't be changed"},
		{"id", func(p *Physical) error { p.ID = "q"; return nil }, ErrInvalid, "id can't be changed"},
		{"own error", func(p *Physical) error { return context.Canceled }, context.Canceled, "update physical network p: context canceled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := newModel(t)
			must[[]Physical](t)(m.CreatePhysicals(t.Context(), vxlan("p", Range{1, 10})))
			must[[]Network](t)(m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "n", Physical: "p", Segment: 5}}))
			before := must[Physical](t)(m.Physical(t.Context(), "p"))
			got, err := m.UpdatePhysicals(t.Context(), Change[Physical]{"p", tt.edit})
			checkError(t, tt.name, err, tt.kind, tt.want)
			after := must[Physical](t)(m.Physical(t.Context(), "p"))
			switch {
			case err != nil && !same(before, after):
				t.Errorf("refused, but it is %+v now", after)
			case err == nil && (!same(got[0], after) || same(before, after)):
				t.Errorf("answered %+v, stored %+v", got[0], after)
			}
		})
	}
}

func TestUpdatePhysicalsUnknownOrTwice(t *testing.T) {
	m, _ := newModel(t)
	nothing := func(*Physical) error { return nil }
	_, err := m.UpdatePhysicals(t.Context(), Change[Physical]{"p", nothing})
	checkError(t, "unknown", err, ErrNotFound, `update physical network p: physical network "p" does not exist`)
	_, err = m.UpdatePhysicals(t.Context(), Change[Physical]{"p", nothing}, Change[Physical]{"p", nothing})
	checkError(t, "twice", err, ErrInvalid, "named twice")
}

// A network that takes a VNI between the look at the VNIs in use and the update
// is found afterwards, and the ranges are put back.
func TestShrinkThatLosesARace(t *testing.T) {
	m, _ := newModel(t)
	must[[]Physical](t)(m.CreatePhysicals(t.Context(), vxlan("p", Range{1, 10})))
	before := must[Physical](t)(m.Physical(t.Context(), "p"))
	r := m.physicalResize(1)
	look, looks := r.inUse, 0
	r.inUse = func(ctx context.Context, p Physical) error {
		if looks++; looks == 1 {
			must[[]Network](t)(m.CreateNetworks(ctx, Spec{Network: Network{ID: "n", Physical: "p", Segment: 10}}))
			return nil
		}
		return look(ctx, p)
	}
	_, err := r.update(t.Context(), m, []Change[Physical]{{"p", func(p *Physical) error {
		p.Ranges = []Range{{1, 9}}
		return nil
	}}})
	checkError(t, "shrink", err, ErrInUse, "allocated VNI 10 not in new VNI range: [1, 9]")
	if diff := cmp.Diff(before, must[Physical](t)(m.Physical(t.Context(), "p"))); diff != "" {
		t.Errorf("not put back: %s", diff)
	}
}

func TestDeletePhysicals(t *testing.T) {
	m, store := newModel(t)
	must[[]Physical](t)(m.CreatePhysicals(t.Context(), vxlan("p", Range{1, 10}), vxlan("q", Range{1, 10})))
	must[[]PhysicalPort](t)(m.CreatePhysicalPorts(t.Context(), PhysicalPort{Network: "p", Name: "vxlan0"}))
	must[[]Network](t)(m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "n", Physical: "p"}}))
	before := keys(t, store)

	steps := []struct {
		ids  []string
		kind error
		want string
		then func() error
	}{
		{[]string{"x"}, ErrNotFound, `delete physical network x: physical network "x" does not exist`, nil},
		{[]string{"q", "q"}, ErrInvalid, "named twice", nil},
		{[]string{"q", "p"}, ErrInUse, "delete physical network p: must delete all logical networks of this physical network first: n",
			func() error { return m.DeleteNetworks(t.Context(), "n") }},
		{[]string{"q", "p"}, ErrInUse, "delete physical network p: must delete all physical ports of this physical network first: |%|%|vxlan0",
			func() error { return m.DeletePhysicalPorts(t.Context(), "|%|%|vxlan0") }},
		{[]string{"q", "p"}, nil, "", nil},
	}
	for _, tt := range steps {
		checkError(t, "delete", m.DeletePhysicals(t.Context(), tt.ids...), tt.kind, tt.want)
		for _, p := range must[[]Physical](t)(m.Physicals(t.Context())) {
			if p.Deleting {
				t.Errorf("%s is still marked after %q", p.ID, tt.want)
			}
		}
		if tt.then == nil {
			continue
		}
		if err := tt.then(); err != nil {
			t.Fatal(err)
		}
	}
	if left := keys(t, store); len(left) > 0 {
		t.Errorf("of %v are left %v", before, left)
	}
}

func TestDeletingParentTakesNoChildren(t *testing.T) {
	m, _ := newModel(t)
	newNetwork(t, m, "n", "10.0.0.0/24")
	for kind, key := range map[Kind]string{KindPhysical: physicalKey("vxlan"), KindNetwork: networkKey("n"), KindSubnet: subnetKey("n", "n-0")} {
		setDeleting(t, m, key)
		var err error
		switch kind {
		case KindPhysical:
			_, err = m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "o", Physical: "vxlan"}})
			checkError(t, string(kind), err, ErrDeleting, `physical network "vxlan" is being deleted`)
			_, err = m.CreatePhysicalPorts(t.Context(), PhysicalPort{Network: "vxlan", Name: "eth9"})
		case KindNetwork:
			_, err = m.CreateSubnets(t.Context(), Subnet{Network: "n", Prefix: prefix("10.1.0.0/24")})
			checkError(t, string(kind), err, ErrDeleting, `logical network "n" is being deleted`)
			_, err = m.CreatePorts(t.Context(), Port{Network: "n"})
		case KindSubnet:
			clearDeleting(t, m, networkKey("n"))
			_, err = m.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{}}})
			checkError(t, string(kind), err, ErrDeleting, `subnet "n-0" is being deleted`)
			_, err = m.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{Address: addr("10.0.0.9")}}})
		}
		if !errors.Is(err, ErrDeleting) {
			t.Errorf("%s: %v", kind, err)
		}
		clearDeleting(t, m, key)
	}
}

func TestPhysicalPortRules(t *testing.T) {
	tests := []struct {
		p    PhysicalPort
		kind error
		want string
	}{
		{PhysicalPort{Network: "v", Name: "eth0"}, nil, ""},
		{PhysicalPort{Network: "v", Name: "a|b", VHost: "h", SystemID: "s", Bridge: "b", Meta: map[string]any{"x": 1}}, nil, ""},
		{PhysicalPort{Network: "v"}, ErrInvalid, "name of the port"},
		{PhysicalPort{Network: "v", Name: "a\nb"}, ErrInvalid, "control"},
		{PhysicalPort{Network: "v", Name: "a", VHost: "x|y"}, ErrInvalid, `vhost "x|y" has a "|"`},
		{PhysicalPort{Network: "v", Name: "a", Meta: map[string]any{"bridge": 1}}, ErrInvalid, `"bridge" has a meaning`},
		{PhysicalPort{Network: "x", Name: "a"}, ErrNotFound, `physical network "x" does not exist`},
		{PhysicalPort{Name: "a"}, ErrNotFound, `physical network "" does not exist`},
		{PhysicalPort{Network: "l", Name: "a"}, ErrInvalid, "type=local cannot have physical ports"},
		{PhysicalPort{Network: "v", Name: "vxlan0"}, ErrExists, "create physical port |%|%|vxlan0: it exists already"},
		{PhysicalPort{Network: "w", Name: "vxlan0"}, ErrExists, `it exists already, in physical network "v"`},
	}
	for _, tt := range tests {
		m, _ := newModel(t)
		must[[]Physical](t)(m.CreatePhysicals(t.Context(), vxlan("v", Range{1, 2}), vxlan("w", Range{1, 2}), Physical{ID: "l", Type: Local}))
		must[[]PhysicalPort](t)(m.CreatePhysicalPorts(t.Context(), PhysicalPort{Network: "v", Name: "vxlan0"}))
		got, err := m.CreatePhysicalPorts(t.Context(), tt.p)
		checkError(t, tt.p.Name, err, tt.kind, tt.want)
		all := must[[]PhysicalPort](t)(m.PhysicalPorts(t.Context()))
		if err == nil && !slices.ContainsFunc(all, func(p PhysicalPort) bool { return same(p, got[0]) }) {
			t.Errorf("answered %v, stored %v", got, all)
		}
		if err != nil && len(all) != 1 {
			t.Errorf("refused, but stored: %v", all)
		}
	}
}

func TestUpdateAndDeletePhysicalPorts(t *testing.T) {
	m, store := newModel(t)
	must[[]Physical](t)(m.CreatePhysicals(t.Context(), vxlan("v", Range{1, 2})))
	before := keys(t, store)
	id := must[[]PhysicalPort](t)(m.CreatePhysicalPorts(t.Context(), PhysicalPort{Network: "v", Name: "vxlan0"}))[0].ID()
	tests := []struct {
		id   string
		edit func(*PhysicalPort) error
		kind error
		want string
	}{
		{id, func(p *PhysicalPort) error { p.Meta = map[string]any{"x": "y"}; return nil }, nil, ""},
		{id, func(p *PhysicalPort) error { p.Network = "w"; return nil }, ErrInvalid, "physical network cannot be changed"},
		{id, func(p *PhysicalPort) error { p.Name = "w"; return nil }, ErrInvalid, "cannot be changed"},
		{id, func(p *PhysicalPort) error { p.Meta = map[string]any{"name": "y"}; return nil }, ErrInvalid, "has a meaning"},
		{"|%|%|x", func(*PhysicalPort) error { return nil }, ErrNotFound, `physical port "|%|%|x" does not exist`},
	}
	for _, tt := range tests {
		_, err := m.UpdatePhysicalPorts(t.Context(), Change[PhysicalPort]{tt.id, tt.edit})
		checkError(t, tt.want, err, tt.kind, tt.want)
	}
	if p := must[[]PhysicalPort](t)(m.PhysicalPorts(t.Context()))[0]; p.Meta["x"] != "y" {
		t.Errorf("not updated: %+v", p)
	}
	checkError(t, "delete", m.DeletePhysicalPorts(t.Context(), id, "|%|%|x"), ErrNotFound, "delete physical port |%|%|x")
	checkError(t, "delete", m.DeletePhysicalPorts(t.Context(), id), nil, "")
	if diff := cmp.Diff(before, keys(t, store)); diff != "" {
		t.Errorf("left: %s", diff)
	}
}

func TestPhysicalPortMatches(t *testing.T) {
	tests := []struct {
		p                       PhysicalPort
		vhost, systemID, bridge string
		want                    bool
	}{
		{PhysicalPort{}, "", "s", "b", true},
		{PhysicalPort{}, "v", "s", "b", false},
		{PhysicalPort{VHost: "%"}, "v", "s", "b", true},
		{PhysicalPort{SystemID: "s"}, "", "s", "b", true},
		{PhysicalPort{SystemID: "s"}, "", "t", "b", false},
		{PhysicalPort{Bridge: "b"}, "", "s", "b", true},
		{PhysicalPort{Bridge: "b"}, "", "s", "c", false},
	}
	for _, tt := range tests {
		if got := tt.p.Matches(tt.vhost, tt.systemID, tt.bridge); got != tt.want {
			t.Errorf("%+v matches %s %s %s: %v", tt.p, tt.vhost, tt.systemID, tt.bridge, got)
		}
	}
}
