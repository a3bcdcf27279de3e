package host_test

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/internal/host"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovstest"
)

// byHand is the interface of a port that something else than the agent made, as
// libvirt does for a virtual machine.
var byHand = ovs.PortChanges{Add: []ovs.PortSpec{{Name: "vm0", ExternalIDs: map[string]string{"iface-id": "vm"}}}}

func (f *fixture) setPorts(c ovs.PortChanges) { f.Helper(); f.ok(f.sw.Fake.SetPorts(f.Context(), c)) }

// located waits until the store says where the port is.
func (f *fixture) located(want string) {
	f.Helper()
	f.eventually("the port is at "+want, func() bool {
		p, err := f.Model.Port(f.Context(), "vm")
		return err == nil && p.Location.Host == want
	})
}

// TestMigration moves a virtual machine: the newest plug wins.
func TestMigration(t *testing.T) {
	data := memory.New()
	one, two := newFixture(t, data, "h1", nil), newFixture(t, data, "h2", nil)
	one.network("n")
	_, err := one.Model.CreatePorts(t.Context(), network.Port{ID: "vm", Network: "n"})
	one.ok(err)
	one.setPorts(byHand)
	one.located("h1")
	two.setPorts(byHand)
	two.located("h2")
	for _, f := range []*fixture{one, two} {
		isHere := func() bool { return strings.Contains(f.sw.String(), ",in_port=2,eth_src=") }
		f.eventually("one of them forwards it", func() bool { return isHere() == (f == two) })
	}
	two.setPorts(ovs.PortChanges{Delete: []string{"vm0"}}) // it failed there, and goes on where it was
	one.located("h1")
	one.setPorts(ovs.PortChanges{Delete: []string{"vm0"}})
	one.located("")
}

// withMachine is the host h1, which has the machine.
func withMachine(t *testing.T, data *memory.Store) *fixture {
	t.Helper()
	f := newFixture(t, data, "h1", nil)
	f.network("n")
	_, err := f.Model.CreatePorts(t.Context(), network.Port{ID: "vm", Network: "n"})
	f.ok(err)
	f.setPorts(byHand)
	f.located("h1")
	return f
}

// found has a host find the machine as it starts.
func found(t *testing.T) func(*host.Config) {
	return func(c *host.Config) {
		if err := c.Switch.SetPorts(t.Context(), byHand); err != nil {
			t.Fatal(err)
		}
	}
}

// An agent that finds a port takes it from the dead, but not from the living.
func TestFoundPort(t *testing.T) {
	data := memory.New()
	dead := withMachine(t, data)
	first := newFixture(t, data, "h2", found(t))
	first.network("another") // so much it does while it leaves the port alone
	first.located("h1")
	first.end()
	dead.end()
	newFixture(t, data, "h3", found(t)).located("h3")
}

// A host that finds a port here takes it once whoever has it in the store is gone.
func TestFoundAgain(t *testing.T) {
	data := memory.New()
	owner := withMachine(t, data)
	other := newFixture(t, data, "h2", func(c *host.Config) {
		c.Audit = 20 * time.Millisecond
		found(t)(c)
	})
	other.network("another")
	other.located("h1")
	owner.end()
	other.located("h2")
}

// A port that was unplugged while no agent ran is let go by the next, whether it
// watches the port's network or not; whoever has it now gets it.
func TestUnpluggedUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := memory.New()
		h := withMachine(t, data)
		h.end()

		again := newFixture(t, data, "h1", nil)
		again.eventually("it lives", func() bool { living, err := again.Model.Living(t.Context()); return err == nil && living["h1"] })
		other := newFixture(t, data, "h2", found(t))
		other.network("another")
		other.located("h2")
	})
}

// TestAnnounce checks what other hosts learn of one.
func TestAnnounce(t *testing.T) {
	testenv.Root(t)
	data := memory.New()
	f := newFixture(t, data, "h1", at(t, "192.0.2.1"))
	newFixture(t, data, "h2", func(c *host.Config) {
		f.ok(c.Switch.SetPorts(t.Context(), ovs.PortChanges{Add: []ovs.PortSpec{{
			Name: "vxlan0", Type: "vxlan", Options: map[string]string{"local_ip": "192.0.2.2"},
		}}}))
	})
	newFixture(t, data, "h3", nil) // has no way out
	var hosts []network.Host
	f.eventually("all are announced", func() (all bool) {
		var err error
		hosts, err = f.Model.Hosts(t.Context())
		return err == nil && len(hosts) == 3
	})
	for i, want := range []string{"192.0.2.1", "192.0.2.2", ""} {
		tunnel := netip.Addr{}
		if want != "" {
			tunnel = netip.MustParseAddr(want)
		}
		if h := hosts[i]; h.Tunnel != tunnel || h.Boot == "" || h.Name == "" {
			t.Errorf("host %+v, want tunnel address %q", h, want)
		}
	}
	twin := host.New(host.Config{
		Store: data.Session(), Switch: new(ovstest.Fake), ID: "h4", Audit: audit, TunnelIP: netip.MustParseAddr("192.0.2.1"),
		Log: slog.New(slog.DiscardHandler),
	})
	if err := twin.Run(t.Context()); !errors.Is(err, network.ErrInUse) || !strings.Contains(err.Error(), "192.0.2.1") {
		t.Errorf("a host with the tunnel address of another: %v", err)
	}
}

// Open vSwitch's userspace datapath learns of another host from what the kernel
// sends there.
func TestNeighboursAreGreeted(t *testing.T) {
	testenv.Root(t)
	data := memory.New()
	here := at(t, "192.0.2.1")
	newFixture(t, data, "h2", at(t, "192.0.2.2"))
	l, err := net.ListenPacket("udp", "192.0.2.2:9")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := newFixture(t, data, "h1", here)
	_, from, err := l.ReadFrom(make([]byte, 1))
	f.ok(err)
	if !strings.HasPrefix(from.String(), "192.0.2.") {
		t.Errorf("a greeting from %v", from)
	}
}
