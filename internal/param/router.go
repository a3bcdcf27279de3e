package param

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/network"
)

// lif shortens the table.
type lif = network.RouterInterface

// Router reads the parameters of a virtual router: id, routes.
func Router(params map[string]any) (r network.Router, err error) {
	err = routerTable().read(&r, &r.Meta, params)
	return r, err
}

// RouterChange reads a change of a virtual router: its id, and what of Router is
// to be different.
func RouterChange(params map[string]any) (network.Change[network.Router], error) {
	return change(byID(params), routerTable(), func(r *network.Router) *map[string]any { return &r.Meta }, nil)
}

func routerTable() table[network.Router] {
	t := table[network.Router]{
		"id":     {wantID, to(func(r *network.Router) *string { return &r.ID }, name)},
		"routes": {wantRoutes, to(func(r *network.Router) *[]network.Route { return &r.Routes }, listOf(route))},
	}
	return t.own("interfaces", "mac_address")
}

// RouterInterface reads the parameters of an interface of a virtual router:
// router and subnet, without which there is none, and id, ip_address.
func RouterInterface(params map[string]any) (i network.RouterInterface, err error) {
	t := interfaceTable()
	if err = t.read(&i, &i.Meta, params); err == nil {
		err = t.require(params, "router", "subnet")
	}
	return i, err
}

// RouterInterfaceChange reads a change of an interface: its id, and what of
// RouterInterface is to be different.
func RouterInterfaceChange(params map[string]any) (network.Change[network.RouterInterface], error) {
	return change(byID(params), interfaceTable(), func(i *lif) *map[string]any { return &i.Meta }, nil)
}

// Connection reads the parameters router and subnet, which name an interface, and
// no others.
func Connection(params map[string]any) (router, subnet string, err error) {
	var i lif
	t := interfaceTable()
	for _, name := range []string{"id", "ip_address", "network"} {
		delete(t, name)
	}
	if err = t.read(&i, nil, params); err == nil {
		err = t.require(params, "router", "subnet")
	}
	return i.Router, i.Subnet, err
}

func interfaceTable() table[lif] {
	return table[lif]{
		"id":         {wantID, to(func(i *lif) *string { return &i.ID }, name)},
		"router":     {wantRouter, to(func(i *lif) *string { return &i.Router }, name)},
		"subnet":     {wantSubnet, to(func(i *lif) *string { return &i.Subnet }, name)},
		"ip_address": {wantAddr + "192.168.1.1", to(func(i *lif) *netip.Addr { return &i.Address }, address)},
		"network":    {want: "is that of the subnet and can't be given"},
	}
}
