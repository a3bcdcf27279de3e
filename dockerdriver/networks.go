package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	dnet "github.com/docker/go-plugins-helpers/network"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

type (
	gwAllocCheckRequest  struct{ Options map[string]any }
	gwAllocCheckResponse struct{ SkipIPv4, SkipIPv6 bool }
)

// gwAllocCheck tells where Docker is to take no gateway from the IPAM driver,
// although the user gave no --gateway: where -o subnet:gateway says another.
// Elsewhere one is kept for a virtual router even if no container has it as its
// default route, so that addresses don't depend on Docker's version.
func gwAllocCheck(_ context.Context, req gwAllocCheckRequest) (answer gwAllocCheckResponse, err error) {
	o, err := parseOptions(req.Options)
	if gateway := o.subnet.Gateway; gateway.IsValid() {
		answer = gwAllocCheckResponse{SkipIPv4: gateway.Is4(), SkipIPv6: gateway.Is6()}
	}
	return answer, err
}

// createNetwork makes a logical network, or attaches to one.
func (s *Server) createNetwork(ctx context.Context, req dnet.CreateNetworkRequest) (empty, error) {
	o, err := parseOptions(req.Options)
	if err != nil {
		return empty{}, err
	}
	data := slices.DeleteFunc(slices.Concat(req.IPv4Data, req.IPv6Data), func(d *dnet.IPAMData) bool { return d == nil })
	if o.attach != "" {
		return empty{}, s.attach(ctx, req.NetworkID, o, data)
	}
	return empty{}, s.makeNetwork(ctx, req.NetworkID, o, data)
}

func (s *Server) makeNetwork(ctx context.Context, networkID string, o options, data []*dnet.IPAMData) error {
	rec := made(networkID)
	rec.Internal = o.internal
	spec, aux, err := s.spec(ctx, networkID, o, data)
	if errors.Is(err, ipam.ErrNotFound) && s.exists(ctx, rec.Network) {
		return nil // a repeated call: the network took its pool already
	}
	if err != nil {
		return err
	}
	if err := s.remember(ctx, networkID, rec, false); err != nil {
		return err
	}
	if _, err = s.Driver.CreateNetwork(ctx, spec); err == nil {
		err = s.reserve(ctx, rec.Network, aux)
	}
	if err != nil && !errors.Is(err, network.ErrExists) {
		s.do(ctx, s.removal("CreateNetwork", networkID)) // Docker won't ask for it
	}
	return err
}

func (s *Server) exists(ctx context.Context, id string) bool {
	_, err := s.Driver.Network(ctx, id)
	return err == nil
}

// reserve keeps addresses from being given to anybody, by subnet.
func (s *Server) reserve(ctx context.Context, id string, aux map[string][]netip.Addr) error {
	if len(aux) == 0 {
		return nil
	}
	spec, err := s.Driver.Network(ctx, id)
	if err != nil {
		return err
	}
	for _, sub := range spec.Subnets {
		for _, a := range aux[sub.ID] {
			_, err := s.IPAM.RequestAddress(ctx, sub.Pool, ipam.AddressRequest{Address: a, Reserve: true})
			if err != nil && !errors.Is(err, ipam.ErrOutside) { // outside, nobody gets it anyway
				return fmt.Errorf("--aux-address %s: %w", a, err)
			}
		}
	}
	return nil
}
