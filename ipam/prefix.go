package ipam

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math/bits"
	"net/netip"

	"github.com/vlcp-go/vlcp/internal/inet"
)

// Check refuses with [ErrOutside] an address that no port in the pool's subnet
// can have: one outside the prefix or outside Start to End, an IPv4 network or
// broadcast address, the IPv6 subnet-router anycast address.
func (p Pool) Check(a netip.Addr) error {
	if err := checkUsable(p.Prefix, a); err != nil {
		return err
	}
	if first, last := p.bounds(); a.Less(first) || last.Less(a) {
		return fmt.Errorf("%w: this subnet gives its ports %s to %s", ErrOutside, first, last)
	}
	return nil
}

func checkUsable(p netip.Prefix, a netip.Addr) error {
	if !p.Contains(a) {
		return fmt.Errorf("%w %s", ErrOutside, p)
	}
	if first, last := usable(p); a.Less(first) || last.Less(a) {
		return fmt.Errorf("%w: it names the subnet %s as a whole, choose one from %s to %s", ErrOutside, p, first, last)
	}
	return nil
}

// usable is the first and the last address of a prefix that one host can have:
// without the IPv4 network and broadcast addresses (RFC 1122, 3.2.1.3) and the
// IPv6 subnet-router anycast address (RFC 4291, 2.6.1). Point-to-point prefixes
// have none of these (RFC 3021, RFC 6164).
func usable(p netip.Prefix) (first, last netip.Addr) {
	first, last = p.Addr(), inet.Last(p)
	switch {
	case first.BitLen()-p.Bits() < 2:
		return first, last
	case first.Is4():
		return first.Next(), last.Prev()
	}
	return first.Next(), last
}

// bounds is the first and the last address that a port may have.
func (p Pool) bounds() (first, last netip.Addr) {
	first, last = usable(p.Prefix)
	return within(first, last, p.Start, p.End)
}

// automatic is the first and the last address that is given to a port that
// names none; last is below first where there is none.
func (p Pool) automatic() (first, last netip.Addr) {
	first, last = p.bounds()
	if !p.Range.IsValid() {
		return first, last
	}
	return within(first, last, p.Range.Addr(), inet.Last(p.Range))
}

// within cuts first to last down to low to high, each of which may be missing.
func within(first, last, low, high netip.Addr) (netip.Addr, netip.Addr) {
	if low.IsValid() && first.Less(low) {
		first = low
	}
	if high.IsValid() && high.Less(last) {
		last = high
	}
	return first, last
}

// distance is how far a lies above from; false where it is below, or further
// than 64 bits tell.
func distance(from, a netip.Addr) (uint64, bool) {
	fh, fl := halves(from)
	ah, al := halves(a)
	low, borrow := bits.Sub64(al, fl, 0)
	high, borrow := bits.Sub64(ah, fh, borrow)
	return low, high == 0 && borrow == 0
}

// above is the address that lies n above from.
func above(from netip.Addr, n uint64) netip.Addr {
	high, low := halves(from)
	low, carry := bits.Add64(low, n, 0)
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], high+carry)
	binary.BigEndian.PutUint64(b[8:], low)
	a := netip.AddrFrom16(b)
	if from.Is4() {
		return a.Unmap()
	}
	return a
}

func halves(a netip.Addr) (high, low uint64) {
	b := a.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

// cuts are the prefixes of length bits (of base itself, if that is longer)
// within base, ascending.
func cuts(base netip.Prefix, bits int) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		bits = max(bits, base.Bits())
		for a := base.Masked().Addr(); a.IsValid() && base.Contains(a); {
			p := netip.PrefixFrom(a, bits)
			if !yield(p) {
				return
			}
			a = inet.Last(p).Next()
		}
	}
}
