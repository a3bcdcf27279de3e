package ipam

import (
	"context"
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// RequestAddress claims an address.
func (a *Allocator) RequestAddress(ctx context.Context, pool string, r AddressRequest) (netip.Prefix, error) {
	c := Claim{
		Pool: pool, Address: r.Address.Unmap(), Owner: r.Owner, Named: r.Owner != "",
		Host: a.config.Host, Created: time.Now(),
	}
	if !c.Named {
		c.Owner = newID()
	}
	if r.Reserve {
		c.Kind = KindReserved
	}
	var got netip.Prefix
	var err error
	if r.Gateway || r.Address.IsValid() {
		got, err = a.requestGiven(ctx, c, r.Gateway)
	} else {
		got, err = a.requestAny(ctx, c)
	}
	id := ""
	if r.Address.IsValid() {
		id = r.Address.String()
	}
	return got, opError("request address", id, err)
}

// requestGiven claims c.Address, or whatever the gateway is.
func (a *Allocator) requestGiven(ctx context.Context, c Claim, isGateway bool) (got netip.Prefix, err error) {
	err = kvstore.Update(ctx, a.store, func(tx *kvstore.Tx) error {
		p, err := Load(tx, c.Pool)
		if err != nil {
			return err
		}
		c := c
		if isGateway {
			c.Address, err = gateway(tx, p, c)
		} else {
			err = given(tx, p, c)
		}
		got = netip.PrefixFrom(c.Address, p.Prefix.Bits())
		return err
	})
	if x := a.lookup(c.Pool); x != nil && err == nil {
		x.note(got.Addr(), x.settle)
	}
	return got, err
}

// given claims an address that is not the gateway. What is asked of an unbound
// pool is an --aux-address: Docker says so nowhere, but asks for nothing else.
func given(tx *kvstore.Tx, p Pool, c Claim) error {
	if !p.Bound() {
		c.Kind = KindAux
	} else if err := p.Check(c.Address); err != nil {
		return err
	}
	return request(tx, p, c)
}

// request claims c.Address. An earlier claim of the same requester is as good,
// and its time starts anew.
func request(tx *kvstore.Tx, p Pool, c Claim) error {
	if err := checkUsable(p.Prefix, c.Address); err != nil {
		return err
	}
	had, found, err := loadClaim(tx, p.ID, c.Address)
	switch {
	case err != nil:
		return err
	case !found:
		return saveClaim(tx, c)
	case !had.sameRequest(c):
		return had.taken()
	case had.Holder != "":
		return nil
	}
	had.Created = c.Created
	return saveClaim(tx, had)
}

// sameRequest tells whether the claim gives already what r asks for.
func (c Claim) sameRequest(r Claim) bool {
	switch {
	case c.isReserved() && r.isReserved():
		return true // by whomever: nobody gets it
	case c.Kind != r.Kind || c.Router:
		return false
	case c.Owner == r.Owner:
		return true
	}
	return c.Host == r.Host && c.Holder == "" && !r.Named
}
