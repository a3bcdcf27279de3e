package flowgen

import "github.com/vlcp-go/vlcp/ovs"

// protocol is a set of fields, with the terms that Open vSwitch wants to see
// in a match before any of them.
type protocol struct {
	terms []ovs.Term
	exact []ovs.Field // matched exactly, or not at all
	masks []ovs.Field // matched under any mask
	ttl   bool        // has a TTL to decrement
}

const (
	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeLLDP = 0x88cc
	typeIPv6 = 0x86dd
)

var metadata = []ovs.Field{ovs.TunID, ovs.TunSrc, ovs.TunDst, ovs.Metadata, ovs.Reg0, ovs.Reg1, ovs.Reg2, ovs.Reg3,
	ovs.Reg4, ovs.Reg5, ovs.Reg6, ovs.Reg7, ovs.EthDst, ovs.EthSrc}

var protocols = []protocol{
	{masks: metadata},
	{masks: []ovs.Field{ovs.TunID, ovs.TunIPv6Src, ovs.TunIPv6Dst, ovs.EthDst}},
	{terms: ethType(typeLLDP), masks: metadata},
	{terms: ethType(typeARP), exact: []ovs.Field{ovs.ARPOp}, masks: []ovs.Field{ovs.ARPSPA, ovs.ARPTPA, ovs.ARPSHA, ovs.ARPTHA, ovs.Reg0}},
	ipv4(),
	ipv4(ovs.Uint(ovs.IPProto, 50)),
	ipv4(ovs.Uint(ovs.IPProto, 6)).with(ovs.TCPSrc, ovs.TCPDst),
	ipv4(ovs.Uint(ovs.IPProto, 17)).with(ovs.UDPSrc, ovs.UDPDst),
	ipv4(ovs.Uint(ovs.IPProto, 1)).withExact(ovs.ICMPType, ovs.ICMPCode),
	ipv6(),
	ipv6(ovs.Uint(ovs.IPProto, 50)),
	ipv6(ovs.Uint(ovs.IPProto, 6)).with(ovs.TCPSrc, ovs.TCPDst),
	ipv6(ovs.Uint(ovs.IPProto, 17)).with(ovs.UDPSrc, ovs.UDPDst),
	ipv6(ovs.Uint(ovs.IPProto, 58)).withExact(ovs.ICMPv6Type, ovs.ICMPv6Code),
	nd(135).with(ovs.NDTarget, ovs.NDSLL),
	nd(136).with(ovs.NDTarget, ovs.NDTLL).withExact(ovs.NDReserved, ovs.NDOptionsType),
}

func ethType(v uint64) []ovs.Term { return []ovs.Term{ovs.Uint(ovs.EthType, v)} }

func ipv4(more ...ovs.Term) protocol {
	return protocol{
		terms: append(ethType(typeIPv4), more...),
		exact: []ovs.Field{ovs.IPTTL, ovs.IPFrag},
		masks: []ovs.Field{ovs.IPSrc, ovs.IPDst, ovs.Reg0},
		ttl:   true,
	}
}

func ipv6(more ...ovs.Term) protocol {
	return protocol{
		terms: append(ethType(typeIPv6), more...),
		exact: []ovs.Field{ovs.IPTTL, ovs.IPFrag},
		masks: []ovs.Field{ovs.IPv6Src, ovs.IPv6Dst, ovs.Reg7},
		ttl:   true,
	}
}

// nd is a neighbour solicitation (135) or advertisement (136).
func nd(icmpType uint64) protocol {
	return ipv6(ovs.Uint(ovs.IPProto, 58), ovs.Uint(ovs.ICMPv6Type, icmpType), ovs.Uint(ovs.ICMPv6Code, 0))
}

func (p protocol) with(masks ...ovs.Field) protocol {
	p.masks = append(p.masks, masks...)
	return p
}

func (p protocol) withExact(fields ...ovs.Field) protocol {
	p.exact = append(p.exact, fields...)
	return p
}

// settable are the fields that an action may write; only masked ones under a
// mask.
func (p protocol) settable() (exact, masked []ovs.Field) {
	for _, f := range p.exact {
		if f != ovs.IPFrag {
			exact = append(exact, f)
		}
	}
	return exact, append([]ovs.Field{ovs.XXReg0, ovs.XXReg1, ovs.Reg5}, p.masks...)
}
