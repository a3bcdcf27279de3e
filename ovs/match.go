package ovs

import (
	"bytes"
	"cmp"
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
	slices.SortFunc(m, Term.compare)
	return m
}

// Uint is a term of a numeric field with its exact value.
func Uint(f Field, v uint64) Term { return UintMask(f, v, ^uint64(0)) }

// UintMask is a term of a numeric field of which only the bits of mask count;
// bits beyond the field's width are ignored.
func UintMask(f Field, v, mask uint64) Term {
	return Bytes(f, binary.BigEndian.AppendUint64(nil, v), binary.BigEndian.AppendUint64(nil, mask))
}

// Addr is a term of an address field (IPSrc, IPv6Dst, ARPTPA, NDTarget,
// TunDst, …) with one address.
func Addr(f Field, a netip.Addr) Term { return Bytes(f, a.AsSlice(), nil) }

// Net is a term of an address field that matches a prefix.
func Net(f Field, p netip.Prefix) Term {
	return Bytes(f, p.Addr().AsSlice(), net.CIDRMask(p.Bits(), p.Addr().BitLen()))
}

// MAC is a term of a hardware-address field (EthSrc, ARPSHA, NDTLL, …); mac
// has six bytes.
func MAC(f Field, mac net.HardwareAddr) Term { return Bytes(f, mac, nil) }

// MACMask is a term of a hardware-address field of which only the bits of mask
// count.
func MACMask(f Field, mac, mask net.HardwareAddr) Term { return Bytes(f, mac, mask) }

// Bytes is a term of any field; value and mask are big-endian and have at most
// 16 bytes. A nil mask is exact; bits beyond the field's width are ignored.
func Bytes(f Field, value, mask []byte) Term {
	t := Term{Field: f, Mask: ones(f.Bits())}
	copy(t.Value[16-len(value):], value)
	if mask == nil {
		return t.masked()
	}
	var m [16]byte
	copy(m[16-len(mask):], mask)
	for i := range m {
		t.Mask[i] &= m[i]
	}
	return t.masked()
}

// Exact reports whether the mask has every bit of the field.
func (t Term) Exact() bool { return t.Mask == ones(t.Field.Bits()) }

// masked clears the bits of the value that the mask leaves out.
func (t Term) masked() Term {
	for i := range t.Value {
		t.Value[i] &= t.Mask[i]
	}
	return t
}

// compare orders terms by field, then value, then mask.
func (t Term) compare(u Term) int {
	return cmp.Or(cmp.Compare(t.Field, u.Field), bytes.Compare(t.Value[:], u.Value[:]), bytes.Compare(t.Mask[:], u.Mask[:]))
}
