package host_test

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/vlcp-go/vlcp/internal/host"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// TestDefaultPhysicalNetwork has hosts create and delete networks at the same
// time, each time the first and the last of them.
func TestDefaultPhysicalNetwork(t *testing.T) {
	data := memory.New()
	hosts := []*fixture{newFixture(t, data, "h1", nil), newFixture(t, data, "h2", nil), newFixture(t, data, "h3", nil)}
	var wg sync.WaitGroup
	for _, f := range hosts {
		wg.Go(func() { createAndDelete(f, "net-of-"+f.ID) })
	}
	wg.Wait()
	if left := hosts[0].keys(); len(left) > 0 {
		t.Errorf("left in the store: %v", left)
	}
}

func createAndDelete(f *fixture, id string) {
	for range 30 {
		_, err := f.CreateNetwork(f.Context(), spec(id))
		if err == nil {
			err = f.DeleteNetwork(f.Context(), id)
		}
		if err != nil {
			f.Errorf("%s on %s: %v", id, f.ID, err)
			return
		}
	}
}

func TestNetwork(t *testing.T) {
	f := newFixture(t, memory.New(), "h1", nil)
	for range 2 { // the same from the same owner, which is this host
		n, err := f.CreateNetwork(t.Context(), spec("n"))
		f.ok(err)
		if n.Owner.Host != "h1" || n.Owner.Boot == "" || n.MTU != 1450 {
			t.Errorf("network %+v", n)
		}
	}
	got, err := f.Network(t.Context(), "n")
	f.ok(err)
	if len(got.Subnets) != 1 || got.Subnets[0].Prefix != netip.MustParsePrefix("10.0.0.0/24") {
		t.Errorf("subnets %+v", got.Subnets)
	}
	_, err = f.Model.CreatePorts(t.Context(), network.Port{ID: "p", Network: "n"})
	f.ok(err)
	if err := f.DeleteNetwork(t.Context(), "n"); !errors.Is(err, network.ErrInUse) {
		t.Errorf("DeleteNetwork with a port: %v", err)
	}
	f.ok(f.Model.DeletePorts(t.Context(), "p"))
	for range 2 {
		f.ok(f.DeleteNetwork(t.Context(), "n"))
	}
	if _, err := f.Network(t.Context(), "n"); !errors.Is(err, network.ErrNotFound) {
		t.Errorf("Network of a deleted one: %v", err)
	}
}

// What somebody who died began to delete is in nobody's way.
func TestDefaultPhysicalNetworkHalfDeleted(t *testing.T) {
	f := newFixture(t, memory.New(), "h1", nil)
	f.network("n")
	mark := func() {
		entries, err := f.data.Get(t.Context(), []string{"phys/vxlan/info"}, true)
		f.ok(err)
		marked := strings.Replace(string(entries[0].Value), "{", `{"deleting":true,`, 1)
		f.ok(f.data.Commit(t.Context(), []kvstore.Op{{Key: "phys/vxlan/info", Write: kvstore.Put, Value: []byte(marked)}}))
	}
	mark()
	f.ok(f.DeleteNetwork(t.Context(), "n"))
	if left := f.keys(); len(left) > 0 {
		t.Errorf("left in the store: %v", left)
	}
	f.network("n")
	f.ok(f.Model.DeleteNetworksAndSubnets(t.Context(), "n"))
	mark()
	f.network("m")
}

// A deletion that nobody finishes is told in the end.
func TestDefaultPhysicalNetworkStaysDeleting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, memory.New(), "h1", nil)
		_, err := f.Model.CreatePhysicals(t.Context(), network.Physical{ID: "theirs", Type: network.Local, Default: true})
		f.ok(err)
		f.ok(f.data.Commit(t.Context(), []kvstore.Op{{
			Key: "phys/theirs/info", Write: kvstore.Put, Value: []byte(`{"id":"theirs","type":"local","default":true,"deleting":true}`),
		}}))
		if _, err := f.CreateNetwork(t.Context(), spec("n")); !errors.Is(err, network.ErrDeleting) {
			t.Errorf("error %v", err)
		}
	})
}

