package ipam

import (
	"context"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// ReleasePool removes an unbound pool with its claims.
func (a *Allocator) ReleasePool(ctx context.Context, id string) error {
	return a.releasePool(ctx, id, always)
}

// always is the condition of what is done in any case.
func always(*kvstore.Tx) error { return nil }

func (a *Allocator) releasePool(ctx context.Context, id string, still func(*kvstore.Tx) error) error {
	err := kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
		if err := still(tx); err != nil {
			return err
		}
		p, found, err := kvstore.Load[Pool](tx, poolKey(id))
		if err != nil || !found || p.Bound() {
			return err
		}
		return Remove(tx, id)
	})
	if err == nil {
		err = a.Purge(ctx, id)
	}
	return opError("release pool", id, err)
}

// Purge deletes the claims of a pool that was removed, and then the pool. Of
// any other pool it leaves everything alone.
func (a *Allocator) Purge(ctx context.Context, id string) error {
	p, err := a.read(ctx, id)
	if err != nil || !p.Deleting {
		return opError("purge pool", id, err)
	}
	a.mu.Lock()
	a.drop(id)
	a.mu.Unlock()
	for _, prefix := range []string{claimsPrefix(id), ownersPrefix(id)} {
		if err := a.deleteBelow(ctx, prefix); err != nil {
			return opError("purge pool", id, err)
		}
	}
	return opError("purge pool", id, a.deleteKeys(ctx, poolKey(id)))
}

// deleteBelow deletes all keys below a prefix, in batches that fit the store.
func (a *Allocator) deleteBelow(ctx context.Context, prefix string) error {
	entries, err := a.store.List(ctx, prefix)
	if err != nil {
		return err
	}
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	l := a.store.Limits()
	for batch := range slices.Chunk(keys, min(l.Ops, l.Bytes/kvstore.MaxKey)) {
		if err := a.deleteKeys(ctx, batch...); err != nil {
			return err
		}
	}
	return nil
}

// deleteKeys deletes keys that nobody makes again.
func (a *Allocator) deleteKeys(ctx context.Context, keys ...string) error {
	return kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
		for _, key := range keys {
			tx.Delete(key)
		}
		return nil
	})
}

// ReleaseAddress frees an address.
func (a *Allocator) ReleaseAddress(ctx context.Context, pool string, addr netip.Addr) error {
	addr = addr.Unmap()
	entries, err := a.store.Get(ctx, []string{claimKey(pool, addr)}, true)
	if err != nil || entries[0].Revision == kvstore.Absent {
		return opError("release address", addr.String(), err)
	}
	c, err := decodeClaim(pool, entries[0])
	if err != nil {
		return opError("release address", addr.String(), err)
	}
	return a.Release(ctx, c)
}

// Release frees the address of a claim as long as it is still this claim: a
// release that comes late, or that comes twice because its answer was lost,
// frees nothing of a new owner.
func (a *Allocator) Release(ctx context.Context, c Claim) error {
	return a.release(ctx, c, always)
}

func (a *Allocator) release(ctx context.Context, c Claim, still func(*kvstore.Tx) error) error {
	freed := false
	err := kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
		freed = false
		if err := still(tx); err != nil {
			return err
		}
		had, found, err := loadClaim(tx, c.Pool, c.Address)
		if err != nil || !found || had.Owner != c.Owner || had.Holder != "" {
			return err
		}
		if stays, err := staysWithPool(tx, had); err != nil || stays {
			return err
		}
		freed = true
		return deleteClaim(tx, had)
	})
	if x := a.lookup(c.Pool); x != nil && freed && err == nil {
		x.note(c.Address, x.withdraw)
	}
	return opError("release address", c.Address.String(), err)
}

// staysWithPool tells whether a claim goes only when its pool goes. Docker
// releases an --aux-address on every host that removes its own view of a
// network.
func staysWithPool(tx *kvstore.Tx, c Claim) (bool, error) {
	if c.Kind != KindAux {
		return false, nil
	}
	p, found, err := kvstore.Load[Pool](tx, poolKey(c.Pool))
	return found && p.Bound(), err
}

func deleteClaim(tx *kvstore.Tx, c Claim) error {
	tx.Delete(claimKey(c.Pool, c.Address))
	if !c.Named {
		return nil
	}
	e, err := tx.Get(ownerKey(c.Pool, c.Owner))
	if err == nil && string(e.Value) == c.Address.String() {
		tx.Delete(e.Key)
	}
	return err
}
