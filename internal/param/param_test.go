package param

import (
	"encoding/json"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vlcp-go/vlcp/network"
)

type values = map[string]any

var equateNetip = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func check[T any](t *testing.T, read func(values) (T, error), in values, want T) {
	t.Helper()
	got, err := read(in)
	if diff := cmp.Diff(want, got, equateNetip); err != nil || diff != "" {
		t.Errorf("%v: %v, (-want +got)\n%s", in, err, diff)
	}
}

func TestNetwork(t *testing.T) {
	off := false
	for _, tt := range []struct {
		in   values
		want network.Network
	}{
		{nil, network.Network{}},
		{values{"id": "n1", "physicalnetwork": "vxlan", "vni": "10001", "mtu": "1450"},
			network.Network{ID: "n1", Physical: "vxlan", Type: network.VXLAN, Segment: 10001, MTU: 1450}},
		{values{"vlanid": int64(100), "mtu": float64(9000)},
			network.Network{Type: network.VLAN, Segment: 100, MTU: 9000}},
		{values{"vni": json.Number("7"), "vlanid": nil, "mtu": nil},
			network.Network{Type: network.VXLAN, Segment: 7}},
		{values{"antispoof": "false"}, network.Network{AntiSpoof: &off}},
		{values{"antispoof": off}, network.Network{AntiSpoof: &off}},
		{values{"dns_nameservers": "8.8.8.8, 2001:db8::1", "domain_name": "example.com", "ntp_servers": []any{"192.168.1.2"}, "lease_time": "infinite"},
			network.Network{DHCP: network.DHCP{DNSNameservers: []netip.Addr{addr("8.8.8.8"), addr("2001:db8::1")},
				DomainName: "example.com", NTPServers: []netip.Addr{addr("192.168.1.2")}, LeaseTime: "infinite"}}},
		{values{"lease_time": "3600", "extra_dhcp_options": "[[15, 'x'], ('OPTION_TFTP', 'y')]"},
			network.Network{DHCP: network.DHCP{LeaseTime: "3600", ExtraDHCPOptions: []any{[]any{int64(15), "x"}, []any{"OPTION_TFTP", "y"}}}}},
		{values{"color": "red", "size": int64(3), "none": nil},
			network.Network{Meta: values{"color": "red", "size": int64(3), "none": nil}}},
	} {
		check(t, Network, tt.in, tt.want)
	}
}

func TestSubnet(t *testing.T) {
	for _, tt := range []struct {
		in   values
		want network.Subnet
	}{
		{values{"id": "s", "logicalnetwork": "n", "cidr": "192.168.1.9/24", "gateway": "192.168.1.1", "isexternal": true},
			network.Subnet{ID: "s", Network: "n", Prefix: netip.MustParsePrefix("192.168.1.0/24"), Gateway: addr("192.168.1.1"), External: true}},
		{values{"disablegateway": ""}, network.Subnet{DisableGateway: true}},
		{values{"disablegateway": "True"}, network.Subnet{DisableGateway: true}},
		{values{"disablegateway": "false"}, network.Subnet{}},
		{values{"allocated_start": "192.168.1.10", "allocated_end": " 192.168.1.99 "}, network.Subnet{Start: addr("192.168.1.10"), End: addr("192.168.1.99")}},
		{values{"host_routes": []any{[]any{"10.1.2.3/8", "192.168.1.254"}, []any{"10.9.9.9", "0.0.0.0"}}},
			network.Subnet{HostRoutes: []network.Route{
				{Destination: netip.MustParsePrefix("10.0.0.0/8"), NextHop: addr("192.168.1.254")},
				{Destination: netip.MustParsePrefix("10.9.9.9/32"), NextHop: addr("0.0.0.0")}}}},
		{values{"host_routes": `[["2001:db8::/32", "fd00::1"]]`},
			network.Subnet{HostRoutes: []network.Route{{Destination: netip.MustParsePrefix("2001:db8::/32"), NextHop: addr("fd00::1")}}}},
		{values{"mtu": "1400", "local_address": "192.168.1.2", "pre_host_config": []any{values{"systemid": "%"}}, "dhcp_server": "192.168.1.3"},
			network.Subnet{Meta: values{"mtu": 1400, "local_address": "192.168.1.2", "pre_host_config": []any{values{"systemid": "%"}}, "dhcp_server": "192.168.1.3"}}},
	} {
		check(t, Subnet, tt.in, tt.want)
	}
}

func TestPort(t *testing.T) {
	on := true
	check(t, Port, values{"hostname": "web1", "antispoof": "1", "allowed_addresses": "10.0.0.0/8, 192.168.1.100", "com.docker.network.portmap": []any{}},
		network.Port{Hostname: "web1", AntiSpoof: &on,
			Allowed: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.1.100/32")},
			Meta:    values{"com.docker.network.portmap": []any{}}})
	check(t, Port, values{"extra_dhcp_options": []any{[]any{float64(15), "x"}}}, network.Port{ExtraDHCPOptions: []any{[]any{float64(15), "x"}}})
}

