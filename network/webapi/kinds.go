package webapi

import (
	"context"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// The kinds of objects, as far as the original's calls and /v1 have the same of
// them.

func physicals() kind[network.Physical] {
	return kind[network.Physical]{
		name:   "physicalnetwork",
		batch:  "networks",
		read:   param.Physical,
		params: param.DescribePhysical,
		id:     param.ID,
		idOf:   func(p network.Physical) string { return p.ID },
		edit:   param.PhysicalChange,
		create: (*network.Model).CreatePhysicals,
		update: (*network.Model).UpdatePhysicals,
		remove: (*network.Model).DeletePhysicals,
		list:   everywhere((*network.Model).Physicals),
		find:   (*network.Model).Physical,
	}
}

func physicalPorts() kind[network.PhysicalPort] {
	return kind[network.PhysicalPort]{
		name:   "physicalport",
		batch:  "ports",
		read:   param.PhysicalPort,
		params: param.DescribePhysicalPort,
		id:     param.PhysicalPortID,
		idOf:   network.PhysicalPort.ID,
		edit:   param.PhysicalPortChange,
		create: (*network.Model).CreatePhysicalPorts,
		update: (*network.Model).UpdatePhysicalPorts,
		remove: (*network.Model).DeletePhysicalPorts,
		list:   everywhere((*network.Model).PhysicalPorts),
	}
}

func networks() kind[network.Network] {
	return kind[network.Network]{
		name:   "logicalnetwork",
		batch:  "networks",
		read:   param.Network,
		params: param.DescribeNetwork,
		id:     param.ID,
		idOf:   func(n network.Network) string { return n.ID },
		edit:   param.NetworkChange,
		create: createNetworks,
		update: (*network.Model).UpdateNetworks,
		remove: (*network.Model).DeleteNetworks,
		list:   everywhere((*network.Model).Networks),
		find:   (*network.Model).Network,
		hide:   []string{"number"},
	}
}

func subnets() kind[network.Subnet] {
	return kind[network.Subnet]{
		name:   "subnet",
		batch:  "subnets",
		read:   param.WholeSubnet,
		params: param.DescribeSubnet,
		id:     param.ID,
		idOf:   func(s network.Subnet) string { return s.ID },
		edit:   param.SubnetChange,
		create: (*network.Model).CreateSubnets,
		update: (*network.Model).UpdateSubnets,
		remove: (*network.Model).DeleteSubnets,
		list:   (*network.Model).Subnets,
		find:   (*network.Model).Subnet,
		parent: inLogicalNetwork(),
		hide:   []string{"pool", "auto_gateway"},
	}
}

func logicalPorts() kind[network.Port] {
	return kind[network.Port]{
		name:   "logicalport",
		batch:  "ports",
		read:   param.WholePort,
		params: param.DescribePort,
		id:     param.ID,
		idOf:   func(p network.Port) string { return p.ID },
		edit:   param.PortChange,
		create: (*network.Model).CreatePorts,
		update: (*network.Model).UpdatePorts,
		remove: (*network.Model).DeletePorts,
		list:   (*network.Model).Ports,
		find:   (*network.Model).Port,
		parent: inLogicalNetwork(),
		hide:   []string{"location"},
	}
}

func routers() kind[network.Router] {
	return kind[network.Router]{
		name:   "virtualrouter",
		batch:  "routers",
		read:   param.Router,
		params: param.DescribeRouter,
		id:     param.ID,
		idOf:   func(r network.Router) string { return r.ID },
		edit:   param.RouterChange,
		create: (*network.Model).CreateRouters,
		update: (*network.Model).UpdateRouters,
		remove: (*network.Model).DeleteRouters,
		list:   everywhere((*network.Model).Routers),
		find:   (*network.Model).Router,
	}
}

func routerInterfaces() kind[network.RouterInterface] {
	return kind[network.RouterInterface]{
		name:   "routerinterface",
		batch:  "interfaces",
		read:   param.RouterInterface,
		params: param.DescribeRouterInterface,
		id:     param.ID,
		idOf:   func(i network.RouterInterface) string { return i.ID },
		edit:   param.RouterInterfaceChange,
		create: (*network.Model).CreateRouterInterfaces,
		update: (*network.Model).UpdateRouterInterfaces,
		remove: (*network.Model).DeleteRouterInterfaces,
		list:   (*network.Model).RouterInterfaces,
		find:   (*network.Model).RouterInterface,
		parent: parent{"router", "router"},
	}
}

// everywhere is the list of a kind whose objects are in nothing.
func everywhere[T any](list func(*network.Model, context.Context) ([]T, error)) func(*network.Model, context.Context, string) ([]T, error) {
	return func(m *network.Model, ctx context.Context, _ string) ([]T, error) { return list(m, ctx) }
}

// createNetworks creates networks without subnets.
func createNetworks(m *network.Model, ctx context.Context, all ...network.Network) ([]network.Network, error) {
	specs := make([]network.Spec, len(all))
	for i, n := range all {
		specs[i].Network = n
	}
	return m.CreateNetworks(ctx, specs...)
}
