package ovstest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/ovs"
)

const (
	owner   = 0x7600
	cookies = uint64(owner) << 48
)

func addFlows(t *testing.T, sw ovs.Switch) {
	want := flows(t,
		"cookie=0x1,table=3,priority=7,arp,arp_tpa=10.0.0.1 actions=IN_PORT",
		"cookie=0x2,table=0,priority=1 actions=drop",
		"cookie=0x3,table=0,priority=9,ip,reg0=0x5,nw_dst=10.0.0.0/8 actions=load:0x64->NXM_NX_TUN_ID[0..31],dec_ttl,output:3",
		"cookie=0x4,table=0,priority=9,dl_vlan=5,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=pop_vlan,resubmit(,3)",
		"cookie=0x5,table=2,priority=9,icmp6,icmp_type=135,nd_target=fd00::1 actions=CONTROLLER:65535",
	)
	apply(t, sw, ovs.Changes{Add: want})
	checkFlows(t, sw, want...)
}

func flowsByCookie(t *testing.T, sw ovs.Switch) {
	all := flows(t,
		"cookie=0x760000000000001,table=1,priority=1,in_port=1 actions=drop",
		"cookie=0x760000000000002,table=1,priority=1,in_port=2 actions=drop",
		"cookie=0x770000000000001,table=1,priority=1,in_port=3 actions=drop",
	)
	apply(t, sw, ovs.Changes{Add: all})
	for _, test := range []struct {
		cookie, mask uint64
		want         []ovs.Flow
	}{
		{0, 0, all},
		{0x0760000000000000, 0xffff000000000000, all[:2]},
		{0x0760000000000002, ^uint64(0), all[1:2]},
		{1, 0xff, []ovs.Flow{all[0], all[2]}},
		{5, 0xff, nil},
	} {
		got, err := sw.Flows(t.Context(), test.cookie, test.mask)
		if diff := cmp.Diff(text(test.want), text(got)); diff != "" || err != nil {
			t.Errorf("%#x/%#x: error %v, %s", test.cookie, test.mask, err, diff)
		}
	}
}

// replaceFlow: one entry has one flow, whose cookie and actions are the last.
func replaceFlow(t *testing.T, sw ovs.Switch) {
	f := flows(t,
		"cookie=0x1,table=0,priority=5,in_port=1 actions=output:2",
		"cookie=0x2,table=0,priority=5,in_port=1 actions=output:3",
	)
	apply(t, sw, ovs.Changes{Add: f[:1]})
	apply(t, sw, ovs.Changes{Add: f[1:]})
	checkFlows(t, sw, f[1])
	// The delete comes after the add, and does not mean the new flow.
	apply(t, sw, ovs.Changes{Add: f[:1], Delete: f[1:]})
	checkFlows(t, sw, f[0])
}

func deleteFlow(t *testing.T, sw ovs.Switch) {
	f := flow(t, "cookie=0x7,table=2,priority=5,arp,arp_tpa=10.0.0.1 actions=drop")
	apply(t, sw, ovs.Changes{Add: []ovs.Flow{f}})
	for _, other := range flows(t,
		"cookie=0x8,table=2,priority=5,arp,arp_tpa=10.0.0.1 actions=drop",
		"cookie=0x7,table=1,priority=5,arp,arp_tpa=10.0.0.1 actions=drop",
		"cookie=0x7,table=2,priority=4,arp,arp_tpa=10.0.0.1 actions=drop",
		"cookie=0x7,table=2,priority=5,arp actions=drop",
		"cookie=0x0,table=2,priority=5,arp,arp_tpa=10.0.0.1 actions=drop",
	) {
		apply(t, sw, ovs.Changes{Delete: []ovs.Flow{other}})
		checkFlows(t, sw, f)
	}
	apply(t, sw, ovs.Changes{Delete: []ovs.Flow{f}})
	checkFlows(t, sw)
}

