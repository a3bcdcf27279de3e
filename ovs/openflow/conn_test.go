package openflow

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ovs"
)

// dial gives a connection to a bridge br0 of the test's own.
func dial(t testing.TB, packetIn func(ovs.PacketIn)) (*testenv.OVSInstance, *Conn) {
	t.Helper()
	o := testenv.OVS(t)
	o.AddBridge("br0")
	c, err := Dial(t.Context(), o.Mgmt("br0"), packetIn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return o, c
}

func parse(t testing.TB, lines ...string) []ovs.Flow {
	t.Helper()
	var flows []ovs.Flow
	for _, line := range lines {
		f, err := ovs.ParseFlow(line)
		if err != nil {
			t.Fatal(err)
		}
		flows = append(flows, f)
	}
	return flows
}

func TestApplyAndRead(t *testing.T) {
	o, c := dial(t, nil)
	want := parse(t,
		"cookie=0x1,table=0,priority=1 actions=drop",
		"cookie=0x2,table=1,priority=9,arp,in_port=5,arp_op=1 actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:2->arp_op,IN_PORT",
		"cookie=0x3,table=1,priority=8,icmp6,icmpv6_type=136,icmpv6_code=0 actions=set_field:2->nd_options_type,load:0x5->NXM_NX_REG0[0..15],goto_table:7",
		"cookie=0x4,table=1,priority=7,dl_vlan=5 actions=pop_vlan,set_field:0x5/0xff->reg1,resubmit(,9),output:NXM_NX_REG1[],CONTROLLER:128",
	)
	if err := c.Apply(t.Context(), ovs.Changes{Add: want}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Flows(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flows read back:\n%s\novs-ofctl says:\n%s", diff, o.Ofctl("dump-flows", "br0"))
	}
}
