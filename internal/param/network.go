package param

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/network"
)

// What several parameters want.
const (
	wantID   = `an id, such as "net1"`
	wantBool = "true or false"
	wantMTU  = "a number of bytes from 68 to 65535, such as 1450"
	wantAddr = "an address, such as "

	wantPhysical = `the id of a physical network, such as "vxlan"`
	wantLogical  = `the id of a logical network, such as "net1"`
	wantSubnet   = `the id of a subnet, such as "subnet1"`
	wantRouter   = `the id of a virtual router, such as "router1"`
	wantRoutes   = `a list of [destination, next hop], such as [["10.0.0.0/8", "192.168.1.254"]]`
)

// The least that IPv4 takes (RFC 791), and the most that a device has.
const (
	minMTU = 68
	maxMTU = 65535
)

// lnet shortens the table.
type lnet = network.Network

// Network reads the parameters of a logical network: id, physicalnetwork, vni
// or vlanid, mtu, antispoof, and those of DHCP. Its Type is VXLAN or VLAN where
// vni or vlanid is given: a physical network of another type is a mistake.
func Network(params map[string]any) (n network.Network, err error) {
	if params["vni"] != nil && params["vlanid"] != nil {
		return n, &Error{Name: "vlanid", Err: errors.New("can't be given together with vni")}
	}
	err = networkTable().read(&n, &n.Meta, params)
	return n, err
}

func networkTable() table[lnet] {
	t := table[lnet]{
		"id":              {wantID, to(func(n *lnet) *string { return &n.ID }, name)},
		"physicalnetwork": {wantPhysical, to(func(n *lnet) *string { return &n.Physical }, name)},
		"vni":             {"a VNI from 1 to 16777215, such as 10001", segment(network.VXLAN, 1<<24-1)},
		"vlanid":          {"a VLAN id from 1 to 4094, such as 100", segment(network.VLAN, 4094)},
		"mtu":             {wantMTU, to(func(n *lnet) *int { return &n.MTU }, mtu)},
		"antispoof":       {wantBool, to(func(n *lnet) **bool { return &n.AntiSpoof }, optional)},
	}
	addDHCP(t, func(n *lnet) *network.DHCP { return &n.DHCP })
	return t.own("type", "number", "owner", "deleting", "subnets", network.DockerName)
}

// segment reads a segment id, which says of what type the network is to be.
func segment(kind network.Type, most int64) func(*lnet, any) bool {
	number := to(func(n *lnet) *uint32 { return &n.Segment }, func(v any) (uint32, bool) {
		id, ok := integer(v, 1, most)
		return uint32(id), ok
	})
	return func(n *lnet, v any) bool {
		n.Type = cmp.Or(n.Type, kind)
		return number(n, v)
	}
}

// addDHCP adds what networks and subnets may say to hosts that configure
// themselves.
func addDHCP[T any](t table[T], in func(*T) *network.DHCP) {
	const wantAddrs = `a list of addresses, such as ["192.168.1.2", "192.168.1.3"]`
	t["dns_nameservers"] = field[T]{wantAddrs, to(func(o *T) *[]netip.Addr { return &in(o).DNSNameservers }, listOf(address))}
	t["ntp_servers"] = field[T]{wantAddrs, to(func(o *T) *[]netip.Addr { return &in(o).NTPServers }, listOf(address))}
	t["domain_name"] = field[T]{`a domain, such as "example.com"`, to(func(o *T) *string { return &in(o).DomainName }, text)}
	t["lease_time"] = field[T]{`a number of seconds, such as 3600, or "infinite"`, to(func(o *T) *string { return &in(o).LeaseTime }, lease)}
	t["extra_dhcp_options"] = dhcpOptions(func(o *T) *[]any { return &in(o).ExtraDHCPOptions })
}

func dhcpOptions[T any](in func(*T) *[]any) field[T] {
	return field[T]{`a list of [tag or name, value], such as [[15, "example.com"]]`, to(in, listOf(dhcpOption))}
}

// lease reads a lease time as network.DHCP writes it.
func lease(v any) (string, bool) {
	if v == "infinite" {
		return "infinite", true
	}
	seconds, ok := integer(v, 1, 1<<32-2)
	return fmt.Sprint(seconds), ok
}

// dhcpOption reads [tag, value] or [name, value].
func dhcpOption(v any) (any, bool) {
	pair, _ := v.([]any)
	if len(pair) != 2 {
		return nil, false
	}
	if _, ok := pair[0].(string); ok {
		return pair, true
	}
	_, ok := integer(pair[0], 1, 254)
	return pair, ok
}
