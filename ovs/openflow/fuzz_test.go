package openflow

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/flowgen"
	"github.com/vlcp-go/vlcp/ovs"
)

// A dump may hold anything; what can be read and sent means the same again.
func FuzzFlowStats(f *testing.F) {
	for i := range 40 {
		raw, err := putFlowStats(nil, flowgen.Flow().Example(i))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := cursor{b: data}
		first, err := c.flowStats()
		if err != nil {
			return
		}
		raw, err := putFlowStats(nil, first)
		if err != nil {
			return // an unknown action, or a Goto that is not the last
		}
		second, err := (&cursor{b: raw}).flowStats()
		if diff := cmp.Diff(first, second); err != nil || diff != "" {
			t.Fatalf("%x\nagain %x\n%v\n%s", data, raw, err, diff)
		}
	})
}

func FuzzGroupDesc(f *testing.F) {
	for _, g := range flowgen.Groups() {
		raw, err := putGroup(nil, 1, g)
		if err != nil {
			f.Fatal(err)
		}
		// A description is a group_mod with a length for the command.
		f.Add(setLen(raw[headerLen:], 0, len(raw)-headerLen))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := cursor{b: data}
		first, err := c.groupDesc()
		if err != nil {
			return
		}
		raw, err := putGroup(nil, 1, first)
		if err != nil {
			return
		}
		second, err := (&cursor{b: setLen(raw[headerLen:], 0, len(raw)-headerLen)}).groupDesc()
		if diff := cmp.Diff(first, second); err != nil || diff != "" {
			t.Fatalf("%x\nagain %x\n%v\n%s", data, raw, err, diff)
		}
	})
}

func FuzzPacketIn(f *testing.F) {
	b := append(zeros(nil, 7), 3)
	b = putMatch(put64(b, 9), ovs.NewMatch(ovs.Uint(ovs.InPort, 5), ovs.UintMask(ovs.TunID, 100, 0xff)))
	f.Add(append(zeros(b, 2), "data"...))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := (&cursor{b: data}).packetIn()
		if err == nil && len(p.Data) > len(data) {
			t.Fatalf("%d bytes of a message of %d", len(p.Data), len(data))
		}
	})
}

// FuzzAnswer gives any message to an exchange that waits.
func FuzzAnswer(f *testing.F) {
	f.Add(uint8(typeError), uint32(1), []byte{0, 2, 0, 9})
	f.Add(uint8(typeMultipartReply), uint32(2), []byte{0, 1, 0, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, typ uint8, xid uint32, body []byte) {
		x := &exchange{first: 1, last: 2, typ: typeMultipartReply, receive: func(c *cursor) (bool, error) { return c.multipart(), c.err() }}
		c := &Conn{exchanges: []*exchange{x}}
		x.done = make(chan struct{})
		c.answer(header{typ: typ, xid: xid}, body)
		if ended := len(c.exchanges) == 0; ended && xid != x.last {
			t.Fatalf("xid %d ended an exchange that %d ends", xid, x.last)
		}
		if errors.Is(x.err, ovs.ErrRefused) && !slices.Contains([]uint32{1, 2}, xid) {
			t.Fatalf("xid %d is none of the exchange's", xid)
		}
	})
}
