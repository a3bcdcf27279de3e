package ipam

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// defaultPool4 is what automatic IPv4 prefixes are cut from.
var defaultPool4 = netip.MustParsePrefix("10.0.0.0/8")

const defaultLapse = time.Minute

// Config is what an Allocator is to know. All but Host may be left out.
type Config struct {
	Host string // id of this host

	// Pool4 is cut into the automatic IPv4 prefixes, /24; by default
	// 10.0.0.0/8. Pool6 is cut into the IPv6 ones, /64; by default a random
	// unique local /48 (RFC 4193, 3.2.2) that the store keeps for all hosts.
	Pool4, Pool6 netip.Prefix

	// Avoid lists the routes of this host, which no automatic prefix overlaps.
	// Default routes in it count for nothing.
	Avoid func(ctx context.Context) ([]netip.Prefix, error)

	// Lapse is how long a pool or an address of this host may be left unused
	// before Sweep takes it back; by default a minute.
	Lapse time.Duration

	Log *slog.Logger
}

// Allocator is an IPAM over a store, for one host. It may be used by many
// goroutines.
type Allocator struct {
	store  kvstore.Store
	config Config

	mu      sync.Mutex
	indexes map[string]*index // by pool
	closed  bool
	watches sync.WaitGroup

	sweeping sync.Mutex // for what Sweep saw:
	unbound  sightings  // pools
	unheld   sightings  // claims
}

var _ IPAM = (*Allocator)(nil)

// New makes an Allocator.
func New(s kvstore.Store, c Config) *Allocator {
	if !c.Pool4.IsValid() {
		c.Pool4 = defaultPool4
	}
	if c.Avoid == nil {
		c.Avoid = func(context.Context) ([]netip.Prefix, error) { return nil, nil }
	}
	if c.Lapse <= 0 {
		c.Lapse = defaultLapse
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Allocator{store: s, config: c, indexes: map[string]*index{}}
}

// Close ends the watches. The store stays open.
func (a *Allocator) Close() error {
	a.mu.Lock()
	a.closed = true
	for _, x := range a.indexes {
		x.stop()
	}
	a.mu.Unlock()
	a.watches.Wait()
	return nil
}

// Pool reads a pool; [ErrNotFound] where there is none.
func (a *Allocator) Pool(ctx context.Context, id string) (Pool, error) {
	p, err := a.read(ctx, id)
	if err == nil && (p.ID == "" || p.Deleting) {
		err = ErrNotFound
	}
	return p, opError("find pool", id, err)
}

// read reads a pool, also one that is being removed; one that is absent has no
// ID.
func (a *Allocator) read(ctx context.Context, id string) (Pool, error) {
	entries, err := a.store.Get(ctx, []string{poolKey(id)}, true)
	if err != nil || entries[0].Revision == kvstore.Absent {
		return Pool{}, err
	}
	return kvstore.Decode[Pool](entries[0])
}

// Claims lists the addresses of a pool that are in use, in no useful order.
func (a *Allocator) Claims(ctx context.Context, pool string) ([]Claim, error) {
	entries, err := a.store.List(ctx, claimsPrefix(pool))
	if err != nil {
		return nil, opError("list addresses of pool", pool, err)
	}
	claims := make([]Claim, 0, len(entries))
	for _, e := range entries {
		c, err := decodeClaim(pool, e)
		if err != nil {
			return nil, opError("list addresses of pool", pool, err)
		}
		claims = append(claims, c)
	}
	return claims, nil
}

// pools lists the pools, those that are being removed included.
func (a *Allocator) pools(ctx context.Context) ([]Pool, error) {
	entries, err := a.store.List(ctx, poolsPrefix)
	if err != nil {
		return nil, err
	}
	pools := make([]Pool, 0, len(entries))
	for _, e := range entries {
		p, err := kvstore.Decode[Pool](e)
		if err != nil {
			return nil, err
		}
		pools = append(pools, p)
	}
	return pools, nil
}
