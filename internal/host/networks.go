package host

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

// CreateNetwork creates a logical network with its subnets. What the same owner
// made before this host was booted is the same network.
func (h *Host) CreateNetwork(ctx context.Context, s network.Spec) (network.Network, error) {
	if h.IPAM != ipam.IPAM(h.Allocator) {
		s.Subnets = withoutPools(s.Subnets)
	}
	old, err := h.Model.Network(ctx, s.Network.ID)
	if err != nil && !errors.Is(err, network.ErrNotFound) {
		return network.Network{}, err
	}
	s.Network.Owner = sinceBoot(h.ownerHere(s.Network.Owner), old.Owner)
	for range deletingTries {
		var created []network.Network
		created, err = h.Model.CreateNetworks(ctx, s)
		if err == nil {
			return created[0], nil
		}
		if !errors.Is(err, network.ErrDeleting) || s.Network.Physical != "" {
			break
		}
		// The default physical network is just going with its last network, or
		// whoever began that died.
		if err := h.Model.DeleteUnusedDefault(ctx); err != nil {
			return network.Network{}, err
		}
		select {
		case <-ctx.Done():
			return network.Network{}, errors.Join(err, ctx.Err())
		case <-time.After(deletingPause):
		}
	}
	return network.Network{}, err
}

// How long a network waits for the end of a deletion that is in its way.
const (
	deletingTries = 200
	deletingPause = 10 * time.Millisecond
)

// withoutPools has the model make pools of its own, where those of the IPAM
// are not the model's.
func withoutPools(subnets []network.Subnet) []network.Subnet {
	own := append([]network.Subnet(nil), subnets...)
	for i := range own {
		own[i].Pool = ""
	}
	return own
}

// DeleteNetwork deletes a logical network with its subnets. With the last one
// goes the physical network that was made for the first.
func (h *Host) DeleteNetwork(ctx context.Context, id string) error {
	if err := h.Model.DeleteNetworksAndSubnets(ctx, id); err != nil && !errors.Is(err, network.ErrNotFound) {
		return err
	}
	return h.Model.DeleteUnusedDefault(ctx)
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
