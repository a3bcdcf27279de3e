package ipam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
)

// requestAny claims an address that turns out to be free.
func (a *Allocator) requestAny(ctx context.Context, c Claim) (netip.Prefix, error) {
	for {
		got, err := a.tryAny(ctx, c)
		if !errors.Is(err, errClaimed) {
			return got, err
		}
	}
}

// tryAny tries one candidate, and answers errClaimed if another has it.
func (a *Allocator) tryAny(ctx context.Context, c Claim) (got netip.Prefix, err error) {
	err = kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
		p, err := Load(tx, c.Pool)
		if err != nil {
			return err
		}
		if !p.Bound() {
			return fmt.Errorf("%w: the vlcp IPAM only serves networks made with -d vlcp", ErrUnbound)
		}
		had, found, err := ownersClaim(tx, c)
		if err != nil || found {
			got = netip.PrefixFrom(had.Address, p.Prefix.Bits())
			return err
		}
		if !p.isAutomatic(c.Address) {
			if c.Address, err = a.candidate(ctx, p); err != nil {
				return err
			}
		}
		got = netip.PrefixFrom(c.Address, p.Prefix.Bits())
		return claimNew(tx, c)
	})
	a.learn(c, err)
	return got, err
}

// ownersClaim finds what an owner who named itself got before. Its time starts
// anew.
func ownersClaim(tx *kvstore.Tx, c Claim) (had Claim, found bool, err error) {
	if !c.Named {
		return had, false, nil
	}
	e, err := tx.Get(ownerKey(c.Pool, c.Owner))
	if err != nil || e.Revision == kvstore.Absent {
		return had, false, err
	}
	addr, err := netip.ParseAddr(string(e.Value))
	if err != nil {
		return had, false, fmt.Errorf("key %s: %w", e.Key, err)
	}
	had, found, err = loadClaim(tx, c.Pool, addr)
	if err != nil || !found || had.Owner != c.Owner {
		return had, false, err
	}
	if had.Holder == "" {
		had.Created = c.Created
		err = saveClaim(tx, had)
	}
	return had, true, err
}

// claimNew claims an address that is thought to be free.
func claimNew(tx *kvstore.Tx, c Claim) error {
	value, err := json.Marshal(c)
	if err != nil {
		return err
	}
	err = tx.Create(claimKey(c.Pool, c.Address), value)
	if errors.Is(err, kvstore.ErrExists) {
		had, _, err := loadClaim(tx, c.Pool, c.Address)
		if err == nil && had.Owner != c.Owner {
			err = errClaimed
		}
		return err // nil: an earlier run made it, whose answer was lost
	}
	if err == nil && c.Named {
		tx.Put(ownerKey(c.Pool, c.Owner), []byte(c.Address.String()))
	}
	return err
}

// learn tells the index how a candidate fared.
func (a *Allocator) learn(c Claim, err error) {
	switch x := a.lookup(c.Pool); {
	case x == nil:
	case err == nil:
		x.note(c.Address, x.settle)
	case errors.Is(err, errClaimed):
		x.note(c.Address, x.contest)
	default:
		x.note(c.Address, x.withdraw)
	}
}
