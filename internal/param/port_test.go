package param

import (
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

func TestWholePort(t *testing.T) {
	port := func(all ...network.Address) network.Port { return network.Port{Network: "n", Addresses: all} }
	for _, tt := range []struct {
		in   values
		want network.Port
	}{
		{values{"logicalnetwork": "n"}, port()},
		{values{"logicalnetwork": "n", "id": "p", "mac_address": "02:00:00:00:00:01", "hostname": "h", "color": nil},
			network.Port{ID: "p", Network: "n", MAC: "02:00:00:00:00:01", Hostname: "h", Meta: values{"color": nil}}},
		{values{"logicalnetwork": "n", "subnet": "s"}, port(network.Address{Subnet: "s"})},
		{values{"logicalnetwork": "n", "subnet": nil, "ip_address": nil, "mac_address": nil, "addresses": nil}, port()},
		{values{"logicalnetwork": "n", "ip_address": "10.0.0.2"}, port(network.Address{Address: addr("10.0.0.2")})},
		{values{"logicalnetwork": "n", "ip_address": "10.0.0.2", "subnet": "s"}, port(network.Address{Subnet: "s", Address: addr("10.0.0.2")})},
		{values{"logicalnetwork": "n", "addresses": []any{values{"subnet": "s"}, "fd00::2", values{"subnet": "t", "ip_address": "10.0.0.2"}}},
			port(network.Address{Subnet: "s"}, network.Address{Address: addr("fd00::2")}, network.Address{Subnet: "t", Address: addr("10.0.0.2")})},
		{values{"logicalnetwork": "n", "addresses": "10.0.0.2, fd00::2"}, port(network.Address{Address: addr("10.0.0.2")}, network.Address{Address: addr("fd00::2")})},
	} {
		check(t, WholePort, tt.in, tt.want)
	}
}

func TestRefusalsOfWholeObjects(t *testing.T) {
	for want, err := range map[string]error{
		`logicalnetwork: is missing: give the id of a logical network, such as "net1"`:                                     second(WholePort(values{"id": "p"})),
		"subnet: can't be given together with addresses":                                                                   second(WholePort(values{"logicalnetwork": "n", "subnet": "s", "addresses": []any{}})),
		`subnet: "" is not the id of a subnet, such as "subnet1"`:                                                          second(WholePort(values{"logicalnetwork": "n", "subnet": ""})),
		`ip_address: "10.1" is not an address, such as 192.168.1.2`:                                                        second(WholePort(values{"ip_address": "10.1"})),
		`mac_address: 5 is not a MAC address, such as 02:00:00:00:00:01`:                                                   second(WholePort(values{"mac_address": int64(5)})),
		"owner: is set by vlcp itself and can't be given":                                                                  second(WholePort(values{"owner": "me"})),
		`cidr: is missing: give a network, such as 192.168.1.0/24`:                                                         second(WholeSubnet(values{"logicalnetwork": "n"})),
		`cidr: "10.0.0.0" is not a network, such as 192.168.1.0/24`:                                                        second(WholeSubnet(values{"logicalnetwork": "n", "cidr": "10.0.0.0"})),
		"network: is given as logicalnetwork":                                                                              second(WholeSubnet(values{"network": "n"})),
		`addresses: [{"to":"s"}] is not a list of addresses, such as [{"subnet": "subnet1", "ip_address": "192.168.1.2"}]`: second(WholePort(values{"addresses": []any{values{"to": "s"}}})),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	check(t, WholeSubnet, values{"logicalnetwork": "n", "cidr": " 10.0.0.9/24 "}, network.Subnet{Network: "n", Prefix: netip.MustParsePrefix("10.0.0.0/24")})
}
