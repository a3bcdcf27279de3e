package ovs_test

import (
	"net"
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/ovs"
)

func responder() ovs.Flow {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 9}
	return ovs.Flow{
		Table: 10, Priority: 100,
		Match: ovs.NewMatch(
			ovs.Addr(ovs.ARPTPA, netip.MustParseAddr("10.0.0.9")),
			ovs.Uint(ovs.EthType, 0x0806), ovs.Uint(ovs.ARPOp, 1), ovs.Uint(ovs.Reg0, 5)),
		Actions: []ovs.Action{
			ovs.Move{Source: ovs.Subfield{Field: ovs.EthSrc}, Dest: ovs.Subfield{Field: ovs.EthDst}},
			ovs.SetField{Term: ovs.MAC(ovs.EthSrc, mac)},
			ovs.OutputInPort{},
		},
	}
}

// The cookies of flows are on bridges: another version must find the same.
func TestStampIsForEver(t *testing.T) {
	const want = "cookie=0x7611a8247b1697,table=10,priority=100,arp,reg0=0x5,arp_op=1,arp_tpa=10.0.0.9 " +
		"actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:02:00:00:00:00:09->eth_src,IN_PORT"
	if got := ovs.Stamp(owner, responder()).String(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestStampIsOfTheContent(t *testing.T) {
	first := ovs.Stamp(owner, responder())
	if first.Cookie&ovs.OwnerMask != owner<<48 {
		t.Errorf("cookie %#x has not owner %#x", first.Cookie, owner)
	}
	if again := ovs.Stamp(owner, first); again.Cookie != first.Cookie {
		t.Errorf("the cookie before changes the cookie: %#x, %#x", first.Cookie, again.Cookie)
	}
	for name, change := range map[string]func(*ovs.Flow){
		"table":    func(f *ovs.Flow) { f.Table++ },
		"priority": func(f *ovs.Flow) { f.Priority++ },
		"match":    func(f *ovs.Flow) { f.Match = f.Match[:2] },
		"actions":  func(f *ovs.Flow) { f.Actions = f.Actions[:2] },
	} {
		f := responder()
		change(&f)
		if got := ovs.Stamp(owner, f); got.Cookie == first.Cookie {
			t.Errorf("another %s has the same cookie", name)
		}
	}
	spelt := responder()
	spelt.Actions[0] = ovs.Move{Source: ovs.Subfield{Field: ovs.EthSrc, Bits: 48}, Dest: ovs.Subfield{Field: ovs.EthDst, Bits: 48}}
	if got := ovs.Stamp(owner, spelt); got.Cookie != first.Cookie {
		t.Errorf("the same in other words has another cookie: %s", got)
	}
}

func TestCompareFlows(t *testing.T) {
	reg := func(v uint64) ovs.Match { return ovs.NewMatch(ovs.Uint(ovs.Reg0, v)) }
	sorted := []ovs.Flow{
		{Table: 1, Priority: 9},
		{Table: 1, Priority: 8},
		{Table: 1, Priority: 8, Cookie: 5},
		{Table: 1, Priority: 8, Match: reg(1)},
		{Table: 1, Priority: 8, Match: reg(2)},
		{Table: 2, Priority: 9},
	}
	for i := range sorted {
		for j := range sorted {
			if got := ovs.CompareFlows(sorted[i], sorted[j]); got != sign(i-j) {
				t.Errorf("%s to %s: %d", sorted[i], sorted[j], got)
			}
		}
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

func BenchmarkStamp(b *testing.B) {
	f := responder()
	b.ReportAllocs()
	for b.Loop() {
		f = ovs.Stamp(owner, f)
	}
}