func diffClosesTheDifference(t *testing.T, sw ovs.Switch) {
	old := stamp(flows(t,
		"table=0,priority=1 actions=drop",
		"table=0,priority=5,in_port=1 actions=output:2",
		"table=0,priority=5,in_port=2 actions=output:1",
	))
	apply(t, sw, ovs.Changes{Add: old})
	want := stamp(flows(t,
		"table=0,priority=1 actions=drop",
		"table=0,priority=5,in_port=1 actions=output:3",
		"table=1,priority=5,ipv6,ipv6_dst=fd00::/64 actions=drop",
	))
	have, err := sw.Flows(t.Context(), cookies, ovs.OwnerMask)
	if err != nil {
		t.Fatal(err)
	}
	c := ovs.Diff(want, have)
	if len(c.Add) != 2 || len(c.Delete) != 1 {
		t.Errorf("diff %+v", c)
	}
	apply(t, sw, c)
	checkFlows(t, sw, want...)
}

func nothingToDo(t *testing.T, sw ovs.Switch) {
	apply(t, sw, ovs.Changes{})
	setPorts(t, sw, ovs.PortChanges{})
	if err := sw.Send(t.Context()); err != nil {
		t.Error(err)
	}
	apply(t, sw, ovs.Changes{Delete: flows(t, "cookie=0x1,table=0,priority=5,in_port=1 actions=drop"), DeleteGroups: []uint32{77}})
	checkFlows(t, sw)
	checkNames(t, sw)
}

func foreignFlowsStay(l *lab) {
	sw := l.ready()
	l.ovs.Ofctl("add-flow", l.ovs.Mgmt(bridgeName), "cookie=0x9999,priority=3,tcp,tp_dst=80,actions=ct(table=3)")
	ours := stamp(flows(l, "table=0,priority=3,udp actions=drop"))
	apply(l, sw, ovs.Changes{Add: ours})
	have, err := sw.Flows(l.Context(), cookies, ovs.OwnerMask)
	if err != nil {
		l.Fatal(err)
	}
	apply(l, sw, ovs.Diff(nil, have))
	got := l.ovs.Ofctl("--no-stats", "dump-flows", l.ovs.Mgmt(bridgeName))
	if !strings.Contains(got, "cookie=0x9999") || strings.Count(got, "cookie") != 1 {
		l.Errorf("flows:\n%s", got)
	}
}

// refusedFlow: one flow that Open vSwitch does not take keeps the others out
// too, and is named. The first is wrong in itself, the second only at commit.
func refusedFlow(l *lab) {
	sw := l.ready()
	before := stamp(flows(l, "table=0,priority=9,in_port=9 actions=drop"))
	apply(l, sw, ovs.Changes{Add: before})
	for _, test := range []struct{ flow, named string }{
		{"table=4,priority=4321,in_port=7 actions=set_field:5->vlan_vid", "4321"},
		{"table=4,priority=4321,in_port=7 actions=group:77", "4321"},
	} {
		good := flows(l, "table=0,priority=1,in_port=1 actions=drop", "table=0,priority=2,in_port=2 actions=drop")
		c := ovs.Changes{Add: slices.Insert(good, 1, flow(l, test.flow)), Delete: before}
		err := sw.Apply(l.Context(), c)
		if !errors.Is(err, ovs.ErrRefused) || !strings.Contains(err.Error(), test.named) {
			l.Errorf("%s: error %v", test.flow, err)
		}
		checkFlows(l, sw, before...)
	}
}

func manyFlows(l *lab) {
	sw := l.ready()
	var want []ovs.Flow
	for i := range 5000 {
		mac := fmt.Sprintf("02:00:00:00:%02x:%02x", i>>8, i&0xff)
		ip := fmt.Sprintf("10.1.%d.%d", i>>8, i&0xff)
		want = append(want, flows(l,
			"table=6,priority=100,reg0=0x5,dl_dst="+mac+" actions=load:0x64->NXM_NX_TUN_ID[0..31],set_field:10.99.0.2->tun_dst,output:1",
			"table=3,priority=100,arp,reg0=0x5,arp_tpa="+ip+",arp_op=1 actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:"+mac+"->eth_src,load:0x2->NXM_OF_ARP_OP[],IN_PORT",
		)...)
	}
	want = stamp(want)
	apply(l, sw, ovs.Changes{Add: want})
	checkFlows(l, sw, want...)
	have, err := sw.Flows(l.Context(), cookies, ovs.OwnerMask)
	if c := ovs.Diff(want, have); err != nil || len(c.Add)+len(c.Delete) != 0 {
		l.Errorf("error %v, %d to add and %d to delete of what is there", err, len(c.Add), len(c.Delete))
	}
	apply(l, sw, ovs.Changes{Delete: want})
	checkFlows(l, sw)
}

