package ipam

import (
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Hold claims an address for a port, the holder. A free address becomes the
// holder's own claim. One that was requested on this host, or is reserved, is
// held from now on; one that the holder holds already stays so. Else
// [ErrTaken], naming who has it.
//
// The caller has read the subnet whose pool it is in the same transaction, and
// has asked [Pool.Check]: Hold reads the claim only.
func Hold(tx *kvstore.Tx, pool string, a netip.Addr, holder, host string) error {
	_, err := hold(tx, "use address", own(pool, a, holder, host), func(c Claim) bool { return c.holdable(host) })
	return err
}

// HoldRouter is Hold for an interface of a virtual router, the holder: it takes
// what is free or reserved, and nothing that was requested.
func HoldRouter(tx *kvstore.Tx, pool string, a netip.Addr, holder, host string) error {
	want := own(pool, a, holder, host)
	want.Router = true
	_, err := hold(tx, "use address", want, func(c Claim) bool { return c.Holder == "" && c.isReserved() })
	return err
}

// Take is Hold for an address that nobody named, an [Allocator.Candidate]: it
// takes no address that was requested or reserved, even here. The claim of
// somebody else is [ErrTaken].
func Take(tx *kvstore.Tx, pool string, a netip.Addr, holder, host string) error {
	_, err := hold(tx, "use address", own(pool, a, holder, host), func(Claim) bool { return false })
	return err
}

// own is a holder's own claim.
func own(pool string, a netip.Addr, holder, host string) Claim {
	return Claim{Pool: pool, Address: a, Owner: holder, Holder: holder, Host: host}
}

// hold claims an address as wanted: that becomes the claim of a free one, and its
// holder that of a claim which it may take.
func hold(tx *kvstore.Tx, op string, want Claim, may func(Claim) bool) (Claim, error) {
	c, found, err := loadClaim(tx, want.Pool, want.Address)
	switch {
	case err != nil:
		return c, err
	case !found:
		c = want
	case c.heldBy(want.Holder, want.Router):
		return c, nil
	case !may(c):
		return c, opError(op, want.Address.String(), c.taken())
	}
	c.Holder, c.Router = want.Holder, want.Router
	return c, saveClaim(tx, c)
}

// Unhold ends what Hold or Take began: the holder's own claim goes, one that was
// requested stays until it is released. What the holder does not hold is left
// alone.
func Unhold(tx *kvstore.Tx, pool string, a netip.Addr, holder string) error {
	return unhold(tx, pool, a, holder, false)
}

// UnholdRouter ends what HoldRouter began, as Unhold does.
func UnholdRouter(tx *kvstore.Tx, pool string, a netip.Addr, holder string) error {
	return unhold(tx, pool, a, holder, true)
}

func unhold(tx *kvstore.Tx, pool string, a netip.Addr, holder string, router bool) error {
	c, found, err := loadClaim(tx, pool, a)
	if err != nil || !found || !c.heldBy(holder, router) {
		return err
	}
	if c.Owner == holder && !c.Named {
		tx.Delete(claimKey(pool, a))
		return nil
	}
	c.Holder, c.Router = "", false
	return saveClaim(tx, c)
}

// holdGateway is Hold for a gateway: it takes the claim of a gateway, too.
func holdGateway(tx *kvstore.Tx, pool string, a netip.Addr, holder, host string) (Claim, error) {
	want := own(pool, a, holder, host)
	want.Kind = KindGateway
	return hold(tx, "use gateway", want, func(c Claim) bool { return c.Holder == "" && c.isGateway() })
}

// heldBy tells whether this port, or this interface of a virtual router, holds
// the address: the two kinds have ids of their own.
func (c Claim) heldBy(holder string, router bool) bool {
	return c.Holder == holder && c.Router == router
}

func (c Claim) isGateway() bool { return c.Kind == KindGateway || c.Kind == KindAutoGateway }

func (c Claim) isReserved() bool { return c.Kind == KindReserved || c.Kind == KindAux }

// holdable tells whether a port on this host may use the claimed address.
func (c Claim) holdable(host string) bool {
	switch {
	case c.Holder != "" || c.isGateway():
		return false
	case c.isReserved():
		return true
	}
	return c.Host == host
}

// taken is ErrTaken with who has the address.
func (c Claim) taken() error {
	switch {
	case c.isGateway():
		return fmt.Errorf("%w: it is the gateway", ErrTaken)
	case c.Router:
		return fmt.Errorf("%w by router interface %s", ErrTaken, c.Holder)
	case c.Holder != "":
		return fmt.Errorf("%w by port %s", ErrTaken, c.Holder)
	case c.isReserved():
		return fmt.Errorf("%w: it is reserved", ErrTaken)
	}
	return fmt.Errorf("%w: it was requested on host %s", ErrTaken, c.Host)
}

func loadClaim(tx *kvstore.Tx, pool string, a netip.Addr) (Claim, bool, error) {
	c, found, err := kvstore.Load[Claim](tx, claimKey(pool, a))
	c.Pool, c.Address = pool, a
	return c, found, err
}

func saveClaim(tx *kvstore.Tx, c Claim) error {
	return rewrite(tx, claimKey(c.Pool, c.Address), c)
}
