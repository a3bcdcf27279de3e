package host

import (
	"context"
	"errors"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

// CreateNetwork creates a logical network with its subnets.
func (h *Host) CreateNetwork(ctx context.Context, s network.Spec) (network.Network, error) {
	if h.IPAM != ipam.IPAM(h.Allocator) {
		s.Subnets = withoutPools(s.Subnets)
	}
	created, err := h.Model.CreateNetworks(ctx, s)
	if err != nil {
		return network.Network{}, err
	}
	return created[0], nil
}

// withoutPools has the model make pools of its own, where those of the IPAM
// are not the model's.
func withoutPools(subnets []network.Subnet) []network.Subnet {
	own := append([]network.Subnet(nil), subnets...)
	for i := range own {
		own[i].Pool = ""
	}
	return own
}

// DeleteNetwork deletes a logical network with its subnets.
func (h *Host) DeleteNetwork(ctx context.Context, id string) error {
	if err := h.Model.DeleteNetworksAndSubnets(ctx, id); !errors.Is(err, network.ErrNotFound) {
		return err
	}
	return nil
}

// Network reads a logical network and its subnets.
func (h *Host) Network(ctx context.Context, id string) (network.Spec, error) {
	n, err := h.Model.Network(ctx, id)
	if err != nil {
		return network.Spec{}, err
	}
	subnets, err := h.Model.Subnets(ctx, id)
	return network.Spec{Network: n, Subnets: subnets}, err
}
