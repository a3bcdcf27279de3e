package param

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/network"
)

// checkChange checks what a change makes of an object, which it does any number
// of times.
func checkChange[T any](t *testing.T, read func(values) (network.Change[T], error), in values, id string, old func() T, want T) {
	t.Helper()
	c, err := read(in)
	if err != nil || c.ID != id {
		t.Fatalf("%v: id %q, %v", in, c.ID, err)
	}
	for range 2 {
		got := old()
		if err := c.Edit(&got); err != nil {
			t.Errorf("%v: %v", in, err)
		}
		if diff := cmp.Diff(want, got, equateNetip); diff != "" {
			t.Errorf("%v: (-want +got)\n%s", in, diff)
		}
	}
}

func TestChangesOfPhysicals(t *testing.T) {
	trunk := func() network.Physical {
		return network.Physical{ID: "a", Type: network.VLAN, Ranges: []network.Range{{First: 1, Last: 9}}, Default: true, Meta: values{"rack": "r1"}}
	}
	for _, tt := range []struct {
		in   values
		want network.Physical
	}{
		{values{"id": "a"}, trunk()},
		{values{"id": "a", "vlanrange": []any{[]any{int64(1), int64(20)}}, "vnirange": nil, "default": nil, "rack": nil, "floor": int64(2)},
			network.Physical{ID: "a", Type: network.VLAN, Ranges: []network.Range{{First: 1, Last: 20}}, Meta: values{"floor": int64(2)}}},
		{values{"id": "a", "type": "vlan", "vnirange": nil},
			network.Physical{ID: "a", Type: network.VLAN, Default: true, Meta: values{"rack": "r1"}}},
	} {
		checkChange(t, PhysicalChange, tt.in, "a", trunk, tt.want)
	}
	port := func() network.PhysicalPort {
		return network.PhysicalPort{Network: "a", SystemID: "%", Bridge: "%", Name: "bond0"}
	}
	want := port()
	want.Meta = values{"speed": "25"}
	checkChange(t, PhysicalPortChange, values{"name": "bond0", "systemid": "", "speed": "25"}, "|%|%|bond0", port, want)
}

func TestChangesOfNetworks(t *testing.T) {
	old := func() network.Network {
		return network.Network{ID: "a", Physical: "p", Type: network.VXLAN, Segment: 5, MTU: 1450, DHCP: network.DHCP{DomainName: "x", LeaseTime: "60"}}
	}
	for _, tt := range []struct {
		in   values
		want network.Network
	}{
		{values{"id": "a", "vni": "7", "vlanid": nil, "domain_name": "y", "lease_time": nil},
			network.Network{ID: "a", Physical: "p", Type: network.VXLAN, Segment: 7, MTU: 1450, DHCP: network.DHCP{DomainName: "y"}}},
		{values{"id": "a", "vni": nil, "mtu": nil, "domain_name": nil, "team": "b"},
			network.Network{ID: "a", Physical: "p", Type: network.VXLAN, DHCP: network.DHCP{LeaseTime: "60"}, Meta: values{"team": "b"}}},
	} {
		checkChange(t, NetworkChange, tt.in, "a", old, tt.want)
	}
}

func TestChangesOfSubnets(t *testing.T) {
	old := func() network.Subnet {
		return network.Subnet{ID: "s", Network: "a", Prefix: netip.MustParsePrefix("10.0.0.0/24"), Gateway: addr("10.0.0.1"), Meta: values{"mtu": 1400, "zone": "z"}}
	}
	checkChange(t, SubnetChange, values{"id": "s", "gateway": nil, "mtu": nil, "local_address": "10.0.0.9", "allocated_start": "10.0.0.8"}, "s", old,
		network.Subnet{ID: "s", Network: "a", Prefix: netip.MustParsePrefix("10.0.0.0/24"), Start: addr("10.0.0.8"), Meta: values{"local_address": "10.0.0.9", "zone": "z"}})
}

func TestChangesOfPorts(t *testing.T) {
	four, six := network.Address{Subnet: "s4", Address: addr("10.0.0.2")}, network.Address{Subnet: "s6", Address: addr("fd00::2")}
	old := func() network.Port {
		return network.Port{ID: "p", Network: "a", MAC: "02:00:00:00:00:01", Addresses: []network.Address{four, six}}
	}
	with := func(all ...network.Address) network.Port {
		p := old()
		p.Addresses = all
		return p
	}
	for _, tt := range []struct {
		in   values
		want network.Port
	}{
		{values{"id": "p", "ip_address": "10.0.0.9"}, with(network.Address{Address: addr("10.0.0.9")}, six)},
		{values{"id": "p", "ip_address": "fd00::9", "subnet": "s6"}, with(four, network.Address{Subnet: "s6", Address: addr("fd00::9")})},
		{values{"id": "p", "subnet": "s4"}, old()},
		{values{"id": "p", "subnet": nil}, old()},
		{values{"id": "p", "ip_address": nil}, with()},
		{values{"id": "p", "addresses": []any{"10.0.0.3"}, "ip_address": nil}, with(network.Address{Address: addr("10.0.0.3")})},
		{values{"id": "p", "mac_address": nil}, network.Port{ID: "p", Network: "a", Addresses: []network.Address{four, six}}},
	} {
		checkChange(t, PortChange, tt.in, "p", old, tt.want)
	}
}

// What depends on the object is refused when it is there.
func TestRefusalsOfChanges(t *testing.T) {
	edit := func(c network.Change[network.Network], err error) error {
		return errors.Join(err, c.Edit(&network.Network{Type: network.VLAN}))
	}
	port := func(c network.Change[network.Port], err error) error {
		return errors.Join(err, c.Edit(&network.Port{Addresses: []network.Address{{Subnet: "s1"}}}))
	}
	physical := func(c network.Change[network.Physical], err error) error {
		return errors.Join(err, c.Edit(&network.Physical{Type: network.Native}))
	}
	for want, err := range map[string]error{
		"vni: goes with type=vxlan, and the type is vlan":                                            edit(NetworkChange(values{"id": "a", "vni": "5"})),
		"vlanrange: goes with type=vlan, and the type is native":                                     physical(PhysicalChange(values{"id": "a", "vlanrange": []any{}})),
		"ip_address: can't be given together with addresses":                                         second(PortChange(values{"id": "p", "addresses": []any{}, "ip_address": "10.0.0.1"})),
		`id: is missing: give an id, such as "net1"`:                                                 second(SubnetChange(values{"gateway": "10.0.0.1"})),
		"gateway: \"x\" is not an address, such as 192.168.1.1":                                      second(SubnetChange(values{"id": "s", "gateway": "x"})),
		"pool: is set by vlcp itself and can't be given":                                             second(SubnetChange(values{"id": "s", "pool": nil})),
		"network: is given as logicalnetwork":                                                        second(PortChange(values{"id": "s", "network": "a"})),
		"subnet: can't be changed: give an ip_address of the other subnet, and the port moves there": port(PortChange(values{"id": "p", "subnet": "s2"})),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }
