package ipam

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// maxPending is how many unbound pools of one prefix a space may have.
const maxPending = 256

// RequestPool makes an unbound pool.
func (a *Allocator) RequestPool(ctx context.Context, r PoolRequest) (Pool, error) {
	p, err := a.requestPool(ctx, r)
	id := ""
	if r.Prefix.IsValid() {
		id = r.Prefix.String()
	}
	return p, opError("request pool", id, err)
}

func (a *Allocator) requestPool(ctx context.Context, r PoolRequest) (Pool, error) {
	if err := r.check(); err != nil {
		return Pool{}, err
	}
	p := Pool{
		ID: newID(), Prefix: r.Prefix, Range: r.Range, Space: r.Space, Auto: !r.Prefix.IsValid(),
		Host: a.config.Host, Created: time.Now(), Options: r.Options,
	}
	if p.Auto {
		return a.makeAutomatic(ctx, p, r.V6)
	}
	return a.makeGiven(ctx, p)
}

func (r PoolRequest) check() error {
	switch {
	case r.Prefix.IsValid():
		if err := checkPrefix(r.Prefix); err != nil {
			return err
		}
	case r.Range.IsValid():
		return invalidf("a range (--ip-range) needs its subnet (--subnet)")
	}
	if !r.Range.IsValid() {
		return nil
	}
	if r.Range.Masked() != r.Range {
		return invalidf("the range %s is no network address: use %s", r.Range, r.Range.Masked())
	}
	if r.Range.Bits() < r.Prefix.Bits() || !r.Prefix.Contains(r.Range.Addr()) {
		return invalidf("the range %s is not within the subnet %s", r.Range, r.Prefix)
	}
	return nil
}

// checkPrefix refuses what can't be the prefix of a subnet.
func checkPrefix(p netip.Prefix) error {
	a := p.Addr()
	switch {
	case !p.IsValid() || a.Is4In6():
		return invalidf("%s is no subnet: give one such as 10.1.0.0/24", p)
	case p.Masked() != p:
		return invalidf("%s is an address in a subnet, not a subnet: use %s", p, p.Masked())
	case p.Bits() == 0 || a.IsMulticast() || a.IsLoopback():
		return invalidf("%s can't be the subnet of a network: choose another", p)
	}
	return nil
}

// makeGiven makes p with the first handle of its prefix that is free in its
// space: the prefix itself, else with host bits set. Docker hands a prefix with
// host bits back to the network driver as it got it, and shows it without.
func (a *Allocator) makeGiven(ctx context.Context, p Pool) (Pool, error) {
	p.Handle = p.Prefix
	for range maxPending {
		made, err := a.makePool(ctx, p)
		if !errors.Is(err, errClaimed) {
			return made, err
		}
		p.Handle = netip.PrefixFrom(p.Handle.Addr().Next(), p.Prefix.Bits())
		if !p.Prefix.Contains(p.Handle.Addr()) {
			break
		}
	}
	return Pool{}, fmt.Errorf("%w: too many networks with this subnet are being created at once, try again in a minute", ErrExhausted)
}

// errClaimed is the answer of makePool where another pool has the handle or the
// automatic prefix.
var errClaimed = errors.New("already claimed")

// makePool writes p with the keys that claim its handle and automatic prefix.
func (a *Allocator) makePool(ctx context.Context, p Pool) (Pool, error) {
	keys := []string{poolKey(p.ID)}
	if p.Space != "" {
		keys = append(keys, pendingKey(p.Space, p.Handle))
	}
	if p.Auto {
		keys = append(keys, autoKey(p.Prefix))
	}
	err := kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
		entries, err := tx.GetAll(keys...)
		if err != nil || entries[0].Revision != kvstore.Absent {
			return err // it exists: an earlier run made it, whose answer was lost
		}
		for _, e := range entries[1:] {
			if e.Revision != kvstore.Absent {
				return errClaimed
			}
			tx.Put(e.Key, []byte(p.ID))
		}
		return kvstore.Save(tx, keys[0], p)
	})
	return p, err
}

// FindPool finds the unbound pool of this space and handle.
func (a *Allocator) FindPool(ctx context.Context, space string, handle netip.Prefix) (p Pool, err error) {
	entries, err := a.store.Get(ctx, []string{pendingKey(space, handle)}, true)
	if err == nil {
		p, err = a.Pool(ctx, string(entries[0].Value))
	}
	if err == nil && p.Bound() {
		err = ErrNotFound // since the first read
	}
	return p, opError("find pool", handle.String(), err)
}
