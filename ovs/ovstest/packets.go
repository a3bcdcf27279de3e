package ovstest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/vlcp-go/vlcp/ovs"
)

// packets sends frames through a flow that sends them up again: they come in
// their order, with what the pipeline knew. A connection that is only now made
// misses them, and says by an event that it is there: then they go once more.
func packets(l *lab) {
	const count = 20
	sw := l.ready()
	apply(l, sw, ovs.Changes{Add: flows(l,
		"cookie=0x1,table=0,priority=1 actions=load:0x64->NXM_NX_TUN_ID[0..31],load:0x7->NXM_NX_REG3[],resubmit(,4)",
		"cookie=0xabc,table=4,priority=1 actions=CONTROLLER:65535",
	)})
	next := 0
	awaitEvent(l, sw, "the packets", func(e ovs.Event) bool {
		if e.Flows {
			next = (next/count + 1) * count
			send(l, sw, next, count)
		}
		if p := e.PacketIn; p != nil && number(p.Data) >= next {
			if err := checkPacket(*p, next); err != nil {
				l.Error(err)
			}
			next++
			return next%count == 0
		}
		return false
	})
}

func send(l *lab, sw ovs.Switch, first, count int) {
	var out []ovs.PacketOut
	for i := range count {
		out = append(out, ovs.PacketOut{InPort: 5, Data: frame(first + i), Actions: []ovs.Action{ovs.Resubmit{Table: 0}}})
	}
	if err := sw.Send(l.Context(), out...); err != nil {
		l.Error(err)
	}
}

func checkPacket(p ovs.PacketIn, n int) error {
	if string(p.Data) != string(frame(n)) || p.InPort != 5 || p.Table != 4 || p.Cookie != 0xabc {
		return fmt.Errorf("packet %d: %+v", n, p)
	}
	metadata := p.Match.String()
	for _, want := range []string{"in_port=5", "tun_id=0x64", "reg3=0x7"} {
		if !strings.Contains(metadata, want) {
			return fmt.Errorf("packet %d: no %s in %s", n, want, metadata)
		}
	}
	return nil
}

// frame is a broadcast of an experimental EtherType (IEEE 802, 88b5) with a
// number in it.
func frame(n int) []byte {
	f := make([]byte, 60)
	copy(f, "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xb5")
	binary.BigEndian.PutUint32(f[14:], uint32(n))
	return f
}

func number(frame []byte) int { return int(binary.BigEndian.Uint32(frame[14:])) }

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
