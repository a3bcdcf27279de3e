package ipam

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Binding ties a pool to the subnet of a network.
type Binding struct {
	Network    string
	Subnet     string
	Start, End netip.Addr // the addresses that ports may have, both included; zero: the first and the last usable one
	Gateway    netip.Addr // zero: none
	Host       string     // the host that binds, and makes the claim of a gateway that nobody requested
}

// Load reads a pool that is not being removed, else [ErrNotFound].
func Load(tx *kvstore.Tx, pool string) (Pool, error) {
	p, found, err := kvstore.Load[Pool](tx, poolKey(pool))
	if err == nil && (!found || p.Deleting) {
		err = ErrNotFound
	}
	return p, opError("find pool", pool, err)
}

// Create makes a pool with its subnet, bound from the start. It refuses what
// Bind does, and a prefix that is no subnet.
func Create(tx *kvstore.Tx, prefix netip.Prefix, b Binding) (Pool, error) {
	err := checkPrefix(prefix)
	p := Pool{ID: newID(), Prefix: prefix, Handle: prefix, Host: b.Host}
	if err == nil {
		err = bind(tx, &p, b)
	}
	if err == nil {
		err = kvstore.Save(tx, poolKey(p.ID), p)
	}
	return p, opError("create pool", prefix.String(), err)
}

// Bind gives an unbound pool to a subnet, whose gateway it holds from now on.
// Where the pool is that subnet's already, it takes on the range and the
// gateway of b, and lets go of an earlier gateway. [ErrBound] where it is
// another's; [ErrNotFound]; [ErrInvalid] or [ErrOutside] for range and gateway
// that don't fit the pool; [ErrTaken] for the gateway.
func Bind(tx *kvstore.Tx, pool string, b Binding) (Pool, error) {
	p, err := Load(tx, pool)
	if err == nil && p.Bound() && (p.Network != b.Network || p.Subnet != b.Subnet) {
		err = ErrBound
	}
	if err == nil {
		err = bind(tx, &p, b)
	}
	if err == nil {
		err = rewrite(tx, poolKey(pool), p)
	}
	return p, opError("bind pool", pool, err)
}

func bind(tx *kvstore.Tx, p *Pool, b Binding) error {
	if err := b.check(p.Prefix); err != nil {
		return err
	}
	if p.Space != "" && !p.Bound() {
		tx.Delete(pendingKey(p.Space, p.Handle))
	}
	if err := moveGateway(tx, p, b); err != nil {
		return err
	}
	p.Network, p.Subnet, p.Start, p.End = b.Network, b.Subnet, b.Start, b.End
	return nil
}

func (b Binding) check(prefix netip.Prefix) error {
	for _, a := range []netip.Addr{b.Start, b.End} {
		if a.IsValid() && !prefix.Contains(a) {
			return fmt.Errorf("%s: %w %s", a, ErrOutside, prefix)
		}
	}
	if first, last := (Pool{Prefix: prefix, Start: b.Start, End: b.End}).bounds(); last.Less(first) {
		return invalidf("no address lies between the first (%s) and the last (%s) of the range", first, last)
	}
	if !b.Gateway.IsValid() {
		return nil
	}
	return opError("use gateway", b.Gateway.String(), checkUsable(prefix, b.Gateway))
}

// moveGateway makes b's gateway the pool's.
func moveGateway(tx *kvstore.Tx, p *Pool, b Binding) error {
	if p.Gateway == b.Gateway {
		return nil
	}
	holder := "subnet/" + b.Subnet
	if p.Gateway.IsValid() {
		if err := Unhold(tx, p.ID, p.Gateway, holder); err != nil {
			return err
		}
	}
	p.Gateway, p.AutoGateway = b.Gateway, false
	if !b.Gateway.IsValid() {
		return nil
	}
	c, err := holdGateway(tx, p.ID, b.Gateway, holder, b.Host)
	p.AutoGateway = c.Kind == KindAutoGateway
	return err
}

// Remove marks a pool as deleted and frees its prefix; nothing new is claimed
// in it. Its claims are too many for one transaction: [Allocator.Purge] deletes
// them afterwards, or the next [Allocator.Sweep]. An unknown pool is no error.
func Remove(tx *kvstore.Tx, pool string) error {
	p, err := Load(tx, pool)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if p.Space != "" && !p.Bound() {
		tx.Delete(pendingKey(p.Space, p.Handle))
	}
	if p.Auto {
		tx.Delete(autoKey(p.Prefix))
	}
	p.Deleting = true
	return rewrite(tx, poolKey(pool), p)
}
