package ovstest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovstest"
)

func TestFakeIsASwitch(t *testing.T) {
	ovstest.RunAlone(t, func(t testing.TB) ovs.Switch {
		f := new(ovstest.Fake)
		t.Cleanup(func() { f.Close() })
		return f
	})
}

func TestFakePrintsItself(t *testing.T) {
	f := filled(t)
	want := `port 1 v1 external_ids:iface-id=web external_ids:vm=1
port 9 vxlan0 type=vxlan options:key=flow options:remote_ip=flow
group_id=5,type=all,bucket=actions=output:1
cookie=0x2,table=0,priority=7,in_port=1 actions=group:5
cookie=0x1,table=0,priority=1 actions=drop
`
	if got := f.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestFakeLeavesAndReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := filled(t)
		var flows int
		go f.Watch(t.Context(), func(e ovs.Event) error {
			if e.Flows {
				flows++
			}
			return nil
		})
		f.Leave()
		if _, err := f.Ports(t.Context()); !errors.Is(err, ovs.ErrUnavailable) {
			t.Errorf("error %v", err)
		}
		synctest.Wait()
		f.Return()
		synctest.Wait()
		if flows != 2 {
			t.Errorf("%d events of flows", flows)
		}
		if got := f.String(); strings.Contains(got, "cookie") || !strings.Contains(got, "vxlan0") {
			t.Errorf("after the return:\n%s", got)
		}
	})
}

func TestFakePackets(t *testing.T) {
	f := new(ovstest.Fake)
	out := ovs.PacketOut{InPort: 3, Data: []byte("x")}
	if err := f.Send(t.Context(), out, out); err != nil || len(f.Sent()) != 2 || f.Sent()[1].InPort != 3 {
		t.Errorf("sent %v, error %v", f.Sent(), err)
	}
	var got []ovs.PacketIn
	err := f.Watch(t.Context(), func(e ovs.Event) error {
		if e.PacketIn == nil {
			f.Receive(ovs.PacketIn{InPort: 4})
			f.Receive(ovs.PacketIn{InPort: 5})
			return nil
		}
		got = append(got, *e.PacketIn)
		if len(got) == 2 {
			return context.Canceled
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || got[0].InPort != 4 || got[1].InPort != 5 {
		t.Errorf("received %+v, error %v", got, err)
	}
}

func filled(t *testing.T) *ovstest.Fake {
	t.Helper()
	f := new(ovstest.Fake)
	drop, err := ovs.ParseFlow("cookie=0x1,table=0,priority=1 actions=drop")
	if err != nil {
		t.Fatal(err)
	}
	group, err := ovs.ParseFlow("cookie=0x2,table=0,priority=7,in_port=1 actions=group:5")
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		f.SetPorts(t.Context(), ovs.PortChanges{Add: []ovs.PortSpec{
			{Name: "vxlan0", Type: "vxlan", OFPort: 9, Options: map[string]string{"remote_ip": "flow", "key": "flow"}},
			{Name: "v1", ExternalIDs: map[string]string{"iface-id": "web", "vm": "1"}},
		}}),
		f.Apply(t.Context(), ovs.Changes{
			AddGroups: []ovs.GroupEntry{{ID: 5, Buckets: [][]ovs.Action{{ovs.Output{Port: 1}}}}},
			Add:       []ovs.Flow{drop, group},
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
