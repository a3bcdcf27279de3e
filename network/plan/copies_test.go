package plan_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
)

// TestCopies counts what leaves of a frame to everyone, where that goes to as many
// hosts as is promised: the first, for which there is no flow in the kernel yet,
// and the second.
func TestCopies(t *testing.T) {
	if testenv.Datapath() != "system" {
		t.Skip("not run: it counts what the kernel's tunnels send; internal/kernellab runs it in a guest")
	}
	for family, prefix := range map[string]string{"IPv4": "198.18.0.1/15", "IPv6": "2001:db8::1/64"} {
		t.Run(family, func(t *testing.T) {
			l := newLab(t)
			l.addTunnels()
			l.plan.SetNetwork(net(1, network.VXLAN, 10001))
			l.plug(port("a", 1, "10.0.0.1"), 1)
			underlay := netip.MustParsePrefix(prefix)
			l.unanswered(underlay)
			l.members(underlay.Addr(), plan.MaxCopies)
			l.apply()
			for _, which := range []string{"first", "second"} {
				before := l.sent()
				l.ends["a"].send(other(broadcast, macOf("a")))
				l.ends["a"].echo()
				l.ends["a"].echo()
				if n := l.sent() - before; n != plan.MaxCopies {
					t.Errorf("%d copies of the %s frame, want %d", n, which, plan.MaxCopies)
				}
			}
		})
	}
}

// unanswered gives the host an interface "under" with an address, beyond which
// nobody is, and which asks for no neighbour.
func (l *lab) unanswered(addr netip.Prefix) {
	l.Helper()
	far := l.newNetns()
	l.must(netns.Do(path(l), func() error {
		return netns.CreateVeth(l.Context(), netns.Veth{Host: "under", Peer: "under", Netns: far.Path(), MTU: 1600})
	}))
	l.must(netns.Configure(l.Context(), far.Path(), "under", netns.Config{}))
	l.must(netns.Do(path(l), func() error { return allowIPv6("under") }))
	l.must(netns.Configure(l.Context(), path(l), "under", netns.Config{Addresses: []netip.Prefix{addr}}))
	h := l.handle(l.ovs.NS)
	under, err := h.LinkByName("under")
	l.must(err)
	l.must(h.LinkSetARPOff(under))
}

// members tells the plan of n hosts with a port, at the addresses after one.
func (l *lab) members(after netip.Addr, n int) {
	for i := range n {
		after = after.Next()
		h := fmt.Sprint("member", i)
		l.plan.SetHost(h, after)
		l.plan.SetMember("net1", h)
	}
}

// sent counts the packets that left through tunnels; by the interface "under" the
// kernel itself sends some, of IPv6.
func (l *lab) sent() int {
	l.Helper()
	tunnels, err := l.handle(l.ovs.NS).LinkByName("vxlan_sys_4999")
	l.must(err)
	return int(tunnels.Attrs().Statistics.TxPackets)
}
