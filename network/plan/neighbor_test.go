package plan_test

import (
	gonet "net"
	"slices"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/network"
)

// Flags of a neighbour advertisement: solicited, override.
const answered = 0x60000000

// is is the answer to arpFor.
func is(src gonet.HardwareAddr, spa string, dst gonet.HardwareAddr, tpa string) []byte {
	return arp(dst, src, 2, src, spa, dst, tpa)
}

// isAt is the answer to solicitFor.
func isAt(src gonet.HardwareAddr, target string, dst gonet.HardwareAddr, to string) []byte {
	return ethernet(dst, src, typeIPv6, advertise(target, to, answered, target, src))
}

// eachDatapath runs a test with the plan for each datapath that runs here.
func eachDatapath(t *testing.T, test func(*lab)) {
	for _, datapath := range slices.Compact([]string{"system", testenv.Datapath()}) {
		t.Run(datapath, func(t *testing.T) { test(newLabOf(t, datapath)) })
	}
}

// solicits asks for the address of a port, at an end. Its answer is the bridge's,
// but on the kernel's datapath the port's, which then gets the solicitation.
func (l *lab) solicits(what, from string, ask, answer []byte, to, at string) {
	l.Helper()
	if !l.kernel {
		l.answers(what, from, ask, answer)
		return
	}
	l.check(what, l.send(from, ask), slices.Concat(macOf(to), untagged(ask)[6:]), at)
}

// TestNeighborsInside asks for neighbours where no device is outside.
func TestNeighborsInside(t *testing.T) { eachDatapath(t, neighborsInside) }

func neighborsInside(l *lab) {
	l.twoNetworks(network.VXLAN, 10001, 10002)
	a, b, c, elsewhere := macOf("a"), macOf("b"), macOf("c"), macOf("elsewhere")

	l.answers("ARP for a port here", "a", arpFor(a, "10.0.0.2", "10.0.0.4"), is(c, "10.0.0.4", a, "10.0.0.2"))
	l.answers("ARP for a port elsewhere", "a", arpFor(a, "10.0.0.2", "10.0.0.5"), is(elsewhere, "10.0.0.5", a, "10.0.0.2"))
	l.answers("ARP probe", "a", arpFor(a, "0.0.0.0", "10.0.0.4"), is(c, "10.0.0.4", a, "0.0.0.0"))
	l.reaches("ARP for an unknown address", "a", arpFor(a, "10.0.0.2", "10.0.0.77"), "b c")
	l.reaches("ARP for an address of another network only", "twin", arpFor(b, "10.0.0.3", "10.0.0.2"), "")
	l.reaches("ARP announcement", "a", arpFor(a, "10.0.0.2", "10.0.0.2"), "b c")
	l.reaches("ARP probe of its own address", "a", arpFor(a, "0.0.0.0", "10.0.0.2"), "b c")
	l.reaches("ARP to one host", "a", arp(b, a, 1, a, "10.0.0.2", nobody, "10.0.0.3"), "b")
	l.reaches("ARP reply", "a", arp(b, a, 2, a, "10.0.0.2", b, "10.0.0.3"), "b")

	l.solicits("ND for a port here", "a", solicitFor(a, "fd00::2", "fd00::4"), isAt(c, "fd00::4", a, "fd00::2"), "c", "c")
	l.solicits("ND for a port elsewhere", "a", solicitFor(a, "fd00::2", "fd00::5"), isAt(elsewhere, "fd00::5", a, "fd00::2"), "elsewhere", "")
	l.solicits("ND from the link-local address", "a", solicitFor(a, eui64(a), "fd00::4"), isAt(c, "fd00::4", a, eui64(a)), "c", "c")
	l.reaches("ND for an unknown address", "a", solicitFor(a, "fd00::2", "fd00::77"), "b c")
	l.reaches("ND for a link-local address", "a", solicitFor(a, "fd00::2", eui64(b)), "b c")
	l.reaches("ND for an address of another network only", "twin", solicitFor(b, "fd00::3", "fd00::2"), "")
	mac, to := group("fd00::2")
	l.reaches("duplicate address detection", "a", ethernet(mac, a, typeIPv6, solicit("::", to, "fd00::2", nil)), "b c")
	l.reaches("duplicate address detection with a MAC", "a", ethernet(mac, a, typeIPv6, solicit("::", to, "fd00::2", a)), "b c")
	l.reaches("ND to one host", "a", ethernet(b, a, typeIPv6, solicit("fd00::2", "fd00::3", "fd00::3", a)), "b")
	mac, to = group("fd00::4")
	l.reaches("ND without a MAC", "a", ethernet(mac, a, typeIPv6, solicit("fd00::2", to, "fd00::4", nil)), "b c")
}

