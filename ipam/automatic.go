package ipam

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
)

// The lengths of automatic prefixes.
const (
	autoBits4 = 24
	autoBits6 = 64
)

// cutting says how automatic prefixes of one family are made.
type cutting struct {
	key  string // of the configuration, for the user
	base netip.Prefix
	bits int
}

// makeAutomatic makes p with the first prefix that overlaps no pool and no
// route of this host.
func (a *Allocator) makeAutomatic(ctx context.Context, p Pool, v6 bool) (Pool, error) {
	c, err := a.cutting(ctx, v6)
	if err != nil {
		return Pool{}, err
	}
	o, err := a.occupied(ctx, c.bits)
	if err != nil {
		return Pool{}, err
	}
	for p.Prefix = range cuts(c.base, c.bits) {
		if o.overlaps(p.Prefix) {
			continue
		}
		p.Handle = p.Prefix
		made, err := a.makePool(ctx, p)
		if !errors.Is(err, errClaimed) {
			return made, err
		}
	}
	return Pool{}, fmt.Errorf("%w: all of %s overlaps networks or routes of this host: set %s to another prefix, or give the network a subnet",
		ErrExhausted, c.base, c.key)
}

func (a *Allocator) cutting(ctx context.Context, v6 bool) (c cutting, err error) {
	if !v6 {
		c = cutting{"pool4", a.config.Pool4, autoBits4}
	} else {
		c = cutting{"pool6", a.config.Pool6, autoBits6}
		if !c.base.IsValid() {
			c.base, err = a.localPrefix(ctx)
		}
	}
	if err == nil && c.base.Addr().Is4() == v6 {
		err = invalidf("%s is %s: set it to a prefix of the other family", c.key, c.base)
	}
	return c, err
}

// localPrefix is the unique local prefix of all hosts of this store. The first
// one to need it draws it at random, as RFC 4193, 3.2.2 wants.
func (a *Allocator) localPrefix(ctx context.Context) (p netip.Prefix, err error) {
	b := [16]byte{0: 0xfd}
	rand.Read(b[1:6])
	drawn := netip.PrefixFrom(netip.AddrFrom16(b), 48)
	err = kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
		found := false
		p, found, err = kvstore.Load[netip.Prefix](tx, pool6Key)
		if err != nil || found {
			return err
		}
		p = drawn
		return kvstore.Save(tx, pool6Key, p)
	})
	return p, err
}

// occupied is what automatic prefixes must not overlap.
type occupied struct {
	bits   int
	narrow map[netip.Prefix]bool // cut or widened to bits
	wide   []netip.Prefix        // shorter than bits
}

// occupied collects the prefixes of all pools and the routes of this host.
func (a *Allocator) occupied(ctx context.Context, bits int) (*occupied, error) {
	o := &occupied{bits: bits, narrow: map[netip.Prefix]bool{}}
	routes, err := a.config.Avoid(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the routes of this host: %w", err)
	}
	for _, r := range routes {
		o.add(r)
	}
	pools, err := a.pools(ctx)
	for _, p := range pools {
		o.add(p.Prefix)
	}
	return o, err
}

func (o *occupied) add(p netip.Prefix) {
	switch {
	case !p.IsValid() || p.Bits() == 0: // a default route leads to what is not here
	case p.Bits() < o.bits:
		o.wide = append(o.wide, p)
	default:
		o.narrow[netip.PrefixFrom(p.Addr(), o.bits).Masked()] = true
	}
}

// overlaps asks for a prefix of at least bits.
func (o *occupied) overlaps(p netip.Prefix) bool {
	if o.narrow[netip.PrefixFrom(p.Addr(), o.bits).Masked()] {
		return true
	}
	for _, w := range o.wide {
		if w.Overlaps(p) {
			return true
		}
	}
	return false
}
