package vsctl

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/ovs"
)

// What ovs-ofctl 3.1 printed.
const monitored = `OFPST_FLOW_MONITOR request (OF1.4) (xid=0x9):
 id=0 flags=modify,actions,own table=253
OFPST_FLOW_MONITOR reply (OF1.4) (xid=0x9):
NXT_PACKET_IN2 (OF1.4) (xid=0x0): table_id=5 cookie=0xabc total_len=42 reg3=0x5,tun_id=0x1234,tun_dst=1.2.3.4,in_port=LOCAL (via action) data_len=42 (unbuffered)
arp,vlan_tci=0x0000,dl_src=00:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,arp_spa=1.1.1.1,arp_tpa=10.10.10.10,arp_op=1,arp_sha=00:00:00:00:00:01,arp_tha=00:00:00:00:00:00
00000000  ff ff ff ff ff ff 00 00-00 00 00 01 08 06 00 01
00000010  08 00 06 04 00 01 00 00-00 00 00 01 01 01 01 01
00000020  00 00 00 00 00 00 0a 0a-0a 0a
NXT_PACKET_IN2 (OF1.4) (xid=0x0): cookie=0x0 total_len=60 ct_state=est,in_port=7 (via packet_out) data_len=14 (unbuffered)
vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,dl_type=0x88b5
00000000  ff ff ff ff ff ff 02 00-00 00 00 01 88 b5
`

func TestPacketReader(t *testing.T) {
	var r packetReader
	var got []ovs.PacketIn
	for line := range strings.Lines(monitored) {
		if p := r.next(strings.TrimSuffix(line, "\n")); p != nil {
			got = append(got, *p)
		}
	}
	if len(got) != 2 {
		t.Fatalf("%d packets", len(got))
	}
	arp := got[0]
	if arp.Table != 5 || arp.Cookie != 0xabc || arp.InPort != ovs.PortLocal || len(arp.Data) != 42 || arp.Data[41] != 10 {
		t.Errorf("packet %+v", arp)
	}
	if diff := cmp.Diff("in_port=LOCAL,tun_id=0x1234,tun_dst=1.2.3.4,reg3=0x5", arp.Match.String()); diff != "" {
		t.Error(diff)
	}
	// A field that is not known is left out, the packet is not.
	if p := got[1]; p.Table != 0 || p.InPort != 7 || len(p.Data) != 14 || len(p.Match) != 1 {
		t.Errorf("packet %+v", p)
	}
}

func TestPacketReaderOfGarbage(t *testing.T) {
	var r packetReader
	for _, line := range []string{"", "00000000  ff", "NXT_PACKET_IN2", "NXT_PACKET_IN2 (xid=0x0): cookie=0x total_len=x  (via action) data_len=3"} {
		if p := r.next(line); p != nil {
			t.Errorf("%q is a packet: %+v", line, p)
		}
	}
}

func TestTable(t *testing.T) {
	const answer = `{"headings":["name","ports","ofport","error","external_ids"],"data":[` +
		`["b0",["set",[["uuid","e932"],["uuid","f34c"]]],65534,["set",[]],["map",[["a b","c,d\"e"],["é","ü"]]]],` +
		`["b1",["uuid","e25"],-1,"no such device",["map",[]]]]}`
	var tab table
	if err := json.Unmarshal([]byte(answer), &tab); err != nil {
		t.Fatal(err)
	}
	rows := tab.rows()
	a, b := rows[0], rows[1]
	for _, diff := range []string{
		cmp.Diff([]string{"e932", "f34c"}, uuids(a["ports"])),
		cmp.Diff([]string{"e25"}, uuids(b["ports"])),
		cmp.Diff(map[string]string{"a b": `c,d"e`, "é": "ü"}, dict(a["external_ids"])),
		cmp.Diff(map[string]string{}, dict(b["external_ids"])),
		cmp.Diff([]int{65534, -1}, []int{number(a["ofport"]), number(b["ofport"])}),
		cmp.Diff([]string{"", "no such device"}, []string{text(a["error"]), text(b["error"])}),
	} {
		if diff != "" {
			t.Error(diff)
		}
	}
}

// TestExplain: what ovs-vsctl, ovs-ofctl and ovsdb-client 3.1 print.
func TestExplain(t *testing.T) {
	for stderr, want := range map[string]error{
		"ovs-vsctl: unix:/x/db.sock: database connection failed (No such file or directory)\n": ovs.ErrUnavailable,
		"ovs-ofctl: connecting to unix:/x/b0.mgmt (Connection refused)\n":                      ovs.ErrUnavailable,
		"ovs-ofctl: vconn_recv (End of file)\n":                                                ovs.ErrUnavailable,
		"ovsdb-client: unix:/x/db.sock: receive failed (End of file)\n":                        ovs.ErrUnavailable,
		"2026|00002|fatal_signal|WARN|terminating with signal 14 (Alarm clock)\n":              ovs.ErrUnavailable,
		"ovs-vsctl: no row \"b0\" in table Bridge\n":                                           ovs.ErrUnavailable,
		"ovs-vsctl: constraint violation: …\n":                                                 ovs.ErrRefused,
		"ovs-ofctl: -:2: actions are invalid with specified match\n":                           ovs.ErrRefused,
	} {
		if err := explain("tool", io.EOF, stderr); !errors.Is(err, want) || !errors.Is(err, io.EOF) {
			t.Errorf("%s: error %v", stderr, err)
		}
	}
}

func TestCulprit(t *testing.T) {
	lines := []string{"flow add 1", "flow add 2"}
	for stderr, want := range map[string]string{
		"ovs-ofctl: -:2: unknown keyword": "flow add 2",
		"ovs-ofctl: -:3: unknown keyword": "",
		"ovs-ofctl: out of luck":          "",
		"Error OFPBAC_BAD_OUT_GROUP for: OFPT_FLOW_MOD (OF1.4) (xid=0x9): ADD priority=9,in_port=1 actions=group:77\nError …": "ADD priority=9,in_port=1 actions=group:77",
	} {
		if got := culprit(&toolError{stderr: stderr}, lines); got != want {
			t.Errorf("%s: culprit %q, want %q", stderr, got, want)
		}
	}
	if got := culprit(io.EOF, lines); got != "" {
		t.Errorf("culprit %q of another error", got)
	}
}

func TestQuoteMap(t *testing.T) {
	for want, m := range map[string]map[string]string{
		`{}`:                           nil,
		`{"a"="1","b"="x, \"y\"=\\z"}`: {"b": `x, "y"=\z`, "a": "1"},
	} {
		if got := quoteMap(m); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
