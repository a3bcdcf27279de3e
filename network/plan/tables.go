package plan

import (
	"net"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/ovs"
)

// The tables, in the order in which a packet meets them. The gaps are for what
// comes between: filters before 60, DHCP before 120, filters towards a port before
// 160.
const (
	tableClassify  uint8 = 0   // network and side
	tableGuardMAC  uint8 = 10  // the sender's MAC
	tableGuardIP   uint8 = 20  // the sender's addresses
	tableGuardND   uint8 = 30  // what its neighbour discovery claims
	tableFrames    uint8 = 40  // what nobody may send
	tableNeighbor  uint8 = 60  // ARP requests and neighbour solicitations
	tableGateway   uint8 = 62  // what is for a router itself
	tableAdvertise uint8 = 64  // the second half of a neighbour advertisement
	tableAnswer    uint8 = 68  // back to who asked
	tableRoute     uint8 = 80  // by the longest prefix
	tableNextHop   uint8 = 90  // to the port that has the next hop's address
	tableForward   uint8 = 120 // by destination MAC
	tableFlood     uint8 = 140 // to everyone in the network
	tableFloodPart uint8 = 144 // … one part of the ports here
	tableUplink    uint8 = 160 // out of this host
	tableCopies    uint8 = 164 // … one part of the hosts with a member
)

// The registers. A packet keeps the first two all its way.
const (
	regNetwork = ovs.Reg0 // Number of its network
	regOrigin  = ovs.Reg1 // the side that it came from
	regPart    = ovs.Reg2 // part of a flood that is being sent
	// Whom a routed packet is sent to: an IPv4 address, or an IPv6 address in
	// this register and the three after it.
	regNextHop  = ovs.Reg4
	regNextHop6 = ovs.XXReg1
)

// The sides that a packet comes from.
const (
	fromPort   = 1 // a port of this host
	fromUplink = 2 // the physical network
)

// The priorities within a table. A table's miss is always a flow of its own,
// so that its counter tells.
const (
	prioMiss      uint16 = 0
	prioDrop      uint16 = 1 // of table 0, where others have flows too
	prioDefault   uint16 = 100
	prioFlow      uint16 = 200
	prioRefuse    uint16 = 250
	prioGateway   uint16 = 250 // before a port that has a router's address
	prioException uint16 = 300
	prioForbidden uint16 = 400
	prioRoute     uint16 = 1000 // to 1257: the longest prefix first
	prioUnrouted  uint16 = 2000
)

// Numbers of the protocols.
const (
	etherARP  = 0x0806
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd

	protoICMP   = 1
	protoUDP    = 17
	protoICMPv6 = 58

	arpRequest = 1
	arpReply   = 2

	icmpEchoReply     = 0 // RFC 792
	icmpEchoRequest   = 8
	icmpv6EchoRequest = 128 // RFC 4443
	icmpv6EchoReply   = 129

	mldReport             = 131 // RFC 2710
	mldDone               = 132
	routerAdvertisement   = 134 // RFC 4861
	neighborSolicitation  = 135
	neighborAdvertisement = 136
	mldv2Report           = 143 // RFC 3810
)

// ownTTL is the TTL of what a router says itself.
const ownTTL = 64

// vlanPresent is the bit of vlan_vid that says there is a tag.
const vlanPresent = 0x1000

var (
	noMAC         = net.HardwareAddr{0, 0, 0, 0, 0, 0}
	broadcastMAC  = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	multicastBit  = net.HardwareAddr{0x01, 0, 0, 0, 0, 0}
	ipv6Multicast = net.HardwareAddr{0x33, 0x33, 0, 0, 0, 0} // RFC 2464
	first16Bits   = net.HardwareAddr{0xff, 0xff, 0, 0, 0, 0}

	anyIPv4   = netip.MustParsePrefix("0.0.0.0/0")
	anyIPv6   = netip.MustParsePrefix("::/0")
	linkLocal = netip.MustParsePrefix("fe80::/10")
)

// flow puts a flow together.
func flow(table uint8, priority uint16, match []ovs.Term, actions ...ovs.Action) ovs.Flow {
	return ovs.Flow{Table: table, Priority: priority, Match: ovs.NewMatch(match...), Actions: actions}
}

// drop is a flow that drops.
func drop(table uint8, priority uint16, match ...ovs.Term) ovs.Flow {
	return flow(table, priority, match)
}

// and is a match of all the given terms.
func and(terms ...ovs.Term) []ovs.Term { return terms }

// flows is a list of flows.
func flows(f ...ovs.Flow) []ovs.Flow { return f }

// join is the lists one after the other.
func join[T any](lists ...[]T) []T { return slices.Concat(lists...) }

// with adds terms to a match, which it leaves alone.
func with(match []ovs.Term, more ...ovs.Term) []ovs.Term {
	return append(match[:len(match):len(match)], more...)
}

func inPort(n uint32) ovs.Term         { return ovs.Uint(ovs.InPort, uint64(n)) }
func inNetwork(number uint32) ovs.Term { return ovs.Uint(regNetwork, uint64(number)) }
func from(side uint64) ovs.Term        { return ovs.Uint(regOrigin, side) }
func part(n int) ovs.Term              { return ovs.Uint(regPart, uint64(n)) }
func untagged() ovs.Term               { return ovs.Uint(ovs.VLANVID, 0) }
func etherType(t uint64) ovs.Term      { return ovs.Uint(ovs.EthType, t) }

// udp matches UDP over IPv4 or IPv6.
func udp(ether uint64) []ovs.Term {
	return and(etherType(ether), ovs.Uint(ovs.IPProto, protoUDP))
}

// icmp matches a type of ICMP message of code 0.
func icmp(kind uint64) []ovs.Term {
	return and(etherType(etherIPv4), ovs.Uint(ovs.IPProto, protoICMP), ovs.Uint(ovs.ICMPType, kind), ovs.Uint(ovs.ICMPCode, 0))
}

// icmpv6 matches a type of ICMPv6 message.
func icmpv6(kind uint64) []ovs.Term {
	return and(etherType(etherIPv6), ovs.Uint(ovs.IPProto, protoICMPv6), ovs.Uint(ovs.ICMPv6Type, kind))
}

// nd matches a type of neighbour discovery message, and its code, which RFC 4861
// has as 0. Without the code Open vSwitch leaves the fields of neighbour discovery
// out of the flows that it gives to the kernel: who was let through once could
// then claim anything.
func nd(kind uint64) []ovs.Term { return with(icmpv6(kind), ovs.Uint(ovs.ICMPv6Code, 0)) }

// setField writes a whole field.
func setField(t ovs.Term) ovs.Action { return ovs.SetField{Term: t} }

// setNumber writes a number into a whole field.
func setNumber(f ovs.Field, v uint64) ovs.Action { return setField(ovs.Uint(f, v)) }

// move copies a whole field.
func move(from, to ovs.Field) ovs.Action {
	return ovs.Move{Source: ovs.Subfield{Field: from}, Dest: ovs.Subfield{Field: to}}
}

func then(table uint8) ovs.Action   { return ovs.Goto{Table: table} }
func output(port uint32) ovs.Action { return ovs.Output{Port: port} }
