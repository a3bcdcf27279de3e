package host

import (
	"context"
	"net/netip"

	"github.com/vlcp-go/vlcp/ipam"
)

// LazyIPAM is the IPAM of a Host that may not be open yet: each call opens it.
type LazyIPAM func(context.Context) (*Host, error)

var _ ipam.IPAM = LazyIPAM(nil)

// RequestPool is ipam.IPAM's.
func (open LazyIPAM) RequestPool(ctx context.Context, r ipam.PoolRequest) (ipam.Pool, error) {
	h, err := open(ctx)
	if err != nil {
		return ipam.Pool{}, err
	}
	return h.IPAM.RequestPool(ctx, r)
}

// FindPool is ipam.IPAM's.
func (open LazyIPAM) FindPool(ctx context.Context, space string, handle netip.Prefix) (ipam.Pool, error) {
	h, err := open(ctx)
	if err != nil {
		return ipam.Pool{}, err
	}
	return h.IPAM.FindPool(ctx, space, handle)
}

// ReleasePool is ipam.IPAM's.
func (open LazyIPAM) ReleasePool(ctx context.Context, id string) error {
	h, err := open(ctx)
	if err != nil {
		return err
	}
	return h.IPAM.ReleasePool(ctx, id)
}

// RequestAddress is ipam.IPAM's.
func (open LazyIPAM) RequestAddress(ctx context.Context, pool string, r ipam.AddressRequest) (netip.Prefix, error) {
	h, err := open(ctx)
	if err != nil {
		return netip.Prefix{}, err
	}
	return h.IPAM.RequestAddress(ctx, pool, r)
}

// ReleaseAddress is ipam.IPAM's.
func (open LazyIPAM) ReleaseAddress(ctx context.Context, pool string, addr netip.Addr) error {
	h, err := open(ctx)
	if err != nil {
		return err
	}
	return h.IPAM.ReleaseAddress(ctx, pool, addr)
}
