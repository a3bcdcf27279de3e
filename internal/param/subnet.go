package param

import (
	"net/netip"
	"strings"

	"github.com/vlcp-go/vlcp/network"
)

// snet shortens the table.
type snet = network.Subnet

// Subnet reads the parameters of a subnet: id, logicalnetwork, cidr, gateway,
// disablegateway, allocated_start, allocated_end, host_routes, isexternal, and
// those of DHCP. Others that have a meaning (mtu, local_address,
// pre_host_config) are checked, and kept as metadata.
func Subnet(params map[string]any) (s network.Subnet, err error) {
	err = subnetTable().read(&s, &s.Meta, params)
	return s, err
}

// WholeSubnet is Subnet for one that names its logical network and its cidr.
func WholeSubnet(params map[string]any) (s network.Subnet, err error) {
	if s, err = Subnet(params); err == nil {
		err = subnetTable().require(params, "logicalnetwork", "cidr")
	}
	return s, err
}

func subnetTable() table[snet] {
	t := table[snet]{
		"id":              {wantID, to(func(s *snet) *string { return &s.ID }, name)},
		"logicalnetwork":  {wantLogical, to(func(s *snet) *string { return &s.Network }, name)},
		"cidr":            {"a network, such as 192.168.1.0/24", to(func(s *snet) *netip.Prefix { return &s.Prefix }, cidr)},
		"gateway":         {wantAddr + "192.168.1.1", to(func(s *snet) *netip.Addr { return &s.Gateway }, address)},
		"disablegateway":  {wantBool, to(func(s *snet) *bool { return &s.DisableGateway }, boolean)},
		"allocated_start": {wantAddr + "192.168.1.10", to(func(s *snet) *netip.Addr { return &s.Start }, address)},
		"allocated_end":   {wantAddr + "192.168.1.99", to(func(s *snet) *netip.Addr { return &s.End }, address)},
		"isexternal":      {wantBool, to(func(s *snet) *bool { return &s.External }, boolean)},
		"host_routes":     {wantRoutes, to(func(s *snet) *[]network.Route { return &s.HostRoutes }, listOf(route))},

		"mtu":           {wantMTU, keep("mtu", mtu)},
		"local_address": {wantAddr + "192.168.1.2", keep("local_address", addressText)},
		"pre_host_config": {`a list of dicts, such as [{"systemid": "%", "local_address": "192.168.1.2"}]`,
			keep("pre_host_config", listOf(dict))},
	}
	addDHCP(t, func(s *snet) *network.DHCP { return &s.DHCP })
	t["network"] = field[snet]{want: isParent}
	return t.own("router", "auto_gateway", "pool", "deleting")
}

// keep checks a parameter, and keeps it as metadata.
func keep[V any](name string, read func(any) (V, bool)) func(*snet, any) bool {
	return func(s *snet, v any) bool {
		if v == nil {
			delete(s.Meta, name)
			return true
		}
		value, ok := read(v)
		s.Meta = with(s.Meta, name, value)
		return ok
	}
}

// cidr is prefix for one that must say its length: of a subnet that was
// forgotten, one address alone would be left.
func cidr(v any) (netip.Prefix, bool) {
	p, ok := prefix(v)
	s, _ := v.(string)
	return p, ok && strings.Contains(s, "/")
}

// route reads [destination, next hop]; next hop 0.0.0.0 or :: is on-link.
func route(v any) (r network.Route, ok bool) {
	pair, _ := v.([]any)
	if len(pair) != 2 {
		return r, false
	}
	var isPrefix, isAddress bool
	r.Destination, isPrefix = prefix(pair[0])
	r.NextHop, isAddress = address(pair[1])
	return r, isPrefix && isAddress && r.Destination.Addr().Is4() == r.NextHop.Is4()
}

// addressText is address for metadata, which has only the types of JSON.
func addressText(v any) (string, bool) {
	a, ok := address(v)
	return a.String(), ok
}

// dict is object for metadata.
func dict(v any) (any, bool) { return object(v) }
