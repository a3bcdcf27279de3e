package plan_test

import (
	"encoding/binary"
	"fmt"
	mathbits "math/bits"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// way is where a packet is routed by: the prefix of an interface, or of a static
// route.
type way struct {
	prefix    netip.Prefix
	connected bool
}

// TestLongestPrefix compares what the flows of a router do with destinations with
// the obvious way: to look at all prefixes.
func TestLongestPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, r := newPlan(), network.Router{ID: "r"}
		var ways []way
		for i := range uint32(4) {
			prefix := drawNet(t, i < 2)
			p.SetNetwork(net(i+1, network.Local, 0))
			connect(p, "r", i+1, prefix.String(), prefix.Addr().Next().String())
			plug(p, port(fmt.Sprint("p", i), i+1), i+1)
			ways = append(ways, way{prefix, true})
			for range draw(t, "routes", 0, 3) {
				to := drawNet(t, prefix.Addr().Is4())
				r.Routes = append(r.Routes, network.Route{Destination: to, NextHop: prefix.Addr()})
				ways = append(ways, way{to, false})
			}
		}
		p.SetRouter(r)
		flows := p.Flows()
		for range 20 {
			dst := drawNet(t, rapid.Bool().Draw(t, "IPv4")).Addr()
			var best way
			for _, w := range ways {
				longer := w.prefix.Bits() > best.prefix.Bits() || w.prefix.Bits() == best.prefix.Bits() && w.connected
				if w.prefix.Contains(dst) && (longer || !best.prefix.IsValid()) {
					best = w
				}
			}
			if got := chosen(flows, dst); got != best {
				t.Errorf("%v goes by %+v, want %+v", dst, got, best)
			}
		}
	})
}

// drawNet draws a prefix of any length of a small part of the addresses, so that
// many meet.
func drawNet(t *rapid.T, is4 bool) netip.Prefix {
	bits := rapid.Uint32().Draw(t, "bits") & 0x81018103
	if is4 {
		a := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, bits&0x3fffffff)))
		return netip.PrefixFrom(a, draw(t, "length", 0, 32)).Masked()
	}
	a := [16]byte{0: 0x20}
	binary.BigEndian.PutUint32(a[4*draw(t, "word", 1, 3):], bits)
	return netip.PrefixFrom(netip.AddrFrom16(a), draw(t, "length", 0, 128)).Masked()
}

// chosen is what a packet to an address is routed by: the first flow that matches,
// since they are sorted by priority.
func chosen(flows []ovs.Flow, dst netip.Addr) way {
	for _, f := range flows {
		if f.Table != 80 || f.Priority < 1000 || f.Priority >= 2000 {
			continue
		}
		if p := destinationOf(f.Match); p.Contains(dst) {
			_, connected := f.Actions[1].(ovs.Move)
			return way{p, connected}
		}
	}
	return way{}
}

// destinationOf is the prefix of destinations that a match has.
func destinationOf(m ovs.Match) netip.Prefix {
	a, bits := netip.IPv6Unspecified(), 0
	for _, term := range m {
		switch term.Field {
		case ovs.EthType:
			if term == ovs.Uint(ovs.EthType, typeIPv4) {
				a = netip.IPv4Unspecified()
			}
		case ovs.IPDst, ovs.IPv6Dst:
			a, _ = netip.AddrFromSlice(term.Value[16-a.BitLen()/8:])
			for _, b := range term.Mask {
				bits += mathbits.OnesCount8(b)
			}
		}
	}
	return netip.PrefixFrom(a, bits)
}
