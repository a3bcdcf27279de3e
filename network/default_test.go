package network

import (
	"fmt"
	"slices"
	"testing"
)

func TestDefaultPhysical(t *testing.T) {
	local := func(id string, isDefault bool) Physical {
		return Physical{ID: id, Type: Local, Default: isDefault}
	}
	tests := []struct {
		physicals []Physical
		want      string
		fail      string
	}{
		{nil, "vxlan", ""},
		{[]Physical{local("a", false)}, "a", ""},
		{[]Physical{local("a", false), local("b", true)}, "b", ""},
		{[]Physical{local("a", false), local("b", false)}, "", "name one of the physical networks (physicalnetwork=a), or make one of them the default: a, b"},
		{[]Physical{local("a", false), local("b", true), local("c", true)}, "", "default: b, c"},
	}
	for _, tt := range tests {
		m, _ := newModel(t)
		must[[]Physical](t)(m.CreatePhysicals(t.Context(), tt.physicals...))
		got, err := m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "n"}})
		checkError(t, fmt.Sprint(tt.physicals), err, ErrInvalid, tt.fail)
		if err == nil && got[0].Physical != tt.want {
			t.Errorf("on %s, want %s", got[0].Physical, tt.want)
		}
	}
}

func TestStandardPhysical(t *testing.T) {
	m, _ := newModel(t)
	newNetwork(t, m, "a")
	must[[]Physical](t)(m.CreatePhysicals(t.Context(), Physical{ID: "trunk", Type: Local}))
	if n := newNetwork(t, m, "b"); n.Physical != "vxlan" || n.Segment != 10001 {
		t.Errorf("it does not stay the default: %+v", n)
	}
	want := Physical{ID: "vxlan", Type: VXLAN, Ranges: []Range{{10000, 16777215}}, Default: true, Auto: true}
	if got := must[Physical](t)(m.Physical(t.Context(), "vxlan")); !same(got, want) {
		t.Errorf("made %+v", got)
	}
	port := []PhysicalPort{{Network: "vxlan", SystemID: "%", Bridge: "%", Name: "vxlan0"}}
	if got := must[[]PhysicalPort](t)(m.PhysicalPorts(t.Context())); !same(got, port) {
		t.Errorf("made %+v", got)
	}
}

func TestDeleteUnusedDefault(t *testing.T) {
	tests := []struct {
		name string
		make func(t *testing.T, m *Model)
		want []string // the physical networks that stay
	}{
		{"nothing there", func(*testing.T, *Model) {}, nil},
		{"in use", func(t *testing.T, m *Model) { newNetwork(t, m, "n") }, []string{"vxlan"}},
		{"unused", unusedDefault, nil},
		{"deletion interrupted", func(t *testing.T, m *Model) {
			unusedDefault(t, m)
			setDeleting(t, m, physicalKey("vxlan"))
		}, nil},
		{"with a port made by hand", func(t *testing.T, m *Model) {
			unusedDefault(t, m)
			must[[]PhysicalPort](t)(m.CreatePhysicalPorts(t.Context(), PhysicalPort{Network: "vxlan", Name: "vxlan1"}))
		}, []string{"vxlan"}},
		{"made by hand", func(t *testing.T, m *Model) {
			must[[]Physical](t)(m.CreatePhysicals(t.Context(), standardPhysical()))
			must[[]PhysicalPort](t)(m.CreatePhysicalPorts(t.Context(), standardPort()))
		}, []string{"vxlan"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			tt.make(t, m)
			before := snapshot(t, store)
			if err := m.DeleteUnusedDefault(t.Context()); err != nil {
				t.Error(err)
			}
			if len(tt.want) > 0 {
				unchanged(t, store, before)
			}
			if got := project(must[[]Physical](t)(m.Physicals(t.Context())), physicalID); !slices.Equal(got, tt.want) {
				t.Errorf("left %v, want %v", got, tt.want)
			}
			audit(t, m)
		})
	}
}

func unusedDefault(t *testing.T, m *Model) {
	t.Helper()
	newNetwork(t, m, "n")
	checkError(t, "delete", m.DeleteNetworks(t.Context(), "n"), nil, "")
}