// bigFlow is one flow that floods to 500 hosts, near the 64 KiB that an
// OpenFlow message can have.
func bigFlow(l *lab) {
	sw := l.ready()
	f := ovs.Flow{Table: 9, Priority: 5}
	for i := range 500 {
		to := flow(l, fmt.Sprintf("actions=set_field:10.99.%d.%d->tun_dst,output:1", i>>8, i&0xff))
		f.Actions = append(f.Actions, to.Actions...)
	}
	want := stamp([]ovs.Flow{f})
	apply(l, sw, ovs.Changes{Add: want})
	checkFlows(l, sw, want...)
	for len(f.Actions) < 10_000 {
		f.Actions = append(f.Actions, f.Actions...)
	}
	if err := sw.Apply(l.Context(), ovs.Changes{Add: stamp([]ovs.Flow{f})}); !errors.Is(err, ovs.ErrRefused) {
		l.Errorf("flow of more than 64 KiB: error %v", err)
	}
	checkFlows(l, sw, want...)
}

func groups(l *lab) {
	sw := l.ready()
	out := func(port uint32) []ovs.Action { return []ovs.Action{ovs.Output{Port: port}} }
	to := flows(l, "cookie=0x1,table=0,priority=5 actions=group:5")
	apply(l, sw, ovs.Changes{
		AddGroups: []ovs.GroupEntry{{ID: 5, Buckets: [][]ovs.Action{out(1), out(2)}}, {ID: 6, Select: true, Buckets: [][]ovs.Action{out(3)}}},
		Add:       to,
	})
	checkFlows(l, sw, to...)
	got := l.ovs.Ofctl("dump-groups", l.ovs.Mgmt(bridgeName))
	for _, want := range []string{"group_id=5,type=all,bucket=", "group_id=6,type=select,bucket=", "output:3"} {
		if !strings.Contains(got, want) {
			l.Errorf("no %q in the groups:\n%s", want, got)
		}
	}
	apply(l, sw, ovs.Changes{Delete: to, DeleteGroups: []uint32{5, 6}})
	if got := l.ovs.Ofctl("dump-groups", l.ovs.Mgmt(bridgeName)); strings.Contains(got, "group_id") {
		l.Errorf("groups:\n%s", got)
	}
}

func apply(t testing.TB, sw ovs.Switch, c ovs.Changes) {
	t.Helper()
	if err := sw.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// checkFlows compares all flows of the bridge, in the order that Flows
// promises.
func checkFlows(t testing.TB, sw ovs.Switch, want ...ovs.Flow) {
	t.Helper()
	got, err := sw.Flows(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	want = slices.SortedFunc(slices.Values(want), ovs.CompareFlows)
	if diff := cmp.Diff(text(want), text(got)); diff != "" {
		t.Errorf("flows: %s", diff)
	}
}

func text(flows []ovs.Flow) []string {
	var s []string
	for _, f := range flows {
		s = append(s, f.String())
	}
	return s
}

func flows(t testing.TB, text ...string) []ovs.Flow {
	t.Helper()
	var f []ovs.Flow
	for _, s := range text {
		f = append(f, flow(t, s))
	}
	return f
}

func flow(t testing.TB, text string) ovs.Flow {
	t.Helper()
	f, err := ovs.ParseFlow(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func stamp(flows []ovs.Flow) []ovs.Flow {
	var s []ovs.Flow
	for _, f := range flows {
		s = append(s, ovs.Stamp(owner, f))
	}
	return s
}