func TestRefusals(t *testing.T) {
	readers := map[string]func(values) error{
		"network": func(v values) error { _, err := Network(v); return err },
		"subnet":  func(v values) error { _, err := Subnet(v); return err },
		"port":    func(v values) error { _, err := Port(v); return err },
	}
	for _, tt := range []struct {
		what, name string
		value      any
		want       string
	}{
		{"network", "mtu", "big", `mtu: "big" is not a number of bytes from 68 to 65535, such as 1450`},
		{"network", "mtu", int64(67), "mtu: 67 is not a number of bytes from 68 to 65535, such as 1450"},
		{"network", "mtu", 1450.5, "mtu: 1450.5 is not a number of bytes from 68 to 65535, such as 1450"},
		{"network", "mtu", true, "mtu: true is not a number of bytes from 68 to 65535, such as 1450"},
		{"network", "vni", "0", `vni: "0" is not a VNI from 1 to 16777215, such as 10001`},
		{"network", "vlanid", int64(4095), "vlanid: 4095 is not a VLAN id from 1 to 4094, such as 100"},
		{"network", "physicalnetwork", int64(1), `physicalnetwork: 1 is not the id of a physical network, such as "vxlan"`},
		{"network", "antispoof", "maybe", `antispoof: "maybe" is not true or false`},
		{"network", "antispoof", int64(0), "antispoof: 0 is not true or false"},
		{"network", "dns_nameservers", "8.8.8.8,x", `dns_nameservers: "8.8.8.8,x" is not a list of addresses, such as ["192.168.1.2", "192.168.1.3"]`},
		{"network", "ntp_servers", "", `ntp_servers: "" is not a list of addresses, such as ["192.168.1.2", "192.168.1.3"]`},
		{"network", "ntp_servers", int64(7), `ntp_servers: 7 is not a list of addresses, such as ["192.168.1.2", "192.168.1.3"]`},
		{"network", "lease_time", "soon", `lease_time: "soon" is not a number of seconds, such as 3600, or "infinite"`},
		{"network", "lease_time", int64(0), `lease_time: 0 is not a number of seconds, such as 3600, or "infinite"`},
		{"network", "extra_dhcp_options", []any{"x"}, `extra_dhcp_options: ["x"] is not a list of [tag or name, value], such as [[15, "example.com"]]`},
		{"network", "extra_dhcp_options", []any{[]any{int64(255), "x"}}, `extra_dhcp_options: [[255,"x"]] is not a list of [tag or name, value], such as [[15, "example.com"]]`},
		{"network", "number", "5", "number: is set by vlcp itself and can't be given"},
		{"subnet", "gateway", "192.168.1", `gateway: "192.168.1" is not an address, such as 192.168.1.1`},
		{"subnet", "gateway", "fe80::1%eth0", `gateway: "fe80::1%eth0" is not an address, such as 192.168.1.1`},
		{"subnet", "allocated_start", int64(10), "allocated_start: 10 is not an address, such as 192.168.1.10"},
		{"subnet", "cidr", "192.168.1.0/33", `cidr: "192.168.1.0/33" is not a network, such as 192.168.1.0/24`},
		{"subnet", "host_routes", "[['10.0.0.0/8']]", `host_routes: "[['10.0.0.0/8']]" is not a list of [destination, next hop], such as [["10.0.0.0/8", "192.168.1.254"]]`},
		{"subnet", "host_routes", []any{[]any{"10.0.0.0/8", "fd00::1"}}, `host_routes: [["10.0.0.0/8","fd00::1"]] is not a list of [destination, next hop], such as [["10.0.0.0/8", "192.168.1.254"]]`},
		{"subnet", "local_address", "x", `local_address: "x" is not an address, such as 192.168.1.2`},
		{"subnet", "pre_host_config", []any{"x"}, `pre_host_config: ["x"] is not a list of dicts, such as [{"systemid": "%", "local_address": "192.168.1.2"}]`},
		{"subnet", "pool", "p", "pool: is set by vlcp itself and can't be given"},
		{"port", "allowed_addresses", []any{"10.0.0.0/8", nil}, `allowed_addresses: ["10.0.0.0/8",null] is not a list of addresses or networks, such as ["10.0.0.0/8", "192.168.1.100"]`},
		{"port", "mac_address", "02:00:00:00:00:01", "mac_address: is set by vlcp itself and can't be given"},
	} {
		err := readers[tt.what](values{tt.name: tt.value})
		var pe *Error
		if !errors.As(err, &pe) || pe.Name != tt.name || err.Error() != tt.want {
			t.Errorf("%s %s=%v: %v\nwant %s", tt.what, tt.name, tt.value, err, tt.want)
		}
	}
	if _, err := Network(values{"vni": "1", "vlanid": "1"}); err == nil || err.Error() != "vlanid: can't be given together with vni" {
		t.Errorf("vni and vlanid: %v", err)
	}
}

func TestLongValuesAreCutInErrors(t *testing.T) {
	long := make([]any, 1000)
	_, err := Network(values{"ntp_servers": long})
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("%v", err)
	}
}
