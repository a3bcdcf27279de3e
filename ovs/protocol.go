package ovs

import "encoding/binary"

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
