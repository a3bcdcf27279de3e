package cli

import (
	"cmp"
	"net/netip"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func ports() kind[client.Port] {
	return kind[client.Port]{
		path: "port", title: "logical port", resource: (*client.Client).Ports, naming: "id",
		long: "Manage logical ports. What has an interface in Open vSwitch with external_ids:iface-id=ID is plugged into the port ID, on whatever host.",
		id:   func(p client.Port) string { return p.ID },
		hint: func(p client.Port) string { return cmp.Or(p.Hostname, joined(ipsOf(p))) },
		attributes: []attribute{
			{flag: "network", read: text, usage: "the logical network", fixed: true, must: true, ids: networks().ids()},
			{flag: "ip", name: "addresses", read: plugs, usage: "an address, or the id of a subnet, whose first free address it gets; one of IPv4 and one of IPv6"},
			{flag: "mac", name: "mac_address", read: text, usage: "the MAC (default one that is made)"},
			{flag: "hostname", read: text, usage: "its name, for DHCP"},
			{flag: "antispoof", read: truth, usage: "it sends from its own addresses only (default as the network says)"},
			{flag: "allow", name: "allowed_addresses", read: cidrs, usage: "further addresses or networks that it may send from"},
			{flag: "dhcp-option", name: "extra_dhcp_options", read: pairs, usage: "`TAG=VALUE`, further options of DHCP"},
		},
		columns: []column[client.Port]{
			{"ID", func(p client.Port) string { return p.ID }},
			{"NETWORK", func(p client.Port) string { return p.Network }},
			{"MAC", func(p client.Port) string { return p.MAC }},
			{"ADDRESSES", func(p client.Port) string { return joined(ipsOf(p)) }},
			{"HOST", func(p client.Port) string {
				if p.Location == nil {
					return ""
				}
				return p.Location.Host
			}},
		},
		examples: map[string]string{
			"create": "vlcp port create --network blue --ip blue4 web-1",
			"list":   "vlcp port list --filter network=blue -q",
			"show":   "vlcp port show web-1",
			"update": "vlcp port update --ip 10.1.0.9 web-1",
			"delete": "vlcp port delete web-1 web-2",
		},
	}
}

func ipsOf(p client.Port) (ips []netip.Addr) {
	for _, a := range p.Addresses {
		ips = append(ips, a.Address)
	}
	return ips
}
