package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	dipam "github.com/docker/go-plugins-helpers/ipam"

	"github.com/vlcp-go/vlcp/ipam"
)

// releasePool gives an unbound pool back. Docker does so before it deletes the
// network; a pool that the network took goes with that.
func (s *Server) releasePool(ctx context.Context, req dipam.ReleasePoolRequest) (empty, error) {
	s.do(ctx, &job{call: "ReleasePool", id: req.PoolID, run: func(ctx context.Context) error {
		return s.IPAM.ReleasePool(ctx, req.PoolID)
	}})
	return empty{}, nil
}

// requestAddress claims an address for an endpoint, a gateway, or to keep it
// from the containers (--aux-address).
func (s *Server) requestAddress(ctx context.Context, req dipam.RequestAddressRequest) (answer dipam.RequestAddressResponse, err error) {
	r := ipam.AddressRequest{Gateway: req.Options[optionRequestType] == gatewayRequest}
	if req.Address != "" {
		if r.Address, err = address(req.Address); err != nil {
			return answer, err
		}
		s.settle(ctx, r.Address)
	}
	p, err := s.IPAM.RequestAddress(ctx, req.PoolID, r)
	if errors.Is(err, ipam.ErrTaken) || errors.Is(err, ipam.ErrOutside) {
		if made, ok := s.isMade(ctx, req.PoolID, r.Address); ok {
			p, err = made, nil
		}
	}
	if errors.Is(err, ipam.ErrNotFound) {
		return answer, fmt.Errorf("the addresses of this network were deleted beside Docker: remove the Docker network, and create it again: %w", err)
	}
	if err != nil {
		return answer, err
	}
	return dipam.RequestAddressResponse{Address: p.String()}, nil
}

// releaseAddress frees an address, after the port that had it is removed.
func (s *Server) releaseAddress(ctx context.Context, req dipam.ReleaseAddressRequest) (empty, error) {
	a, err := address(req.Address)
	if err != nil {
		return empty{}, err
	}
	if a.IsUnspecified() {
		return empty{}, nil // the gateway of a network that has none
	}
	s.do(ctx, &job{call: "ReleaseAddress", id: req.Address, frees: a, run: func(ctx context.Context) error {
		return s.IPAM.ReleaseAddress(ctx, req.PoolID, a)
	}})
	return empty{}, nil
}

func address(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return a, fmt.Errorf("%q is no address", text)
	}
	return a.Unmap(), nil
}
