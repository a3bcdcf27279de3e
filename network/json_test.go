package network

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var equateNetip = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// objects are values with every field set, and their form in the store.
func objects() map[string]any {
	off := false
	dhcp := DHCP{
		DNSNameservers:   []netip.Addr{addr("9.9.9.9"), addr("2620:fe::fe")},
		DomainName:       "example.org",
		NTPServers:       []netip.Addr{addr("192.0.2.1")},
		LeaseTime:        "3600",
		ExtraDHCPOptions: []any{[]any{json.Number("66"), "tftp"}},
	}
	meta := map[string]any{"colour": "red", "MTU": json.Number("12345678901234567890"), "nothing": nil}
	return map[string]any{
		`{"MTU":12345678901234567890,"auto":true,"colour":"red","default":true,"deleting":true,"id":"p","nothing":null,"type":"vxlan","vnirange":[[1,2],[5,9]]}`: Physical{
			ID: "p", Type: VXLAN, Ranges: []Range{{1, 2}, {5, 9}}, Default: true, Auto: true, Deleting: true, Meta: meta,
		},
		`{"id":"p","type":"vlan","vlanrange":[[1,4094]]}`: Physical{ID: "p", Type: VLAN, Ranges: []Range{{1, 4094}}},
		`{"id":"p","type":"local"}`:                       Physical{ID: "p", Type: Local},
		`{"MTU":12345678901234567890,"bridge":"br","colour":"red","name":"vxlan0","nothing":null,"physicalnetwork":"p","systemid":"s","vhost":"v"}`: PhysicalPort{
			Network: "p", VHost: "v", SystemID: "s", Bridge: "br", Name: "vxlan0", Meta: meta,
		},
		`{"MTU":12345678901234567890,"antispoof":false,"colour":"red","deleting":true,"dns_nameservers":["9.9.9.9","2620:fe::fe"],` +
			`"domain_name":"example.org","extra_dhcp_options":[[66,"tftp"]],"id":"n","lease_time":"3600","mtu":1450,"nothing":null,` +
			`"ntp_servers":["192.0.2.1"],"number":7,"owner":{"face":"docker","host":"h","boot":"b","endpoint":"e"},` +
			`"physicalnetwork":"p","subnets":{"s":"10.0.0.0/24"},"type":"vxlan","vni":10000}`: Network{
			ID: "n", Physical: "p", Type: VXLAN, Segment: 10000, Number: 7, MTU: 1450,
			Owner:     Owner{Face: "docker", Host: "h", Boot: "b", Endpoint: "e"},
			AntiSpoof: &off, Deleting: true, Subnets: map[string]netip.Prefix{"s": prefix("10.0.0.0/24")}, DHCP: dhcp, Meta: meta,
		},
		`{"id":"n","physicalnetwork":"p","type":"vlan","number":7,"mtu":1500,"vlanid":12}`: Network{
			ID: "n", Physical: "p", Type: VLAN, Segment: 12, Number: 7, MTU: 1500,
		},
		`{"MTU":12345678901234567890,"allocated_end":"10.0.0.20","allocated_start":"10.0.0.10","auto_gateway":true,"cidr":"10.0.0.0/24",` +
			`"colour":"red","deleting":true,"disablegateway":true,"dns_nameservers":["9.9.9.9","2620:fe::fe"],"domain_name":"example.org",` +
			`"extra_dhcp_options":[[66,"tftp"]],"gateway":"10.0.0.1","host_routes":[["0.0.0.0/0","10.0.0.2"]],"id":"s","isexternal":true,` +
			`"lease_time":"3600","network":"n","nothing":null,"ntp_servers":["192.0.2.1"],"pool":"q","router":"r"}`: Subnet{
			ID: "s", Network: "n", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1"), AutoGateway: true, DisableGateway: true,
			Start: addr("10.0.0.10"), End: addr("10.0.0.20"), HostRoutes: []Route{{prefix("0.0.0.0/0"), addr("10.0.0.2")}},
			External: true, Router: "r", Pool: "q", Deleting: true, DHCP: dhcp, Meta: meta,
		},
		`{"MTU":12345678901234567890,"addresses":[{"subnet":"s","ip_address":"10.0.0.2"}],"allowed_addresses":["10.9.0.0/16"],"antispoof":false,` +
			`"colour":"red","extra_dhcp_options":[[66,"tftp"]],"hostname":"web","id":"q","location":{"host":"h","epoch":3},"mac_address":"02:00:00:00:00:01","network":"n",` +
			`"nothing":null,"owner":{"face":"docker","host":"h","boot":"b","endpoint":"e"}}`: Port{
			ID: "q", Network: "n", MAC: "02:00:00:00:00:01", Addresses: []Address{{"s", addr("10.0.0.2")}}, Hostname: "web",
			Owner: Owner{Face: "docker", Host: "h", Boot: "b", Endpoint: "e"}, AntiSpoof: &off,
			Location: Location{Host: "h", Epoch: 3}, Allowed: []netip.Prefix{prefix("10.9.0.0/16")}, ExtraDHCPOptions: dhcp.ExtraDHCPOptions, Meta: meta,
		},
		`{"MTU":12345678901234567890,"colour":"red","id":"r","interfaces":{"i":"10.0.0.0/24"},"nothing":null,"routes":[["0.0.0.0/0","10.0.0.2"]]}`: Router{
			ID: "r", Routes: []Route{{prefix("0.0.0.0/0"), addr("10.0.0.2")}}, Interfaces: map[string]netip.Prefix{"i": prefix("10.0.0.0/24")}, Meta: meta,
		},
		`{"MTU":12345678901234567890,"colour":"red","id":"i","ip_address":"10.0.0.9","network":"n","nothing":null,"router":"r","subnet":"s"}`: RouterInterface{
			ID: "i", Router: "r", Subnet: "s", Network: "n", Address: addr("10.0.0.9"), Meta: meta,
		},
		`{"id":"i","router":"r","subnet":"s","network":"n"}`: RouterInterface{ID: "i", Router: "r", Subnet: "s", Network: "n"},
	}
}

