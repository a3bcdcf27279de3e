package ovs_test

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/ovs"
)

func TestTermText(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 9}
	for want, term := range map[string]ovs.Term{
		"in_port=5":                   ovs.Uint(ovs.InPort, 5),
		"in_port=LOCAL":               ovs.Uint(ovs.InPort, uint64(ovs.PortLocal)),
		"reg0=0":                      ovs.Uint(ovs.Reg0, 0),
		"reg1=0x5/0xff":               ovs.UintMask(ovs.Reg1, 0xf05, 0xff),
		"tun_id=0x64":                 ovs.Uint(ovs.TunID, 100),
		"dl_vlan=5":                   ovs.Uint(ovs.VLANVID, 0x1005),
		"vlan_vid=0":                  ovs.Uint(ovs.VLANVID, 0),
		"nw_ttl=64":                   ovs.Uint(ovs.IPTTL, 64),
		"ip_frag=later":               ovs.UintMask(ovs.IPFrag, 3, 3),
		"ip_dst=10.0.0.9":             ovs.Addr(ovs.IPDst, netip.MustParseAddr("10.0.0.9")),
		"ip_dst=10.0.0.0/8":           ovs.Net(ovs.IPDst, netip.MustParsePrefix("10.9.9.9/8")),
		"ip_dst=10.0.9.0/255.0.255.0": ovs.Bytes(ovs.IPDst, []byte{10, 9, 9, 9}, []byte{255, 0, 255, 0}),
		"ipv6_src=fe80::/10":          ovs.Net(ovs.IPv6Src, netip.MustParsePrefix("fe80::/10")),
		"ipv6_src=::9/::ff":           ovs.Bytes(ovs.IPv6Src, []byte{9, 9}, []byte{0xff}),
		"eth_src=02:00:00:00:00:09":   ovs.MAC(ovs.EthSrc, mac),
		"eth_dst=01:00:00:00:00:00/01:00:00:00:00:00": ovs.MACMask(ovs.EthDst, net.HardwareAddr{3, 1, 1, 1, 1, 1}, net.HardwareAddr{1, 0, 0, 0, 0, 0}),
		"xxreg0=0x20000000000000001":                  ovs.Bytes(ovs.XXReg0, []byte{2, 0, 0, 0, 0, 0, 0, 0, 1}, nil),
		"tcp_dst=0x50/0xfff0":                         ovs.UintMask(ovs.TCPDst, 80, 0xfff0),
	} {
		if got := term.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestSubfieldText(t *testing.T) {
	for want, s := range map[string]ovs.Subfield{
		"NXM_NX_REG0[]":         {Field: ovs.Reg0},
		"NXM_NX_REG0[0..15]":    {Field: ovs.Reg0, Bits: 16},
		"NXM_NX_REG0[31]":       {Field: ovs.Reg0, Offset: 31, Bits: 1},
		"NXM_OF_IN_PORT[]":      {Field: ovs.InPort},
		"NXM_OF_ETH_SRC[]":      {Field: ovs.EthSrc, Bits: 48},
		"OXM_OF_METADATA[1..2]": {Field: ovs.Metadata, Offset: 1, Bits: 2},
	} {
		if got := s.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A match that takes any packet of a kind is the same however it was put
// together.
func TestNewMatch(t *testing.T) {
	arp, reg := ovs.Uint(ovs.EthType, 0x0806), ovs.UintMask(ovs.Reg0, 0xf5, 0xf)
	any4 := ovs.Net(ovs.IPSrc, netip.MustParsePrefix("0.0.0.0/0"))
	dirty := reg
	dirty.Value[0] = 0xff
	for _, m := range []ovs.Match{ovs.NewMatch(arp, reg), ovs.NewMatch(reg, any4, arp), ovs.NewMatch(dirty, arp)} {
		if got := m.String(); got != "arp,reg0=0x5/0xf" {
			t.Errorf("%s", got)
		}
	}
	if m := ovs.NewMatch(any4); m != nil || m.String() != "" {
		t.Errorf("of what matches anything: %v", m)
	}
}

func TestGroupText(t *testing.T) {
	out := []ovs.Action{ovs.Load{Value: 5, Dest: ovs.Subfield{Field: ovs.TunID}}, ovs.Output{Port: 1}}
	for want, g := range map[string]ovs.GroupEntry{
		"group_id=1,type=all": {ID: 1},
		"group_id=2,type=select,bucket=actions=load:0x5->NXM_NX_TUN_ID[],output:1,bucket=actions=drop": {
			ID: 2, Select: true, Buckets: [][]ovs.Action{out, nil}},
	} {
		if got := g.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestParseFlowErrors(t *testing.T) {
	for text, want := range map[string]string{
		"table=1":                                      "has no actions=",
		"table=256 actions=drop":                       "out of range",
		"priority=x actions=drop":                      "invalid syntax",
		"cookie=0x1g actions=drop":                     "invalid syntax",
		"mpls actions=drop":                            "not a protocol",
		"ct_state=+trk actions=drop":                   "not a field",
		"reg0=0x1ffffffff actions=drop":                "more than 32 bits",
		"reg0=-1 actions=drop":                         "not a number",
		"dl_vlan=4096 actions=drop":                    "out of range",
		"vlan_tci=0x2005 actions=drop":                 "more than 13 bits",
		"ip,ip_dst=fe80::1 actions=drop":               "other family",
		"ip,ip_dst=10.0.0.0/33 actions=drop":           "too long",
		"ip,ip_frag=some actions=drop":                 "none of",
		"eth_src=1:2:3 actions=drop":                   "address",
		"eth_src=00:00:00:00:00:00:00:01 actions=drop": "6 bytes",
		"tp_dst=80 actions=drop":                       "before its protocol",
		"actions=load:5":                               "no ->",
		"actions=load:5->NXM_NX_REG0[":                 "brackets",
		"actions=load:5->NXM_NX_REG0[0..32]":           "no bits",
		"actions=load:5->NXM_NX_REG0[5..4]":            "no bits",
		"actions=load:5->NXM_NX_REG0[x]":               "invalid syntax",
		"actions=load:5->NXM_NX_REG99[]":               "not a field",
		"actions=load:x->NXM_NX_REG0[]":                "invalid syntax",
		"actions=move:NXM_NX_REG0[]":                   "no ->",
		"actions=move:NXM_NX_REG99[]->NXM_NX_REG0[]":   "not a field",
		"actions=set_field:5":                          "no ->",
		"actions=set_field:5->reg99":                   "not a field",
		"actions=goto_table:300":                       "out of range",
		"actions=output:eth7":                          "not a field",
	} {
		f, err := ovs.ParseFlow(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, %v; want an error with %q and the flow", text, f, err, want)
		}
	}
}

func TestParseFlowUnknownActions(t *testing.T) {
	const text = "ct(commit,zone=5),dec_ttl(1,2),push_vlan:0x88a8,controller(reason=no_match),resubmit(5,6),output(port=1,max_len=9)"
	f, err := ovs.ParseFlow("actions=" + text)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range f.Actions {
		if _, ok := a.(ovs.Unknown); !ok {
			t.Errorf("%v is known as %T", a, a)
		}
	}
	if !strings.HasSuffix(f.String(), text) {
		t.Errorf("%s", f)
	}
}

func TestErrorText(t *testing.T) {
	err := error(&ovs.Error{Op: "apply", ID: "table=1", Err: ovs.ErrRefused})
	if got := err.Error(); got != "apply table=1: Open vSwitch refused it" || !errors.Is(err, ovs.ErrRefused) {
		t.Error(got)
	}
	if got := (&ovs.Error{Op: "connect", Err: ovs.ErrRefused}).Error(); got != "connect: Open vSwitch refused it" {
		t.Error(got)
	}
}
