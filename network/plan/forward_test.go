package plan_test

import (
	"fmt"
	gonet "net"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

// other is a frame that is neither IP nor ARP.
func other(dst, src gonet.HardwareAddr) []byte {
	return ethernet(dst, src, typeOther, make([]byte, 46))
}

// twoNetworks is a lab with ports a, b and c in one network, and in a second
// one a port "twin" with the MAC and the address of b. What leaves by the
// uplink arrives at "up".
func twoNetworks(t *testing.T, kind network.Type, segments ...uint32) *lab {
	l := newLab(t)
	l.twoNetworks(kind, segments...)
	return l
}

func (l *lab) twoNetworks(kind network.Type, segments ...uint32) {
	l.Helper()
	l.attach("up", 9)
	l.plan.SetUplink("phys", 9)
	for i, segment := range segments {
		l.plan.SetNetwork(net(uint32(i+1), kind, segment))
	}
	// In three parts of the flood.
	l.plug(port("a", 1, "10.0.0.2", "fd00::2"), 3)
	l.plug(port("b", 1, "10.0.0.3", "fd00::3"), 70)
	l.plug(port("c", 1, "10.0.0.4", "fd00::4"), 60_000)
	twin := port("twin", 2, "10.0.0.3", "fd00::3")
	twin.MAC = macOf("b").String()
	l.plug(twin, 20)
	l.plan.SetPort(port("elsewhere", 1, "10.0.0.5", "fd00::5"))
	l.apply()
}

var (
	strange     = macOf("strange")
	toGroup     = gonet.HardwareAddr{0x01, 0, 0x5e, 0, 0, 9}
	toGroup6    = gonet.HardwareAddr{0x33, 0x33, 0, 0, 0, 9}
	toSTP       = gonet.HardwareAddr{0x01, 0x80, 0xc2, 0, 0, 0}
	groupSource = gonet.HardwareAddr{0x03, 0, 0, 0, 0, 1}
)

// TestForwardInside sends frames in networks that no device is outside of.
func TestForwardInside(t *testing.T) {
	for kind, segments := range map[network.Type][]uint32{network.VXLAN: {10001, 10002}, network.Local: {0, 0}} {
		t.Run(string(kind), func(t *testing.T) {
			l := twoNetworks(t, kind, segments...)
			a, b := macOf("a"), macOf("b")
			l.reaches("a known MAC", "a", other(b, a), "b")
			l.reaches("a MAC of another network only", "twin", other(a, b), "")
			l.reaches("its own MAC", "a", other(a, a), "")
			l.reaches("an unknown MAC", "a", other(strange, a), "")
			l.reaches("a port that is not plugged in", "a", other(macOf("elsewhere"), a), "")
			l.reaches("broadcast", "a", other(broadcast, a), "b c")
			l.reaches("broadcast", "twin", other(broadcast, b), "")
			l.reaches("multicast", "b", other(toGroup, b), "a c")
			l.reaches("IPv6 multicast", "c", other(toGroup6, macOf("c")), "a b")
			l.reaches("spanning tree", "a", other(toSTP, a), "")
			l.reaches("with a VLAN tag", "a", tag(other(b, a), 5), "")
			l.reaches("untagged, from the uplink", "up", other(b, strange), "")
		})
	}
}

// TestForwardOutside sends frames in networks that devices are outside of, and
// as such a device.
func TestForwardOutside(t *testing.T) {
	for kind, segments := range map[network.Type][]uint32{network.VLAN: {101, 102}, network.Native: {0}} {
		t.Run(string(kind), func(t *testing.T) {
			l := twoNetworks(t, kind, segments...)
			a, b := macOf("a"), macOf("b")
			out := func(frame []byte) []byte {
				if kind == network.VLAN {
					return tag(frame, 101)
				}
				return frame
			}
			l.reaches("a known MAC", "a", other(b, a), "b")
			l.reaches("its own MAC", "a", other(a, a), "")
			l.leaves("an unknown MAC", "a", other(strange, a), out(other(strange, a)), "")
			l.leaves("a port elsewhere", "a", other(macOf("elsewhere"), a), out(other(macOf("elsewhere"), a)), "")
			l.leaves("broadcast", "a", other(broadcast, a), out(other(broadcast, a)), "b c")
			l.leaves("multicast", "a", other(toGroup, a), out(other(toGroup, a)), "b c")
			l.reaches("with a VLAN tag", "a", tag(other(b, a), 101), "")

			l.enters("a known MAC", out(other(b, strange)), other(b, strange), "b")
			l.enters("an unknown MAC", out(other(macOf("elsewhere"), strange)), nil, "")
			l.enters("broadcast", out(other(broadcast, strange)), other(broadcast, strange), "a b c")
			l.enters("spanning tree", out(other(toSTP, strange)), nil, "")
			l.enters("from a group", out(other(b, groupSource)), nil, "")
			l.enters("of a VLAN that is not there", tag(other(b, strange), 7), nil, "")
			if kind == network.VLAN {
				l.enters("of the other VLAN", tag(other(b, strange), 102), other(b, strange), "twin")
				l.enters("untagged", other(b, strange), nil, "")
			}
		})
	}
}

// leaves is reaches for a frame that also leaves by the uplink, where it looks
// like this.
func (l *lab) leaves(what, from string, frame, outside []byte, to string) {
	l.Helper()
	got := l.send(from, frame)
	if !same(got["up"], outside) {
		l.Errorf("%s: left as %x, want %x", what, got["up"], outside)
	}
	delete(got, "up")
	l.check(what, got, frame, to)
}

// enters is reaches for a frame that comes by the uplink, and looks like this
// at the ends.
func (l *lab) enters(what string, frame, inside []byte, to string) {
	l.Helper()
	l.check(fmt.Sprint("from the uplink, ", what), l.send("up", frame), inside, to)
}

// TestFloodOfThousands holds that a network with very many ports on one host
// floods to each of them; the flows of most have no port behind them.
func TestFloodOfThousands(t *testing.T) {
	l := newLab(t)
	l.plan.SetNetwork(net(1, network.Local, 0))
	for i := range uint32(2000) {
		plug(l.plan, port(fmt.Sprint("p", i), 1), 1000+2*i)
	}
	ends := ""
	for i, ofport := range []uint32{999, 1999, 3001, 4999} {
		id := fmt.Sprint("end", i)
		l.plug(port(id, 1), ofport)
		ends += " " + id
	}
	l.plug(port("a", 1), 1)
	l.apply()
	l.reaches("broadcast", "a", other(broadcast, macOf("a")), ends)
}
