package param

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/network"
)

// Port reads the parameters of a port that say how it behaves: hostname,
// antispoof, allowed_addresses, extra_dhcp_options. Who it is (its id, network,
// MAC and addresses) a Docker call says in its own way, so those are refused.
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

// WholePort is Port for one that says who it is, too: id, logicalnetwork (which
// must be there), mac_address, and its address. That is ip_address, subnet (from
// which it gets a free one), both, or none; or addresses, a list of them.
func WholePort(params map[string]any) (p network.Port, err error) {
	t := wholePortTable()
	if err = t.read(&p, &p.Meta, params); err == nil {
		err = t.require(params, "logicalnetwork")
	}
	if err == nil {
		err = checkAddresses(params)
	}
	return p, err
}

func wholePortTable() table[network.Port] {
	t := portTable()
	t["network"] = field[network.Port]{want: isParent}
	t["id"] = field[network.Port]{wantID, to(func(p *network.Port) *string { return &p.ID }, name)}
	t["logicalnetwork"] = field[network.Port]{wantLogical, to(func(p *network.Port) *string { return &p.Network }, name)}
	t["mac_address"] = field[network.Port]{"a MAC address, such as 02:00:00:00:00:01", to(func(p *network.Port) *string { return &p.MAC }, name)}
	t["ip_address"] = field[network.Port]{wantAddr + "192.168.1.2", setAddress}
	t["subnet"] = field[network.Port]{wantSubnet, setSubnet}
	t["addresses"] = field[network.Port]{`a list of addresses, such as [{"subnet": "subnet1", "ip_address": "192.168.1.2"}]`,
		to(func(p *network.Port) *[]network.Address { return &p.Addresses }, listOf(portAddress))}
	return t
}

// checkAddresses refuses two ways to say the same.
func checkAddresses(params map[string]any) error {
	for _, name := range []string{"ip_address", "subnet"} {
		if params["addresses"] != nil && params[name] != nil {
			return &Error{Name: name, Err: errors.New("can't be given together with addresses")}
		}
	}
	return nil
}

// setAddress gives the port an address, in the place of one of its family; nil
// takes all away.
func setAddress(p *network.Port, v any) bool {
	if v == nil {
		p.Addresses = nil
		return true
	}
	a, ok := address(v)
	i := slices.IndexFunc(p.Addresses, func(b network.Address) bool { return a.Is4() == b.Address.Is4() })
	if i < 0 {
		i, p.Addresses = len(p.Addresses), append(p.Addresses, network.Address{})
	}
	p.Addresses[i] = network.Address{Address: a}
	return ok
}

// setSubnet says which subnet the address is in for which that is not said.
// Where there is none it asks for one.
func setSubnet(p *network.Port, v any) bool {
	if v == nil {
		return true
	}
	id, ok := name(v)
	for i := range p.Addresses {
		if p.Addresses[i].Subnet == "" {
			p.Addresses[i].Subnet = id
			return ok
		}
	}
	if len(p.Addresses) == 0 {
		p.Addresses = []network.Address{{Subnet: id}}
	}
	return ok
}

// portAddress reads an address alone, or {"subnet": …, "ip_address": …}.
func portAddress(v any) (a network.Address, ok bool) {
	if a.Address, ok = address(v); ok {
		return a, true
	}
	t := table[network.Address]{
		"subnet":     {set: to(func(a *network.Address) *string { return &a.Subnet }, name)},
		"ip_address": {set: to(func(a *network.Address) *netip.Addr { return &a.Address }, address)},
	}
	params, ok := object(v)
	return a, ok && t.read(&a, nil, params) == nil
}
