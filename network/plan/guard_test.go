package plan_test

import (
	gonet "net"
	"net/netip"
	"slices"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

// frame is a frame that a port sends, and what it says.
type frame struct {
	what string
	data []byte
}

// guarded is a lab with a port x (10.0.0.2, fd00::2) that may be changed, and
// its neighbour y (10.0.0.3, fd00::3).
func guarded(t *testing.T, change func(n *network.Network, s *network.Subnet, x *network.Port)) *lab {
	l := newLab(t)
	n, s := net(1, network.Local, 0), network.Subnet{ID: "s", Network: "net1"}
	x := port("x", 1, "10.0.0.2", "fd00::2")
	change(&n, &s, &x)
	l.plan.SetNetwork(n)
	l.plan.SetSubnet(s)
	l.plug(x, 1)
	l.plug(port("y", 1, "10.0.0.3", "fd00::3"), 2)
	l.apply()
	return l
}

// sends checks which of the frames that x sends arrive at y.
func (l *lab) sends(passed, dropped []frame) {
	l.Helper()
	for _, f := range passed {
		l.reaches(f.what, "x", f.data, "y")
	}
	for _, f := range dropped {
		l.reaches(f.what, "x", f.data, "")
	}
}

var x, y = macOf("x"), macOf("y")

func fromX(dst gonet.HardwareAddr, kind uint16, payload []byte) []byte {
	return ethernet(dst, x, kind, payload)
}

func udp4(src string) []byte { return fromX(y, typeIPv4, ipv4(src, "10.0.0.3", 1000, 1001)) }

func udp6(src string) []byte {
	return fromX(y, typeIPv6, ipv6(src, "fd00::3", protoUDP, udp(1000, 1001)))
}

// appended is a short IPv6 packet with more behind it.
func appended(packet, more []byte) []byte {
	packet[5] += byte(len(more)) // of the payload's length
	return append(packet, more...)
}

func TestGuard(t *testing.T) {
	l := guarded(t, func(*network.Network, *network.Subnet, *network.Port) {})
	detect := func(target string) []byte {
		mac, to := group(target)
		return fromX(mac, typeIPv6, solicit("::", to, target, nil))
	}
	report := slices.Concat(be32(1), []byte{4, 0, 0, 0}, ip("ff02::1:ff00:2"))
	twice := appended(solicit("fd00::2", "fd00::3", "fd00::3", y), option(1, x))
	l.sends([]frame{
		{"its own MAC", other(y, x)},
		{"its own IPv4 address", udp4("10.0.0.2")},
		{"its own IPv6 address", udp6("fd00::2")},
		{"its link-local address", udp6(eui64(x))},
		{"DHCP client", fromX(broadcast, typeIPv4, ipv4("0.0.0.0", "255.255.255.255", 68, 67))},
		{"DHCP client that has its address", fromX(broadcast, typeIPv4, ipv4("10.0.0.2", "255.255.255.255", 68, 67))},
		{"DHCPv6 client", fromX(toGroup6, typeIPv6, ipv6(eui64(x), "ff02::1:2", protoUDP, udp(546, 547)))},
		{"ARP for an unknown address", arpFor(x, "10.0.0.2", "10.0.0.77")},
		{"ARP probe", arpFor(x, "0.0.0.0", "10.0.0.2")},
		{"ARP reply", arp(y, x, 2, x, "10.0.0.2", y, "10.0.0.3")},
		{"duplicate address detection", detect("fd00::2")},
		{"duplicate address detection, link-local", detect(eui64(x))},
		{"multicast listener report", fromX(toGroup6, typeIPv6, icmpv6("::", "ff02::16", 143, report))},
		{"router solicitation", fromX(toGroup6, typeIPv6, icmpv6(eui64(x), "ff02::2", 133, slices.Concat(be32(0), option(1, x))))},
		{"solicitation without a MAC", fromX(y, typeIPv6, solicit("fd00::2", "fd00::3", "fd00::3", nil))},
		{"solicitation", fromX(y, typeIPv6, solicit("fd00::2", "fd00::3", "fd00::3", x))},
		{"advertisement", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fd00::2", x))},
		{"advertisement without a MAC", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fd00::2", nil))},
		{"advertisement, link-local", fromX(y, typeIPv6, advertise(eui64(x), "fd00::3", answered, eui64(x), x))},
	}, []frame{
		{"another MAC", other(y, strange)},
		{"a neighbour's MAC", other(y, y)},
		{"a group's MAC", other(y, groupSource)},
		{"another IPv4 address", udp4("10.0.0.9")},
		{"a neighbour's IPv4 address", udp4("10.0.0.3")},
		{"no IPv4 address", udp4("0.0.0.0")},
		{"a broken IPv4 header", fromX(y, typeIPv4, make([]byte, 46))},
		{"another IPv6 address", udp6("fd00::9")},
		{"no IPv6 address", udp6("::")},
		{"a broken IPv6 header", fromX(y, typeIPv6, make([]byte, 46))},
		{"another link-local address", udp6("fe80::1")},
		{"DHCP server", fromX(y, typeIPv4, ipv4("10.0.0.2", "10.0.0.3", 67, 68))},
		{"DHCP server, another port", fromX(broadcast, typeIPv4, ipv4("10.0.0.2", "255.255.255.255", 1067, 68))},
		{"DHCPv6 server", fromX(y, typeIPv6, ipv6("fd00::2", "fd00::3", protoUDP, udp(547, 546)))},
		{"router advertisement", fromX(toGroup6, typeIPv6, icmpv6(eui64(x), "ff02::1", 134, make([]byte, 12)))},
		{"router advertisement behind an option", fromX(toGroup6, typeIPv6, ipv6(eui64(x), "ff02::1", 60,
			slices.Concat([]byte{protoICMPv6, 0, 1, 4, 0, 0, 0, 0}, []byte{134}, make([]byte, 15))))},
		{"ARP with another MAC", arp(broadcast, x, 1, strange, "10.0.0.2", nobody, "10.0.0.77")},
		{"ARP from another address", arpFor(x, "10.0.0.9", "10.0.0.77")},
		{"ARP announcement of another address", arpFor(x, "10.0.0.3", "10.0.0.3")},
		{"ARP reply for another address", arp(y, x, 2, x, "10.0.0.9", y, "10.0.0.3")},
		{"duplicate address detection of another address", detect("fd00::9")},
		{"echo request from ::", fromX(y, typeIPv6, icmpv6("::", "fd00::3", 128, make([]byte, 4)))},
		{"solicitation with another MAC", fromX(y, typeIPv6, solicit("fd00::2", "fd00::3", "fd00::3", strange))},
		{"solicitation with two MACs", fromX(y, typeIPv6, twice)},
		{"advertisement of another address", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fd00::9", x))},
		{"advertisement of another MAC", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fd00::2", strange))},
		{"advertisement of a neighbour, without a MAC", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fd00::3", nil))},
	})
}

func TestGuardWithoutAddress(t *testing.T) {
	l := guarded(t, func(_ *network.Network, _ *network.Subnet, x *network.Port) { x.Addresses = nil })
	l.sends([]frame{
		{"any IPv4 address", udp4("10.0.0.9")},
		{"any IPv6 address", udp6("fd00::9")},
		{"ARP from any address", arpFor(x, "10.0.0.9", "10.0.0.77")},
		{"advertisement of any address", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fd00::9", x))},
	}, []frame{
		{"another MAC", other(y, strange)},
		{"ARP with another MAC", arp(broadcast, x, 1, strange, "10.0.0.9", nobody, "10.0.0.77")},
		{"advertisement of another MAC", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fd00::9", strange))},
		{"advertisement with two MACs", fromX(y, typeIPv6, appended(advertise("fd00::2", "fd00::3", answered, "fd00::9", strange), option(2, x)))},
		{"no IPv4 address", udp4("0.0.0.0")},
		{"DHCP server", fromX(y, typeIPv4, ipv4("10.0.0.2", "10.0.0.3", 67, 68))},
	})
}

func TestGuardWithoutMAC(t *testing.T) {
	l := guarded(t, func(_ *network.Network, _ *network.Subnet, x *network.Port) { x.MAC = "" })
	l.sends([]frame{
		{"any MAC", other(y, strange)},
		{"ARP with any MAC", arp(broadcast, x, 1, strange, "10.0.0.2", nobody, "10.0.0.77")},
		{"advertisement with any MAC", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fd00::2", strange))},
	}, []frame{
		{"another IPv4 address", udp4("10.0.0.9")},
		{"a neighbour's address", arpFor(x, "10.0.0.9", "10.0.0.77")},
	})
}

func TestGuardAllowed(t *testing.T) {
	l := guarded(t, func(_ *network.Network, _ *network.Subnet, x *network.Port) {
		x.Allowed = []netip.Prefix{netip.MustParsePrefix("10.0.0.96/28"), netip.MustParsePrefix("fe80::1234/128")}
	})
	l.sends([]frame{
		{"an allowed IPv4 address", udp4("10.0.0.100")},
		{"an allowed IPv6 address", udp6("fe80::1234")},
		{"ARP from an allowed address", arpFor(x, "10.0.0.100", "10.0.0.77")},
		{"advertisement of an allowed address", fromX(y, typeIPv6, advertise("fd00::2", "fd00::3", answered, "fe80::1234", x))},
	}, []frame{
		{"beyond the allowed IPv4 addresses", udp4("10.0.0.112")},
		{"another link-local address", udp6("fe80::1235")},
	})
}

// TestGuardNextHop lets a port that others route through forward for them.
func TestGuardNextHop(t *testing.T) {
	l := guarded(t, func(_ *network.Network, s *network.Subnet, _ *network.Port) {
		s.HostRoutes = []network.Route{{Destination: netip.MustParsePrefix("172.16.0.0/12"), NextHop: netip.MustParseAddr("10.0.0.2")}}
		s.Gateway = netip.MustParseAddr("fd00::2")
	})
	l.sends([]frame{
		{"from behind the route", udp4("172.16.5.5")},
		{"from behind the gateway", udp6("2001:db8::5")},
	}, []frame{
		{"from elsewhere", udp4("172.32.0.1")},
		{"ARP from behind the route", arpFor(x, "172.16.5.5", "10.0.0.77")},
		{"from no address", udp6("::")},
	})
}

func TestGuardOff(t *testing.T) {
	off, on := false, true
	anything := []frame{
		{"another MAC", other(y, strange)},
		{"another IPv4 address", udp4("10.0.0.9")},
		{"DHCP server", fromX(y, typeIPv4, ipv4("10.0.0.2", "10.0.0.3", 67, 68))},
		{"router advertisement", fromX(toGroup6, typeIPv6, icmpv6(eui64(x), "ff02::1", 134, make([]byte, 12)))},
	}
	tests := map[string]struct {
		network, port *bool
		guarded       bool
	}{
		"network off":          {&off, nil, false},
		"port off":             {nil, &off, false},
		"network off, port on": {&off, &on, true},
		"network on, port off": {&on, &off, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := guarded(t, func(n *network.Network, _ *network.Subnet, x *network.Port) {
				n.AntiSpoof, x.AntiSpoof = tt.network, tt.port
			})
			if tt.guarded {
				l.sends(nil, anything)
			} else {
				l.sends(anything, []frame{{"a group's MAC", other(y, groupSource)}, {"spanning tree", other(toSTP, x)}})
			}
		})
	}
}

// eui64 is the link-local address that Linux gives a device with this MAC.
func eui64(mac gonet.HardwareAddr) string {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0,
		mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]}).String()
}
