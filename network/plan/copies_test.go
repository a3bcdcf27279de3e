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

// TestCopies counts what leaves of a frame to everyone.
func TestCopies(t *testing.T) {
	if testenv.Datapath() != "system" {
		t.Skip("not run: it counts what the kernel's tunnels send; make test-kernel runs it")
	}
	for _, n := range []int{100, 200, 300, 400, 500, 600, 700, plan.MaxCopies, 800, 1000} {
		l := newLab(t)
		l.ovs.Vsctl("add-port", "br0", "vxlan0", "--", "set", "interface", "vxlan0", "type=vxlan", "ofport_request=9",
			"options:remote_ip=flow", "options:key=flow", "options:dst_port=4999")
		l.plan.SetUplink("phys", 9)
		l.plan.SetNetwork(net(1, network.VXLAN, 10001))
		l.plug(port("a", 1, "10.0.0.1"), 1)
		far := l.newNetns()
		l.must(netns.Do(path(l), func() error {
			return netns.CreateVeth(t.Context(), netns.Veth{Host: "under", Peer: "under", Netns: far.Path(), MTU: 1600})
		}))
		l.must(netns.Configure(t.Context(), path(l), "under", netns.Config{Addresses: []netip.Prefix{netip.MustParsePrefix("198.18.0.1/15")}}))
		p := &pair{TB: t}
		p.ip(l, "link set under arp off up")
		for i := range n {
			h := fmt.Sprint("h", i+1)
			l.plan.SetHost(h, netip.AddrFrom4([4]byte{198, 19, byte(i / 250), byte(i%250 + 1)}))
			l.plan.SetMember("net1", h)
		}
		l.apply()
		handle := l.handle(l.ovs.NS)
		sent := func() uint64 {
			link, err := handle.LinkByName("under")
			l.must(err)
			return link.Attrs().Statistics.TxPackets
		}
		before := sent()
		for range 2 {
			l.ends["a"].send(other(broadcast, macOf("a")))
			l.ends["a"].echo()
			l.ends["a"].echo()
			t.Logf("%d: %d", n, sent()-before)
			before = sent()
		}
		t.Log(l.ovs.Appctl("dpctl/dump-flows", "system@ovs-system")[:200])
	}
}