// Who has an IPAM of his own has pools of his own: the model makes its own too.
func TestForeignIPAM(t *testing.T) {
	foreign := ipam.New(memory.New(), ipam.Config{Host: "h1"})
	f := newFixture(t, memory.New(), "h1", func(c *host.Config) { c.IPAM = foreign })
	pool, err := f.IPAM.RequestPool(t.Context(), ipam.PoolRequest{Prefix: netip.MustParsePrefix("10.0.0.0/24")})
	f.ok(err)
	s := spec("n")
	s.Subnets[0].Pool = pool.ID
	_, err = f.CreateNetwork(t.Context(), s)
	f.ok(err)
	got, err := f.Network(t.Context(), "n")
	f.ok(err)
	if own := got.Subnets[0].Pool; own == pool.ID || own == "" || s.Subnets[0].Pool != pool.ID {
		t.Errorf("the subnet has the pool %q", own)
	}
	f.ok(foreign.Close())
}

func TestCreateNetworkWithFaults(t *testing.T) {
	f := newFixture(t, memory.New(), "h1", nil)
	for name, fault := range map[string]kvtest.Fault{"unavailable": kvtest.Unavailable, "lost": kvtest.Lost, "applied": kvtest.Applied, "late": kvtest.Late} {
		for nth, unhurt := 1, false; !unhurt; nth++ {
			f.faults.arm(nth, fault)
			_, err := f.CreateNetwork(t.Context(), spec("n"))
			unhurt = f.faults.disarm()
			if err == nil {
				err = f.DeleteNetwork(t.Context(), "n")
			}
			if err != nil && !errors.Is(err, kvstore.ErrUnavailable) {
				t.Errorf("%s, call %d: %v", name, nth, err)
			}
			if left := f.keys(); len(left) > 0 {
				t.Fatalf("%s, call %d: left in the store: %v", name, nth, left)
			}
		}
	}
}

func TestMTU(t *testing.T) {
	f := newFixture(t, memory.New(), "h1", nil)
	via4 := newFixture(t, memory.New(), "h1", at(t, "192.0.2.1"))
	via6 := newFixture(t, memory.New(), "h1", at(t, "2001:db8::1"))
	lost := newFixture(t, memory.New(), "h1", func(c *host.Config) { c.TunnelIP = netip.MustParseAddr("192.0.2.99") })
	for _, tt := range []struct {
		name  string
		f     *fixture
		kind  network.Type
		asked int
		want  int // 0: refused
		says  string
	}{
		{"no way out", f, network.VXLAN, 0, 1450, ""},
		{"over IPv4", via4, network.VXLAN, 0, 65536 - 50, ""},
		{"over IPv6", via6, network.VXLAN, 0, 65536 - 70, ""},
		{"as asked", via4, network.VXLAN, 9000, 9000, ""},
		{"too large", f, network.VXLAN, 1451, 0, "1450"},
		{"an address that is gone", lost, network.VXLAN, 0, 0, "192.0.2.99"},
		{"local", f, network.Local, 0, 65535, ""},
		{"a trunk", f, network.VLAN, 0, 1500, ""},
		{"a trunk that is not there", f, network.Native, 0, 1500, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := "phys-" + strings.ReplaceAll(tt.name, " ", "-")
			tt.f.physical(id, tt.kind)
			n, err := tt.f.CreateNetwork(t.Context(), network.Spec{Network: network.Network{ID: "on-" + id, Physical: id, MTU: tt.asked}})
			if n.MTU != tt.want || (err == nil) != (tt.want != 0) || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("MTU %d, error %v", n.MTU, err)
			}
		})
	}
}

// physical creates a physical network; a VLAN one with a port that the bridge
// has.
func (f *fixture) physical(id string, kind network.Type) {
	f.Helper()
	p := network.Physical{ID: id, Type: kind}
	if kind == network.VXLAN || kind == network.VLAN {
		p.Ranges = []network.Range{{First: 1, Last: 99}}
	}
	_, err := f.Model.CreatePhysicals(f.Context(), p)
	f.ok(err)
	if kind == network.VLAN {
		_, err := f.Model.CreatePhysicalPorts(f.Context(), network.PhysicalPort{Network: id, Name: "eth1"})
		f.ok(err)
		f.ok(f.sw.Fake.SetPorts(f.Context(), ovs.PortChanges{Add: []ovs.PortSpec{{Name: "eth1"}}}))
	}
}
