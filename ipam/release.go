package ipam

import (
	"context"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// ReleasePool removes an unbound pool with its claims.
func (a *Allocator) ReleasePool(ctx context.Context, id string) error {
	err := kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
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
// another pool it leaves everything alone.
func (a *Allocator) Purge(ctx context.Context, id string) error {
	key := poolKey(id)
	entries, err := a.store.Get(ctx, []string{key}, true)
	if err != nil || entries[0].Revision == kvstore.Absent {
		return opError("purge pool", id, err)
	}
	if p, err := kvstore.Decode[Pool](entries[0]); err != nil || !p.Deleting {
		return opError("purge pool", id, err)
	}
	for _, prefix := range []string{claimsPrefix(id), ownersPrefix(id)} {
		if err := a.deleteBelow(ctx, prefix); err != nil {
			return opError("purge pool", id, err)
		}
	}
	a.mu.Lock()
	a.drop(id)
	a.mu.Unlock()
	return opError("purge pool", id, a.store.Commit(ctx, []kvstore.Op{{Key: key, Write: kvstore.Delete}}))
}

// ReleaseAddress frees an address.
func (a *Allocator) ReleaseAddress(ctx context.Context, pool string, addr netip.Addr) error {
	return a.release(ctx, pool, addr.Unmap(), func(Claim) bool { return true })
}

// Release frees the address of a claim while it is still this claim: its owner
// has not changed. It is the release that may come late.
func (a *Allocator) Release(ctx context.Context, c Claim) error {
	return a.release(ctx, c.Pool, c.Address, func(had Claim) bool { return had.Owner == c.Owner })
}

func (a *Allocator) release(ctx context.Context, pool string, addr netip.Addr, ours func(Claim) bool) error {
	freed := false
	err := kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
		freed = false
		c, found, err := loadClaim(tx, pool, addr)
		if err != nil || !found || c.Holder != "" || !ours(c) {
			return err
		}
		if stays, err := staysWithPool(tx, c); err != nil || stays {
			return err
		}
		freed = true
		return deleteClaim(tx, c)
	})
	if x := a.lookup(pool); x != nil && freed && err == nil {
		x.note(addr, x.withdraw)
	}
	return opError("release address", addr.String(), err)
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

// deleteBelow deletes all keys below a prefix, in batches that fit the store.
func (a *Allocator) deleteBelow(ctx context.Context, prefix string) error {
	entries, err := a.store.List(ctx, prefix)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(entries, a.batchSize()) {
		ops := make([]kvstore.Op, len(batch))
		for i, e := range batch {
			ops[i] = kvstore.Op{Key: e.Key, Write: kvstore.Delete}
		}
		if err := a.store.Commit(ctx, ops); err != nil {
			return err
		}
	}
	return nil
}

// batchSize is how many deletes fit one commit, whatever the length of the
// keys.
func (a *Allocator) batchSize() int {
	l := a.store.Limits()
	return min(l.Ops, l.Bytes/kvstore.MaxKey)
}