// TestNeighborsOutside asks for neighbours where devices are outside, from
// both sides.
func TestNeighborsOutside(t *testing.T) {
	for kind, segment := range map[network.Type]uint32{network.VLAN: 101, network.Native: 0} {
		t.Run(string(kind), func(t *testing.T) {
			eachDatapath(t, func(l *lab) { l.neighborsOutside(kind, segment) })
		})
	}
}

func (l *lab) neighborsOutside(kind network.Type, segment uint32) {
	l.twoNetworks(kind, segment)
	a, b, c := macOf("a"), macOf("b"), macOf("c")
	out := func(frame []byte) []byte {
		if kind == network.VLAN {
			return tag(frame, 101)
		}
		return frame
	}
	l.answers("ARP for a port here", "a", arpFor(a, "10.0.0.2", "10.0.0.4"), is(c, "10.0.0.4", a, "10.0.0.2"))
	l.leaves("ARP for an unknown address", "a", arpFor(a, "10.0.0.2", "10.0.0.77"), out(arpFor(a, "10.0.0.2", "10.0.0.77")), "")
	l.leaves("ARP announcement", "a", arpFor(a, "10.0.0.2", "10.0.0.2"), out(arpFor(a, "10.0.0.2", "10.0.0.2")), "b c")
	l.solicits("ND for a port here", "a", solicitFor(a, "fd00::2", "fd00::4"), isAt(c, "fd00::4", a, "fd00::2"), "c", "c")
	l.leaves("ND for an unknown address", "a", solicitFor(a, "fd00::2", "fd00::77"), out(solicitFor(a, "fd00::2", "fd00::77")), "")
	l.leaves("ND for a link-local address", "a", solicitFor(a, "fd00::2", eui64(b)), out(solicitFor(a, "fd00::2", eui64(b))), "b c")

	l.answers("ARP from outside for a port here", "up", out(arpFor(strange, "10.0.0.9", "10.0.0.4")), out(is(c, "10.0.0.4", strange, "10.0.0.9")))
	l.solicits("ND from outside for a port here", "up", out(solicitFor(strange, "fd00::9", "fd00::4")), out(isAt(c, "fd00::4", strange, "fd00::9")), "c", "c")
	l.enters("ARP for a port elsewhere", out(arpFor(strange, "10.0.0.9", "10.0.0.5")), arpFor(strange, "10.0.0.9", "10.0.0.5"), "a b c")
	l.enters("ND for a port elsewhere", out(solicitFor(strange, "fd00::9", "fd00::5")), solicitFor(strange, "fd00::9", "fd00::5"), "a b c")
}

// TestNeighborsOfUnknownAddress holds that two ports whose addresses the model
// doesn't know find each other on a network with devices outside.
func TestNeighborsOfUnknownAddress(t *testing.T) {
	l := newLab(t)
	l.attach("up", 9)
	l.plan.SetUplink("phys", 9)
	l.plan.SetNetwork(net(1, network.Native, 0))
	l.plug(port("a", 1), 1)
	l.plug(port("b", 1), 2)
	l.apply()
	a := macOf("a")
	l.reaches("ARP", "a", arpFor(a, "10.0.0.2", "10.0.0.3"), "b up")
	l.reaches("ND", "a", solicitFor(a, "fd00::2", "fd00::3"), "b up")
}
