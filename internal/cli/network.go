package cli

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func networks() kind[client.Network] {
	return kind[client.Network]{
		path: "network", title: "logical network", resource: (*client.Client).Networks, naming: "id",
		id:   func(n client.Network) string { return n.ID },
		hint: func(n client.Network) string { return cmp.Or(n.Docker, subnetsOfNetwork(n)) },
		attributes: append([]attribute{
			{flag: "physical", name: "physicalnetwork", read: text, usage: "the physical network (default the default one, which is made if need be)", fixed: true, ids: physicalNetworks().ids()},
			{flag: "vni", read: number, usage: "the VNI, on a vxlan network (default the first free one)"},
			{flag: "vlan", name: "vlanid", read: number, usage: "the VLAN id, on a vlan network (default the first free one)"},
			{flag: "mtu", read: number, usage: "in bytes (default the largest that fits)"},
			{flag: "antispoof", read: truth, usage: "ports send from their own addresses only (default true)"},
		}, dhcp()...),
		columns: []column[client.Network]{
			{"ID", func(n client.Network) string { return n.ID }},
			{"PHYSICAL", func(n client.Network) string { return n.Physical }},
			{"TYPE", func(n client.Network) string { return n.Type }},
			{"SEGMENT", func(n client.Network) string { return nonzero(n.VNI + n.VLANID) }}, // it has at most one
			{"MTU", func(n client.Network) string { return nonzero(n.MTU) }},
			{"SUBNETS", subnetsOfNetwork},
			{"DOCKER", func(n client.Network) string { return n.Docker }},
		},
		examples: map[string]string{
			"create": "vlcp network create --subnet 10.1.0.0/24 --gateway 10.1.0.1 blue",
			"list":   "vlcp network list --filter physicalnetwork=vxlan",
			"show":   "vlcp network show blue -o json",
			"update": "vlcp network update --mtu 1400 --set rack=r7 blue",
			"delete": "vlcp network delete blue green",
		},
		create: withSubnets,
		remove: (*client.Client).DeleteNetwork,
	}
}

func subnetsOfNetwork(n client.Network) string {
	return joined(slices.SortedFunc(maps.Values(n.Subnets), netip.Prefix.Compare))
}

func subnets() kind[client.Subnet] {
	return kind[client.Subnet]{
		path: "subnet", title: "subnet", resource: (*client.Client).Subnets, naming: "id",
		id:   func(s client.Subnet) string { return s.ID },
		hint: func(s client.Subnet) string { return s.Prefix.String() },
		attributes: append([]attribute{
			{flag: "network", read: text, usage: "the logical network", fixed: true, must: true, ids: networks().ids()},
			{flag: "cidr", read: cidr, usage: "its addresses: 10.1.0.0/24", fixed: true, must: true},
			{flag: "gateway", read: ip, usage: "the gateway's address, which no port gets"},
			{flag: "start", name: "allocated_start", read: ip, usage: "the first address that ports may have"},
			{flag: "end", name: "allocated_end", read: ip, usage: "the last one"},
			{flag: "route", name: "host_routes", read: pairs, usage: "`DESTINATION=NEXTHOP` of static routes; the next hop 0.0.0.0 is on-link"},
			{flag: "no-gateway", name: "disablegateway", read: truth, usage: "no container gets the gateway as its default route"},
			{flag: "mtu", read: number, usage: "in bytes"},
		}, dhcp()...),
		columns: []column[client.Subnet]{
			{"ID", func(s client.Subnet) string { return s.ID }},
			{"NETWORK", func(s client.Subnet) string { return s.Network }},
			{"CIDR", func(s client.Subnet) string { return s.Prefix.String() }},
			{"GATEWAY", func(s client.Subnet) string { return valid(s.Gateway) }},
			{"FIRST", func(s client.Subnet) string { return valid(s.Start) }},
			{"LAST", func(s client.Subnet) string { return valid(s.End) }},
			{"ROUTER", func(s client.Subnet) string { return s.Router }},
		},
		examples: map[string]string{
			"create": "vlcp subnet create --network blue --cidr 10.1.0.0/24 --gateway 10.1.0.1 blue4",
			"list":   "vlcp subnet list --filter network=blue",
			"show":   "vlcp subnet show blue4",
			"update": "vlcp subnet update --route 10.2.0.0/16=10.1.0.2 blue4",
			"delete": "vlcp subnet delete blue4",
		},
	}
}

// dhcp are what a network or a subnet says to hosts that configure themselves.
func dhcp() []attribute {
	return []attribute{
		{flag: "dns", name: "dns_nameservers", read: ips, usage: "name servers, for DHCP"},
		{flag: "domain", name: "domain_name", read: text, usage: "domain, for DHCP"},
		{flag: "ntp", name: "ntp_servers", read: ips, usage: "time servers, for DHCP"},
		{flag: "lease", name: "lease_time", read: text, usage: "seconds, or infinite, for DHCP"},
		{flag: "dhcp-option", name: "extra_dhcp_options", read: pairs, usage: "`TAG=VALUE`, further options of DHCP"},
	}
}