func TestJSONIsTheStoreForm(t *testing.T) {
	for want, v := range objects() {
		got, err := json.Marshal(v)
		if err != nil || string(got) != want {
			t.Errorf("Marshal(%+v)\n got %s, %v\nwant %s", v, got, err, want)
		}
		back := reflect.New(reflect.TypeOf(v))
		if err := json.Unmarshal([]byte(want), back.Interface()); err != nil {
			t.Errorf("Unmarshal(%s): %v", want, err)
		}
		if diff := cmp.Diff(v, back.Elem().Interface(), equateNetip); diff != "" {
			t.Errorf("Unmarshal(%s) (-want +got):\n%s", want, diff)
		}
	}
}

func TestJSONOfAnotherShapeIsAnError(t *testing.T) {
	tests := []struct {
		json string
		into any
	}{
		{`[]`, &Network{}},
		{`{"mtu":"x"}`, &Network{}},
		{`{"mtu":"x","colour":1}`, &Network{}},
		{`{"type":"vxlan","vnirange":[[1]]}`, &Physical{}},
		{`{"type":"vxlan","vnirange":[[1,-2]]}`, &Physical{}},
		{`{"name":1}`, &PhysicalPort{}},
		{`{"host_routes":[["10.0.0.0/8"]]}`, &Subnet{}},
		{`{"host_routes":[["10.0.0.0","10.0.0.1"]]}`, &Subnet{}},
		{`{"host_routes":[["10.0.0.0/8","x"]]}`, &Subnet{}},
		{`{"host_routes":["10.0.0.0/8"]}`, &Subnet{}},
		{`{"addresses":[{"ip_address":"10.0.0.256"}]}`, &Port{}},
	}
	for _, tt := range tests {
		if err := json.Unmarshal([]byte(tt.json), tt.into); err == nil {
			t.Errorf("Unmarshal(%s) into %T succeeded: %+v", tt.json, tt.into, tt.into)
		}
	}
}
