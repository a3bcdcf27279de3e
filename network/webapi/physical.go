package webapi

import (
	"cmp"
	"context"

	"github.com/vlcp-go/vlcp/network"
)

func createPhysicalNetworks(ctx context.Context, m *network.Model, ps []params) (any, error) {
	list, err := objects[network.Physical](ps)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Type = cmp.Or(list[i].Type, network.VLAN)
	}
	return m.CreatePhysicals(ctx, list...)
}

func deletePhysicalNetworks(ctx context.Context, m *network.Model, ps []params) (any, error) {
	list, err := ids(ps)
	if err != nil {
		return nil, err
	}
	return statusOK, m.DeletePhysicals(ctx, list...)
}

func listPhysicalNetworks(ctx context.Context, m *network.Model, p params) (any, error) {
	list, err := m.Physicals(ctx)
	if err != nil {
		return nil, err
	}
	return matching(list, p)
}

func createPhysicalPorts(ctx context.Context, m *network.Model, ps []params) (any, error) {
	list, err := objects[network.PhysicalPort](ps)
	if err != nil {
		return nil, err
	}
	return m.CreatePhysicalPorts(ctx, list...)
}

func deletePhysicalPorts(ctx context.Context, m *network.Model, ps []params) (any, error) {
	list, err := objects[network.PhysicalPort](ps)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, p := range list {
		ids[i] = p.ID()
	}
	return statusOK, m.DeletePhysicalPorts(ctx, ids...)
}

func listPhysicalPorts(ctx context.Context, m *network.Model, p params) (any, error) {
	list, err := m.PhysicalPorts(ctx)
	if err != nil {
		return nil, err
	}
	return matching(list, p)
}

func listLogicalNetworks(ctx context.Context, m *network.Model, p params) (any, error) {
	list, err := m.Networks(ctx)
	if err != nil {
		return nil, err
	}
	return matching(list, p)
}
