package param

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/network"
)

// Port reads the parameters of a port that say how it behaves: hostname,
// antispoof, allowed_addresses, extra_dhcp_options. Who it is (its id, network,
// MAC and addresses) each face takes in its own way, so those are refused.
func Port(params map[string]any) (p network.Port, err error) {
	err = portTable().read(&p, &p.Meta, params)
	return p, err
}

func portTable() table[network.Port] {
	t := table[network.Port]{
		"hostname":  {`a host name, such as "web1"`, to(func(p *network.Port) *string { return &p.Hostname }, text)},
		"antispoof": {wantBool, to(func(p *network.Port) **bool { return &p.AntiSpoof }, optional)},
		"allowed_addresses": {`a list of addresses or networks, such as ["10.0.0.0/8", "192.168.1.100"]`,
			to(func(p *network.Port) *[]netip.Prefix { return &p.Allowed }, listOf(prefix))},
		"extra_dhcp_options": dhcpOptions(func(p *network.Port) *[]any { return &p.ExtraDHCPOptions }),
	}
	return t.own("id", "network", "logicalnetwork", "subnet", "mac_address", "ip_address", "addresses", "owner")
}
