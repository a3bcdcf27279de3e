package ipam

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Sweep takes back what this host left unused for longer than Lapse: pools that
// no network took, and claims of endpoints that no port holds and of which
// inUse, if given, says false. It finishes the removal of pools, whoever began
// it. To be called every now and then: what it takes back it has seen
// unchanged in an earlier call, at least Lapse ago by the clock of this
// process.
//
// Without inUse it reads the pools only, which is cheap; with it, all claims.
// Reservations and gateways stay.
func (a *Allocator) Sweep(ctx context.Context, inUse func(Claim) bool) error {
	a.sweeping.Lock()
	defer a.sweeping.Unlock()
	pools, err := a.sweepPools(ctx)
	if err != nil || inUse == nil {
		return opError("sweep pools", "", err)
	}
	defer a.unheld.turn()
	var errs []error
	for _, p := range pools {
		errs = append(errs, a.sweepClaims(ctx, p, inUse))
	}
	return opError("sweep addresses", "", errors.Join(errs...))
}

// sweepPools removes what pools it may, and answers those that networks have.
func (a *Allocator) sweepPools(ctx context.Context) (bound []Pool, err error) {
	entries, err := a.store.List(ctx, poolsPrefix)
	if err != nil {
		return nil, err
	}
	defer a.unbound.turn()
	var errs []error
	for _, e := range entries {
		p, err := kvstore.Decode[Pool](e)
		switch {
		case err != nil:
			a.config.Log.Warn("an address pool in the store can't be read", "key", e.Key, "err", err)
		case p.Deleting:
			errs = append(errs, a.Purge(ctx, p.ID))
		case p.Bound():
			bound = append(bound, p)
		case p.Host == a.config.Host && a.unbound.since(e) >= a.config.Lapse:
			a.config.Log.Info("no network took this address pool: removing it", "pool", p.ID, "prefix", p.Prefix)
			errs = append(errs, a.ReleasePool(ctx, p.ID))
		}
	}
	return bound, errors.Join(errs...)
}

func (a *Allocator) sweepClaims(ctx context.Context, p Pool, inUse func(Claim) bool) error {
	entries, err := a.store.List(ctx, claimsPrefix(p.ID))
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		c, err := decodeClaim(p.ID, e)
		if err != nil || c.Host != a.config.Host || c.Holder != "" || c.Kind != KindAddress {
			continue
		}
		if a.unheld.since(e) >= a.config.Lapse && !inUse(c) {
			a.config.Log.Info("nothing uses this address: releasing it", "pool", p.ID, "address", c.Address)
			errs = append(errs, a.Release(ctx, c))
		}
	}
	return errors.Join(errs...)
}

// sightings remembers since when keys are as they are. A key that is not seen
// from one turn to the next is forgotten.
type sightings struct {
	last, next map[string]sighting
}

type sighting struct {
	revision kvstore.Revision
	since    time.Time
}

// since tells how long e has been seen as it is.
func (s *sightings) since(e kvstore.Entry) time.Duration {
	seen, ok := s.last[e.Key]
	if !ok || seen.revision != e.Revision {
		seen = sighting{e.Revision, time.Now()}
	}
	if s.next == nil {
		s.next = map[string]sighting{}
	}
	s.next[e.Key] = seen
	return time.Since(seen.since)
}

// turn ends one look at all keys.
func (s *sightings) turn() { s.last, s.next = s.next, nil }
