package ipam

import (
	"context"
	"errors"

	"github.com/vlcp-go/vlcp/kvstore"
)

// ReleaseHost takes back what a host left that no port holds: unbound pools, and
// the claims of endpoints. Reservations and gateways stay. still is asked in each
// of its transactions; its error ends them.
func (a *Allocator) ReleaseHost(ctx context.Context, host string, still func(*kvstore.Tx) error) error {
	entries, err := a.store.List(ctx, poolsPrefix)
	if err != nil {
		return opError("release the addresses of host", host, err)
	}
	var errs []error
	for _, e := range entries {
		p, err := kvstore.Decode[Pool](e)
		switch {
		case err != nil:
			errs = append(errs, err)
		case p.Bound():
			errs = append(errs, a.releaseClaims(ctx, p.ID, host, still))
		case p.Host == host:
			errs = append(errs, a.releasePool(ctx, p.ID, still))
		}
	}
	return opError("release the addresses of host", host, errors.Join(errs...))
}

func (a *Allocator) releaseClaims(ctx context.Context, pool, host string, still func(*kvstore.Tx) error) error {
	entries, err := a.store.List(ctx, claimsPrefix(pool))
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		c, err := decodeClaim(pool, e)
		if err == nil && c.Host == host && c.Holder == "" && c.Kind == KindAddress {
			err = a.release(ctx, c, still)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
