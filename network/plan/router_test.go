package plan_test

import (
	"crypto/sha256"
	"encoding/binary"
	gonet "net"
	"slices"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

// The router of these tests, and the host that they run on.
var (
	mr       = network.Router{ID: "r"}.MAC()
	hostsOwn = func() gonet.HardwareAddr {
		sum := sha256.Sum256([]byte("host\x00h0"))
		return append(gonet.HardwareAddr{2}, sum[:5]...)
	}()
)

// routed is a lab with a router "r" between net1, which the ports a and a2 are in,
// net2 with b, and the VLANs net3 with c and net4 with a port that is elsewhere.
// In net5, which is in no router, x has the addresses of b. What leaves by the
// trunk arrives at "up".
func (l *lab) routed() {
	l.Helper()
	l.attach("up", 9)
	l.plan.SetUplink("phys", 9)
	for i, kind := range []network.Type{network.Local, network.Local, network.VLAN, network.VLAN, network.Local} {
		l.plan.SetNetwork(net(uint32(i+1), kind, 101+uint32(i)))
	}
	l.plan.SetRouter(network.Router{ID: "r", Routes: []network.Route{route("172.16.0.0/12", "10.2.0.2"), route("0.0.0.0/0", "10.1.0.3")}})
	connectAll(l.plan, "r", 1, 2, 3, 4)
	l.plug(port("a", 1, "10.1.0.2", "fd01::2"), 1)
	l.plug(port("a2", 1, "10.1.0.3", "fd01::3"), 2)
	l.plug(port("b", 2, "10.2.0.2", "fd02::2"), 3)
	l.plug(port("c", 3, "10.3.0.2", "fd03::2"), 4)
	l.plug(port("x", 5, "10.2.0.2", "fd02::2"), 5)
	remote(l.plan, port("away", 4, "10.4.0.2", "fd04::2"), "h2")
	l.apply()
}

// from is a packet that a port sends to the router.
func from(id string, kind uint16, packet []byte) []byte {
	return ethernet(mr, macOf(id), kind, packet)
}

// forwarded is what a frame has become when it was routed.
func forwarded(frame []byte, src, dst gonet.HardwareAddr) []byte {
	out := slices.Concat(dst, src, frame[12:])
	if binary.BigEndian.Uint16(frame[12:]) == typeIPv6 {
		out[14+7]--
		return out
	}
	out[14+8]--
	header := out[14:34]
	binary.BigEndian.PutUint16(header[10:], 0)
	binary.BigEndian.PutUint16(header[10:], checksum(header))
	return out
}

// withTTL is an IPv4 packet with another TTL.
func withTTL(packet []byte, ttl byte) []byte {
	packet[8] = ttl
	binary.BigEndian.PutUint16(packet[10:], 0)
	binary.BigEndian.PutUint16(packet[10:], checksum(packet[:20]))
	return packet
}

// icmp4 is an ICMP message of code 0, with a TTL.
func icmp4(src, dst string, kind, ttl byte) []byte {
	message := slices.Concat([]byte{kind, 0, 0, 0}, be32(0x12340001), []byte("some data"))
	binary.BigEndian.PutUint16(message[2:], checksum(message))
	header := slices.Concat([]byte{0x45, 0}, be16(uint16(20+len(message))), make([]byte, 4), []byte{ttl, 1, 0, 0}, ip(src), ip(dst))
	binary.BigEndian.PutUint16(header[10:], checksum(header))
	return append(header, message...)
}

// fragment makes a packet one of several, by its flags and offset.
func fragment(packet []byte, place uint16) []byte {
	binary.BigEndian.PutUint16(packet[6:], place)
	return withTTL(packet, packet[8])
}

func pkt4(src, dst string) []byte { return ipv4(src, dst, 1000, 1001) }
func pkt6(src, dst string) []byte { return ipv6(src, dst, protoUDP, udp6Checked(src, dst)) }

// udp6Checked is a datagram with the checksum that IPv6 asks for.
func udp6Checked(src, dst string) []byte {
	d := udp(1000, 1001)
	pseudo := slices.Concat(ip(src), ip(dst), be32(uint32(len(d))), be32(protoUDP))
	binary.BigEndian.PutUint16(d[6:], checksum(append(pseudo, d...)))
	return d
}

// goes checks what a frame to the router has become at the port that it is for.
func (l *lab) goes(what, sender string, frame []byte, to string) {
	l.Helper()
	l.check(what, l.send(sender, frame), forwarded(frame, mr, macOf(to)), to)
}

// drops checks that a frame arrives nowhere.
func (l *lab) drops(what, sender string, frame []byte) {
	l.Helper()
	l.reaches(what, sender, frame, "")
}

func TestRouterForwards(t *testing.T) { eachDatapath(t, routerForwards) }

func routerForwards(l *lab) {
	l.routed()
	l.goes("IPv4", "a", from("a", typeIPv4, pkt4("10.1.0.2", "10.2.0.2")), "b")
	l.goes("IPv6", "a", from("a", typeIPv6, pkt6("fd01::2", "fd02::2")), "b")
	l.goes("the other way", "b", from("b", typeIPv4, pkt4("10.2.0.2", "10.1.0.2")), "a")
	l.goes("into a VLAN, to a port here", "a", from("a", typeIPv4, pkt4("10.1.0.2", "10.3.0.2")), "c")
	l.goes("out of a VLAN", "c", from("c", typeIPv6, pkt6("fd03::2", "fd01::2")), "a")
	l.goes("into its own subnet", "a", from("a", typeIPv4, pkt4("10.1.0.2", "10.1.0.3")), "a2")
	l.goes("by a static route", "a", from("a", typeIPv4, pkt4("10.1.0.2", "172.16.5.5")), "b")
	l.goes("from behind the next hop", "b", from("b", typeIPv4, pkt4("172.16.5.5", "10.1.0.2")), "a")
	l.goes("by the default route", "a", from("a", typeIPv4, pkt4("10.1.0.2", "198.51.100.1")), "a2")
	l.goes("a fragment", "a", from("a", typeIPv4, fragment(pkt4("10.1.0.2", "10.2.0.2"), 0x2000)), "b")
	l.goes("with a TTL of 2", "a", from("a", typeIPv4, withTTL(pkt4("10.1.0.2", "10.2.0.2"), 2)), "b")
	for _, packet := range [][]byte{from("a", typeIPv4, pkt4("10.1.0.2", "10.4.0.2")), from("a", typeIPv6, pkt6("fd01::2", "fd04::2"))} {
		l.leaves("into a VLAN, to a port elsewhere", "a", packet, tag(forwarded(packet, hostsOwn, macOf("away")), 104), "")
	}
	l.drops("TTL of 1", "a", from("a", typeIPv4, withTTL(pkt4("10.1.0.2", "10.2.0.2"), 1)))
	l.drops("to an address that nobody has", "a", from("a", typeIPv4, pkt4("10.1.0.2", "10.2.0.99")))
	l.drops("to no route", "a", from("a", typeIPv6, pkt6("fd01::2", "2001:db8::1")))
	l.drops("to a group", "a", from("a", typeIPv4, pkt4("10.1.0.2", "224.0.0.5")))
	l.drops("to an IPv6 group", "a", from("a", typeIPv6, pkt6("fd01::2", "ff05::2")))
	l.drops("to broadcast", "a", from("a", typeIPv4, pkt4("10.1.0.2", "255.255.255.255")))
	l.drops("to the subnet's broadcast", "a", from("a", typeIPv4, pkt4("10.1.0.2", "10.2.0.255")))
	l.drops("from a link-local address", "a", from("a", typeIPv6, pkt6(eui64(macOf("a")), "fd02::2")))
	l.drops("back to where it came from", "a", from("a", typeIPv4, pkt4("10.1.0.2", "10.1.0.2")))
	l.drops("from another's address", "a", from("a", typeIPv4, pkt4("10.1.0.9", "10.2.0.2")))
	l.drops("from behind somebody else", "a", from("a", typeIPv4, pkt4("172.16.5.5", "10.2.0.2")))
	l.drops("what is no IP", "a", other(mr, macOf("a")))
	l.drops("from a network that is not in the router", "x", from("x", typeIPv4, pkt4("10.2.0.2", "10.1.0.2")))
	l.drops("from a device", "up", tag(ethernet(mr, strange, typeIPv4, pkt4("10.3.0.77", "10.1.0.2")), 103))
}

func TestRouterAnswers(t *testing.T) { eachDatapath(t, routerAnswers) }

func routerAnswers(l *lab) {
	l.routed()
	a, b := macOf("a"), macOf("b")
	l.answers("ARP", "a", arpFor(a, "10.1.0.2", "10.1.0.1"), is(mr, "10.1.0.1", a, "10.1.0.2"))
	l.answers("ARP to it alone", "a", arp(mr, a, 1, a, "10.1.0.2", nobody, "10.1.0.1"), is(mr, "10.1.0.1", a, "10.1.0.2"))
	l.answers("ARP in another network", "b", arpFor(b, "10.2.0.2", "10.2.0.1"), is(mr, "10.2.0.1", b, "10.2.0.2"))
	l.reaches("ARP for its address in another network", "a", arpFor(a, "10.1.0.2", "10.2.0.1"), "a2")
	l.drops("ARP to it alone, for its address in another network", "a", arp(mr, a, 1, a, "10.1.0.2", nobody, "10.2.0.1"))
	l.drops("ARP to it alone, for another's address", "a", arp(mr, a, 1, a, "10.1.0.2", nobody, "10.1.0.3"))
	l.drops("an ARP reply", "a", arp(mr, a, 2, a, "10.1.0.2", mr, "10.1.0.1"))
	l.enters("ARP from a device", tag(arpFor(strange, "10.3.0.77", "10.3.0.1"), 103), arpFor(strange, "10.3.0.77", "10.3.0.1"), "c")

	echo := func(address, at string) {
		for _, ttl := range []byte{64, 1} {
			l.answers("echo to "+at, "a", from("a", typeIPv4, icmp4("10.1.0.2", address, 8, ttl)), ethernet(a, mr, typeIPv4, icmp4(address, "10.1.0.2", 0, 64)))
		}
	}
	echo("10.1.0.1", "its gateway")
	echo("10.3.0.1", "the router's address in another network")
	echo("10.4.0.1", "the router's address in a network without a port here")
	body := slices.Concat(be32(0x12340001), []byte("some data"))
	reply := icmpv6("fd02::1", "fd01::2", 129, body)
	reply[7] = 64
	l.answers("IPv6 echo", "a", from("a", typeIPv6, icmpv6("fd01::2", "fd02::1", 128, body)), ethernet(a, mr, typeIPv6, reply))
	l.drops("the first fragment of an echo", "a", from("a", typeIPv4, fragment(icmp4("10.1.0.2", "10.1.0.1", 8, 64), 0x2000)))
	l.drops("a later fragment of an echo", "a", from("a", typeIPv4, fragment(icmp4("10.1.0.2", "10.1.0.1", 8, 64), 1)))
	l.drops("an echo reply", "a", from("a", typeIPv4, icmp4("10.1.0.2", "10.1.0.1", 0, 64)))
	l.drops("what it is not asked", "a", from("a", typeIPv4, pkt4("10.1.0.2", "10.1.0.1")))
	l.drops("what it is not asked, IPv6", "a", from("a", typeIPv6, pkt6("fd01::2", "fd01::1")))
	l.drops("echo to a network that is not in the router", "x", from("x", typeIPv4, icmp4("10.2.0.2", "10.1.0.1", 8, 64)))

	mac, to := group("fd01::1")
	detect := ethernet(mac, a, typeIPv6, solicit("fd01::2", to, "fd01::1", nil))
	l.reaches("ND without a MAC", "a", detect, "a2")
	asks := map[string][]byte{
		"ND":              solicitFor(a, "fd01::2", "fd01::1"),
		"ND to it alone":  from("a", typeIPv6, solicit("fd01::2", "fd01::1", "fd01::1", a)),
		"ND without MACs": from("a", typeIPv6, solicit("fd01::2", "fd01::1", "fd01::1", nil)),
	}
	for what, ask := range asks {
		switch tll := map[bool]gonet.HardwareAddr{false: mr}[what == "ND without MACs"]; {
		case l.kernel:
			l.drops(what+", which is left to the agent", "a", ask)
		default:
			l.answers(what, "a", ask, ethernet(a, mr, typeIPv6, advertise("fd01::1", "fd01::2", 0xe0000000, "fd01::1", tll)))
		}
	}
	l.drops("ND to it alone, for another", "a", from("a", typeIPv6, solicit("fd01::2", "fd01::1", "fd01::3", a)))
}
