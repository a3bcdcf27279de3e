package openflow

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/ovs"
)

func receive[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came in 20 s")
		panic("unreachable")
	}
}

func TestPacketOutComesIn(t *testing.T) {
	packets := make(chan ovs.PacketIn, 10)
	_, c := dial(t, func(p ovs.PacketIn) { packets <- p })
	flows := parse(t,
		"cookie=0x5,table=0,priority=1 actions=load:0x7->NXM_NX_REG0[],load:0x64->NXM_NX_TUN_ID[],resubmit(,3)",
		"cookie=0x6,table=3,priority=1 actions=CONTROLLER:20",
	)
	if err := c.Apply(t.Context(), ovs.Changes{Add: flows}); err != nil {
		t.Fatal(err)
	}
	frames := [][]byte{frame(1), frame(2)}
	const tablePort = 0xfffffff9 // look the packet up in the tables
	var out []ovs.PacketOut
	for _, f := range frames {
		out = append(out, ovs.PacketOut{InPort: ovs.PortLocal, Data: f, Actions: []ovs.Action{ovs.Output{Port: tablePort}}})
	}
	if err := c.Send(t.Context(), out...); err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		want := ovs.PacketIn{
			InPort: ovs.PortLocal, Table: 3, Cookie: 6, Data: f,
			Match: ovs.NewMatch(ovs.Uint(ovs.InPort, uint64(ovs.PortLocal)), ovs.Uint(ovs.TunID, 0x64), ovs.Uint(ovs.Reg0, 7)),
		}
		if diff := cmp.Diff(want, receive(t, packets)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSendFromTheController(t *testing.T) {
	packets := make(chan ovs.PacketIn, 10)
	_, c := dial(t, func(p ovs.PacketIn) { packets <- p })
	if err := c.Send(t.Context(), ovs.PacketOut{Data: frame(1), Actions: []ovs.Action{ovs.Controller{MaxLen: 20}}}); err != nil {
		t.Fatal(err)
	}
	if p := receive(t, packets); len(p.Data) != 60 || p.InPort != portController {
		t.Errorf("%+v", p)
	}
}

// The callback may use the connection that it is called by.
func TestPacketInCallbackSends(t *testing.T) {
	answered := make(chan error)
	ready := make(chan *Conn, 1)
	_, c := dial(t, func(ovs.PacketIn) {
		_, err := (<-ready).Flows(t.Context(), 0, 0)
		answered <- err
	})
	ready <- c
	if err := c.Send(t.Context(), ovs.PacketOut{Data: frame(1), Actions: []ovs.Action{ovs.Controller{MaxLen: 20}}}); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, answered); err != nil {
		t.Error(err)
	}
}

func TestSendNamesWhatWasRefused(t *testing.T) {
	_, c := dial(t, nil)
	err := c.Send(t.Context(),
		ovs.PacketOut{Data: frame(1), Actions: []ovs.Action{ovs.Output{Port: 1}}},
		ovs.PacketOut{Data: frame(1), Actions: []ovs.Action{ovs.Group{ID: 5}, ovs.SetField{Term: ovs.Uint(ovs.VLANVID, 0x1005)}}},
	)
	var e *ovs.Error
	if !errors.Is(err, ovs.ErrRefused) || !errors.As(err, &e) || e.Op != "send packet" {
		t.Errorf("error %v", err)
	}
	if err := c.Send(t.Context(), ovs.PacketOut{Data: make([]byte, 70000)}); !errors.Is(err, ovs.ErrRefused) {
		t.Errorf("a packet that is too long: %v", err)
	}
}

// frame is a broadcast of LLDP's type, 60 bytes long.
func frame(last byte) []byte {
	b := make([]byte, 60)
	for i := range 6 {
		b[i] = 0xff
	}
	copy(b[6:], []byte{2, 0, 0, 0, 0, last, 0x88, 0xcc})
	return b
}
