package plan_test

import (
	gonet "net"
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
)

// TestAnnounce compares with frames made independently, and wants none where
// nobody would listen.
func TestAnnounce(t *testing.T) {
	mac := gonet.HardwareAddr{2, 0, 0, 0, 0, 7}
	for _, test := range []struct {
		kind   network.Type
		uplink uint32
		local  uint32
		want   int
		vlan   bool
	}{
		{network.VLAN, 9, 3, 2, true},
		{network.Native, 9, 3, 2, false},
		{network.VLAN, 0, 3, 0, false},
		{network.VLAN, 9, 0, 0, false},
		{network.VXLAN, 9, 3, 0, false},
		{network.Local, 0, 3, 0, false},
	} {
		p := plan.New(plan.Config{})
		p.SetUplink("phys", test.uplink)
		p.SetNetwork(network.Network{ID: "n", Physical: "phys", Type: test.kind, Segment: 101, Number: 5})
		p.SetPort(network.Port{ID: "p", Network: "n", MAC: mac.String(), Addresses: []network.Address{
			{Address: netip.MustParseAddr("10.0.0.7")}, {Address: netip.MustParseAddr("fd00::7")},
		}})
		p.SetLocal("p", test.local)
		p.Flows()
		packets := p.Announce("p")
		if len(packets) != test.want {
			t.Errorf("%s with uplink %d, port %d: %d packets, want %d", test.kind, test.uplink, test.local, len(packets), test.want)
			continue
		}
		if test.want == 0 {
			continue
		}
		if want := arp(broadcast, mac, 1, mac, "10.0.0.7", nobody, "10.0.0.7"); string(packets[0].Data) != string(want) {
			t.Errorf("ARP:\ngot  %x\nwant %x", packets[0].Data, want)
		}
		na := icmpv6("fd00::7", "ff02::1", 136, append(append([]byte{0x20, 0, 0, 0}, ip("fd00::7")...), option(2, mac)...))
		if want := ethernet(gonet.HardwareAddr{0x33, 0x33, 0, 0, 0, 1}, mac, typeIPv6, na); string(packets[1].Data) != string(want) {
			t.Errorf("NA:\ngot  %x\nwant %x", packets[1].Data, want)
		}
		if tagged := len(packets[0].Actions) == 3; tagged != test.vlan {
			t.Errorf("%s: actions %v", test.kind, packets[0].Actions)
		}
	}
	if got := plan.New(plan.Config{}).Announce("unknown"); got != nil {
		t.Errorf("of an unknown port: %v", got)
	}
}
