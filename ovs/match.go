package ovs

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
)

// Term is one field with a value and a mask: in a match, or as what a set
// action writes. Value and Mask are big-endian and right-aligned (an IPv4
// address is in the last four bytes); a mask with all bits of the field set is
// an exact match.
type Term struct {
	Field Field
	Value [16]byte
	Mask  [16]byte
}

// Match is what a flow matches: at most one term a field, in the order of the
// fields. [NewMatch] makes one; the prerequisites (an EthType for an IPDst, …)
// are the caller's to list.
type Match []Term

// NewMatch puts terms into the canonical order, clears value bits that their
// mask leaves out and drops terms that match anything, so that equal matches
// are equal values.
func NewMatch(terms ...Term) Match {
	var m Match
	for _, t := range terms {
		if t.Mask != [16]byte{} {
			m = append(m, t.masked())
		}
	}
	slices.SortStableFunc(m, func(a, b Term) int { return int(a.Field) - int(b.Field) })
	return m
}

// Uint is a term of a numeric field with its exact value.
func Uint(f Field, v uint64) Term { return UintMask(f, v, ^uint64(0)) }

// UintMask is a term of a numeric field of which only the bits of mask count;
// bits beyond the field's width are ignored.
func UintMask(f Field, v, mask uint64) Term {
	t := Term{Field: f}
	if w := f.Bits(); w < 64 {
		mask &= 1<<w - 1
	}
	binary.BigEndian.PutUint64(t.Value[8:], v&mask)
	binary.BigEndian.PutUint64(t.Mask[8:], mask)
	return t
}

// Addr is a term of an address field (IPSrc, IPv6Dst, ARPTPA, NDTarget,
// TunDst, …) with one address.
func Addr(f Field, a netip.Addr) Term { return Net(f, netip.PrefixFrom(a, a.BitLen())) }

// Net is a term of an address field that matches a prefix.
func Net(f Field, p netip.Prefix) Term {
	t := Term{Field: f}
	raw := p.Masked().Addr().AsSlice()
	off := 16 - len(raw)
	copy(t.Value[off:], raw)
	copy(t.Mask[off:], net.CIDRMask(p.Bits(), len(raw)*8))
	return t
}

// MAC is a term of a hardware-address field (EthSrc, ARPSHA, NDTLL, …); mac
// has six bytes.
func MAC(f Field, mac net.HardwareAddr) Term {
	return MACMask(f, mac, net.HardwareAddr{255, 255, 255, 255, 255, 255})
}

// MACMask is a term of a hardware-address field of which only the bits of mask
// count.
func MACMask(f Field, mac, mask net.HardwareAddr) Term {
	t := Term{Field: f}
	copy(t.Value[10:], mac)
	copy(t.Mask[10:], mask)
	return t.masked()
}

// masked clears the bits of the value that the mask leaves out.
func (t Term) masked() Term {
	for i := range t.Value {
		t.Value[i] &= t.Mask[i]
	}
	return t
}
