package ovs

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// protocols are ovs-ofctl's names for an eth_type, and for one with an
// nw_proto. Where two say the same the one to write comes first.
var protocols = []struct {
	name    string
	ethType uint64
	ipProto uint64 // 0: any
}{
	{"icmp", 0x0800, 1},
	{"tcp", 0x0800, 6},
	{"udp", 0x0800, 17},
	{"sctp", 0x0800, 132},
	{"ip", 0x0800, 0},
	{"arp", 0x0806, 0},
	{"rarp", 0x8035, 0},
	{"icmp6", 0x86dd, 58},
	{"tcp6", 0x86dd, 6},
	{"udp6", 0x86dd, 17},
	{"sctp6", 0x86dd, 132},
	{"ipv6", 0x86dd, 0},
	{"icmpv6", 0x86dd, 58},
	{"ip6", 0x86dd, 0},
}

// protocol finds the name of a match's protocol, and which fields the name
// says.
func (m Match) protocol() (name string, says []Field) {
	ethType, ok := m.exact(EthType)
	if !ok {
		return "", nil
	}
	ipProto, hasProto := m.exact(IPProto)
	for _, p := range protocols {
		switch {
		case p.ethType != ethType:
		case p.ipProto == 0:
			return p.name, []Field{EthType}
		case hasProto && p.ipProto == ipProto:
			return p.name, []Field{EthType, IPProto}
		}
	}
	return "", nil
}

// protocolTerms are the terms that a protocol's name stands for.
func protocolTerms(name string) ([]Term, bool) {
	for _, p := range protocols {
		if p.name != name {
			continue
		}
		terms := []Term{Uint(EthType, p.ethType)}
		if p.ipProto != 0 {
			terms = append(terms, Uint(IPProto, p.ipProto))
		}
		return terms, true
	}
	return nil, false
}

// exact is the value of a numeric field that the match fixes.
func (m Match) exact(f Field) (uint64, bool) {
	for _, t := range m {
		if t.Field == f && t.Exact() {
			return binary.BigEndian.Uint64(t.Value[8:]), true
		}
	}
	return 0, false
}

// fragments are the values of ip_frag, which ovs-ofctl reads only by name.
var fragments = []struct {
	name        string
	value, mask uint64
}{
	{"no", 0, 3},
	{"first", 1, 3},
	{"later", 3, 3},
	{"no", 0, 1},
	{"yes", 1, 1},
	{"not_later", 0, 2},
	{"later", 2, 2},
}

func (t Term) fragment() string {
	for _, fr := range fragments {
		if t == UintMask(IPFrag, fr.value, fr.mask) {
			return fr.name
		}
	}
	return format(hexadecimal, t.Value)
}

func parseFragment(s string) (Term, error) {
	for _, fr := range fragments {
		if fr.name == s {
			return UintMask(IPFrag, fr.value, fr.mask), nil
		}
	}
	return Term{}, fmt.Errorf("ip_frag: %q is none of no, first, later, yes, not_later", s)
}

// aliases are names of fields that dump-flows prints, beside our own. Those of
// ports and ICMP need a protocol: see portAliases.
var aliases = map[string]Field{
	"dl_src":   EthSrc,
	"dl_dst":   EthDst,
	"dl_type":  EthType,
	"nw_src":   IPSrc,
	"nw_dst":   IPDst,
	"ip_proto": IPProto,
	"ip_ttl":   IPTTL,
	"nw_frag":  IPFrag,
}

// portAliases are the names of which the protocol decides the field, by
// nw_proto.
var portAliases = map[string]map[uint64]Field{
	"tp_src":    {6: TCPSrc, 17: UDPSrc},
	"tp_dst":    {6: TCPDst, 17: UDPDst},
	"icmp_type": {1: ICMPType, 58: ICMPv6Type},
	"icmp_code": {1: ICMPCode, 58: ICMPv6Code},
}

// parseField finds a field by any of its names.
func parseField(name string) (Field, error) {
	for f, info := range fields {
		if info.bits != 0 && (strings.EqualFold(name, info.name) || strings.EqualFold(name, info.nxm)) {
			return Field(f), nil
		}
	}
	if f, ok := aliases[strings.ToLower(name)]; ok {
		return f, nil
	}
	return 0, fmt.Errorf("%q is not a field that this version knows", name)
}
