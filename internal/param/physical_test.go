package param

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/network"
)

func TestPhysical(t *testing.T) {
	ranges := []network.Range{{First: 1, Last: 2}, {First: 10, Last: 10}}
	for _, tt := range []struct {
		in   values
		want network.Physical
	}{
		{nil, network.Physical{Type: network.VLAN}},
		{values{"id": "p", "vlanrange": []any{[]any{int64(1), int64(2)}, []any{"10", float64(10)}}},
			network.Physical{ID: "p", Type: network.VLAN, Ranges: ranges}},
		{values{"type": "vxlan", "vnirange": []any{[]any{json.Number("1"), json.Number("2")}, []any{int64(10), int64(10)}}},
			network.Physical{Type: network.VXLAN, Ranges: ranges}},
		{values{"type": "vxlan", "vnirange": "[[1, 2], (10, 10)]"}, network.Physical{Type: network.VXLAN, Ranges: ranges}},
		{values{"type": "native", "vnirange": nil, "default": "true"}, network.Physical{Type: network.Native, Default: true}},
		{values{"type": "local", "rack": int64(7)}, network.Physical{Type: network.Local, Meta: values{"rack": int64(7)}}},
	} {
		check(t, Physical, tt.in, tt.want)
	}
}

func TestPhysicalPort(t *testing.T) {
	check(t, PhysicalPort, values{"physicalnetwork": "vlan", "name": "bond0"}, network.PhysicalPort{Network: "vlan", Name: "bond0"})
	check(t, PhysicalPort, values{"physicalnetwork": "vlan", "name": "bond0", "vhost": "", "systemid": "h1", "bridge": "br0", "speed": int64(10)},
		network.PhysicalPort{Network: "vlan", Name: "bond0", SystemID: "h1", Bridge: "br0", Meta: values{"speed": int64(10)}})
	check(t, PhysicalPortID, values{"name": "bond0"}, "|%|%|bond0")
	check(t, PhysicalPortID, values{"name": "bond0", "vhost": "v", "systemid": "h1", "bridge": "br0"}, "v|h1|br0|bond0")
}

func TestObjects(t *testing.T) {
	check(t, ID, values{"id": "a"}, "a")
	objects := func(v values) ([]map[string]any, error) { return Objects(v, "ports") }
	want := []map[string]any{{"name": "a"}, {}}
	for _, in := range []any{[]any{values{"name": "a"}, values{}}, "[{'name': 'a'}, {}]"} {
		got, err := objects(values{"ports": in})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v: %v, (-want +got)\n%s", in, err, diff)
		}
	}
	if got, err := objects(values{"ports": []any{}}); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRefusalsOfPhysicals(t *testing.T) {
	readers := map[string]func(values) error{
		"physical": func(v values) error { _, err := Physical(v); return err },
		"port":     func(v values) error { _, err := PhysicalPort(v); return err },
		"port id":  func(v values) error { _, err := PhysicalPortID(v); return err },
		"id":       func(v values) error { _, err := ID(v); return err },
		"objects":  func(v values) error { _, err := Objects(v, "networks"); return err },
	}
	for _, tt := range []struct {
		what string
		in   values
		want string
	}{
		{"physical", values{"id": ""}, `id: "" is not an id, such as "net1"`},
		{"physical", values{"id": int64(5)}, `id: 5 is not an id, such as "net1"`},
		{"physical", values{"type": "foo"}, `type: "foo" is not vxlan, vlan, native or local`},
		{"physical", values{"type": []any{}}, `type: [] is not vxlan, vlan, native or local`},
		{"physical", values{"vlanrange": int64(5)}, `vlanrange: 5 is not a list of [first, last], such as [[10000, 20000]]`},
		{"physical", values{"vlanrange": []any{int64(5), int64(6)}}, `vlanrange: [5,6] is not a list of [first, last], such as [[10000, 20000]]`},
		{"physical", values{"vlanrange": []any{[]any{int64(-1), int64(6)}}}, `vlanrange: [[-1,6]] is not a list of [first, last], such as [[10000, 20000]]`},
		{"physical", values{"vlanrange": []any{[]any{int64(1), 1e10}}}, `vlanrange: [[1,10000000000]] is not a list of [first, last], such as [[10000, 20000]]`},
		{"physical", values{"vlanrange": "1-5"}, `vlanrange: "1-5" is not a list of [first, last], such as [[10000, 20000]]`},
		{"physical", values{"vnirange": []any{}}, `vnirange: goes with type=vxlan, and the type is vlan`},
		{"physical", values{"type": "native", "vlanrange": []any{}}, `vlanrange: goes with type=vlan, and the type is native`},
		{"physical", values{"default": "perhaps"}, `default: "perhaps" is not true or false`},
		{"physical", values{"auto": true}, `auto: is set by vlcp itself and can't be given`},
		{"physical", values{"deleting": true}, `deleting: is set by vlcp itself and can't be given`},

		{"port", values{"name": "bond0"}, `physicalnetwork: is missing: give the id of a physical network, such as "vxlan"`},
		{"port", values{"physicalnetwork": "vlan"}, `name: is missing: give the name of a port in Open vSwitch, such as "vxlan0"`},
		{"port", values{"physicalnetwork": "vlan", "name": nil}, `name: is missing: give the name of a port in Open vSwitch, such as "vxlan0"`},
		{"port", values{"physicalnetwork": "vlan", "name": ""}, `name: "" is not the name of a port in Open vSwitch, such as "vxlan0"`},
		{"port", values{"bridge": int64(1)}, `bridge: 1 is not the name of a bridge, or "%" for any`},
		{"port id", nil, `name: is missing: give the name of a port in Open vSwitch, such as "vxlan0"`},
		{"port id", values{"name": "bond0", "systemId": "h1"}, `systemId: is no parameter of this call, which takes bridge, name, systemid, vhost`},
		{"port id", values{"name": "bond0", "physicalnetwork": "p"}, `physicalnetwork: is no parameter of this call, which takes bridge, name, systemid, vhost`},

		{"id", nil, `id: is missing: give an id, such as "net1"`},
		{"id", values{"id": "a", "type": "vlan"}, `type: is no parameter of this call, which takes id`},
		{"objects", nil, `networks: is missing: give a list of objects, such as [{"id": "net1"}, {"id": "net2"}]`},
		{"objects", values{"network": "a"}, `network: is no parameter of this call, which takes networks`},
		{"objects", values{"networks": values{"id": "a"}}, `networks: {"id":"a"} is not a list of objects, such as [{"id": "net1"}, {"id": "net2"}]`},
		{"objects", values{"networks": "a,b"}, `networks: "a,b" is not a list of objects, such as [{"id": "net1"}, {"id": "net2"}]`},
	} {
		if err := readers[tt.what](tt.in); err == nil || err.Error() != tt.want {
			t.Errorf("%s %v: %v\nwant %s", tt.what, tt.in, err, tt.want)
		}
	}
}
