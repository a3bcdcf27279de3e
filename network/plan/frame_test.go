package plan_test

import (
	"encoding/binary"
	gonet "net"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/internal/inet"
)

// Frames as bytes. Checksums are right where a switch or a host looks at them.

const (
	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeVLAN = 0x8100
	typeIPv6 = 0x86dd
	// typeOther is IEEE's for local experiments.
	typeOther = 0x88b5

	protoICMPv6 = 58
	protoUDP    = 17
)

var (
	broadcast = gonet.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	nobody    = gonet.HardwareAddr{0, 0, 0, 0, 0, 0}
)

func ethernet(dst, src gonet.HardwareAddr, kind uint16, payload []byte) []byte {
	return slices.Concat(dst, src, be16(kind), payload)
}

// tag puts a VLAN tag into a frame.
func tag(frame []byte, tci uint16) []byte {
	return slices.Concat(frame[:12], be16(typeVLAN), be16(tci), frame[12:])
}

// untagged takes the VLAN tag out of a frame that has one.
func untagged(frame []byte) []byte {
	if binary.BigEndian.Uint16(frame[12:]) != typeVLAN {
		return frame
	}
	return slices.Concat(frame[:12], frame[16:])
}

// arp is an ARP message over Ethernet; dst is where its frame goes.
func arp(dst, src gonet.HardwareAddr, op uint16, sha gonet.HardwareAddr, spa string, tha gonet.HardwareAddr, tpa string) []byte {
	return ethernet(dst, src, typeARP, slices.Concat(
		be16(1), be16(typeIPv4), []byte{6, 4}, be16(op), sha, ip(spa), tha, ip(tpa)))
}

// arpFor is the usual request of one who looks for an address.
func arpFor(src gonet.HardwareAddr, spa, tpa string) []byte {
	return arp(broadcast, src, 1, src, spa, nobody, tpa)
}

// ipv4 is a packet of UDP.
func ipv4(src, dst string, sport, dport uint16) []byte {
	datagram := udp(sport, dport)
	header := slices.Concat([]byte{0x45, 0}, be16(uint16(20+len(datagram))), make([]byte, 4),
		[]byte{64, protoUDP, 0, 0}, ip(src), ip(dst))
	binary.BigEndian.PutUint16(header[10:], checksum(header))
	return append(header, datagram...)
}

// udp is a datagram without a checksum.
func udp(sport, dport uint16) []byte {
	return slices.Concat(be16(sport), be16(dport), be16(12), be16(0), []byte("data"))
}

// ipv6 is a packet with a hop limit of 255, as neighbour discovery asks for.
func ipv6(src, dst string, proto byte, payload []byte) []byte {
	return slices.Concat([]byte{0x60, 0, 0, 0}, be16(uint16(len(payload))), []byte{proto, 255}, ip(src), ip(dst), payload)
}

// icmpv6 is a packet with an ICMPv6 message of code 0.
func icmpv6(src, dst string, kind byte, body []byte) []byte {
	message := slices.Concat([]byte{kind, 0, 0, 0}, body)
	pseudo := slices.Concat(ip(src), ip(dst), be32(uint32(len(message))), be32(protoICMPv6))
	binary.BigEndian.PutUint16(message[2:], checksum(append(pseudo, message...)))
	return ipv6(src, dst, protoICMPv6, message)
}

// solicit is a neighbour solicitation; sll nil leaves the option out.
func solicit(src, dst, target string, sll gonet.HardwareAddr) []byte {
	return icmpv6(src, dst, 135, slices.Concat(make([]byte, 4), ip(target), option(1, sll)))
}

// advertise is a neighbour advertisement.
func advertise(src, dst string, flags uint32, target string, tll gonet.HardwareAddr) []byte {
	return icmpv6(src, dst, 136, slices.Concat(be32(flags), ip(target), option(2, tll)))
}

// option is an option of neighbour discovery that holds a MAC.
func option(kind byte, mac gonet.HardwareAddr) []byte {
	if mac == nil {
		return nil
	}
	return append([]byte{kind, 1}, mac...)
}

// group is the multicast MAC of an IPv6 address, and its solicited-node
// address (RFC 4291, 2.7.1).
func group(target string) (gonet.HardwareAddr, string) {
	t := ip(target)
	return gonet.HardwareAddr{0x33, 0x33, 0xff, t[13], t[14], t[15]},
		netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 11: 1, 12: 0xff, 13: t[13], 14: t[14], 15: t[15]}).String()
}

// solicitFor is the usual solicitation of one who looks for an address.
func solicitFor(src gonet.HardwareAddr, from, target string) []byte {
	mac, dst := group(target)
	return ethernet(mac, src, typeIPv6, solicit(from, dst, target, src))
}

func checksum(b []byte) uint16 { return inet.Checksum(b) }

func ip(s string) []byte   { return netip.MustParseAddr(s).AsSlice() }
func be16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }
func be32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }
