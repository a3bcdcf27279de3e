package ovs

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// value is the term's value as ovs-ofctl writes it, with its mask where that
// isn't exact: 0x5/0xff, 10.0.0.0/8, aa:bb:cc:dd:ee:ff.
func (t Term) value() string {
	k := t.Field.info().kind
	switch {
	case k == fragment:
		return t.fragment()
	case t.Exact():
		return format(k, t.Value)
	case k == ipv4 || k == ipv6:
		return format(k, t.Value) + "/" + t.addressMask(k)
	case k == hardware:
		return format(k, t.Value) + "/" + format(k, t.Mask)
	}
	return format(hexadecimal, t.Value) + "/" + format(hexadecimal, t.Mask)
}

// addressMask is the length of a prefix; a mask that is none is an address.
func (t Term) addressMask(k kind) string {
	for length := range t.Field.Bits() {
		if t.Mask == prefixMask(length, t.Field.Bits()) {
			return strconv.Itoa(int(length))
		}
	}
	return format(k, t.Mask)
}

func format(k kind, v [16]byte) string {
	switch k {
	case hardware:
		return net.HardwareAddr(v[10:]).String()
	case ipv4:
		return netip.AddrFrom4([4]byte(v[12:])).String()
	case ipv6:
		return netip.AddrFrom16(v).String()
	case decimal:
		return strconv.FormatUint(binary.BigEndian.Uint64(v[8:]), 10)
	case portNumber:
		if binary.BigEndian.Uint32(v[12:]) == PortLocal {
			return "LOCAL"
		}
		return format(decimal, v)
	}
	digits := strings.TrimLeft(hex.EncodeToString(v[:]), "0")
	if digits == "" {
		return "0"
	}
	return "0x" + digits
}

// parseTerm reads what value writes.
func parseTerm(f Field, s string) (Term, error) {
	k, t := f.info().kind, Term{Field: f, Mask: ones(f.Bits())}
	if k == fragment {
		return parseFragment(s)
	}
	value, mask, masked := strings.Cut(s, "/")
	var err error
	if t.Value, err = parse(k, value); err != nil {
		return Term{}, fmt.Errorf("%v: %w", f, err)
	}
	if masked {
		t.Mask, err = parseMask(f, mask)
	}
	if err == nil && (exceeds(t.Value, f) || exceeds(t.Mask, f)) {
		err = fmt.Errorf("%s has more than %d bits", s, f.Bits())
	}
	if err != nil {
		return Term{}, fmt.Errorf("%v: %w", f, err)
	}
	return t.masked(), nil
}

func parseMask(f Field, s string) ([16]byte, error) {
	k := f.info().kind
	length, err := strconv.ParseUint(s, 10, 16)
	if (k != ipv4 && k != ipv6) || err != nil {
		return parse(k, s)
	}
	if length > uint64(f.Bits()) {
		return [16]byte{}, fmt.Errorf("a prefix of /%s is too long", s)
	}
	return prefixMask(uint16(length), f.Bits()), nil
}

func parse(k kind, s string) (v [16]byte, err error) {
	switch k {
	case hardware:
		var mac net.HardwareAddr
		if mac, err = net.ParseMAC(s); err == nil && len(mac) != 6 {
			err = fmt.Errorf("%s is not 6 bytes long", s)
		}
		copy(v[10:], mac)
		return v, err
	case ipv4, ipv6:
		var a netip.Addr
		if a, err = netip.ParseAddr(s); err == nil && (a.Is4() != (k == ipv4) || a.Zone() != "") {
			err = fmt.Errorf("%s is of the other family", s)
		}
		raw := a.AsSlice()
		copy(v[16-len(raw):], raw)
		return v, err
	case portNumber:
		if s == "LOCAL" {
			binary.BigEndian.PutUint32(v[12:], PortLocal)
			return v, nil
		}
	}
	n, ok := new(big.Int).SetString(s, 0)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return v, fmt.Errorf("%q is not a number of at most 128 bits", s)
	}
	n.FillBytes(v[:])
	return v, nil
}

// ones has the lowest n bits set.
func ones(n uint16) (v [16]byte) {
	for i := 15; n > 0; i-- {
		v[i] = 1<<min(n, 8) - 1
		n -= min(n, 8)
	}
	return v
}

// prefixMask has the highest length of the lowest width bits set.
func prefixMask(length, width uint16) [16]byte {
	v, host := ones(width), ones(width-length)
	for i := range v {
		v[i] &^= host[i]
	}
	return v
}

// exceeds reports whether v has bits that f has not.
func exceeds(v [16]byte, f Field) bool {
	all := ones(f.Bits())
	for i := range v {
		if v[i]&^all[i] != 0 {
			return true
		}
	}
	return false
}
