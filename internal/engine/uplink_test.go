package engine_test

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// tunnels are the lines of the switch's ports that are no taps.
func (f *fixture) tunnels() string {
	f.Helper()
	synctest.Wait()
	var lines []string
	for line := range strings.Lines(f.sw.String()) {
		if strings.HasPrefix(line, "port ") && !strings.Contains(line, " tap-") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func (f *fixture) wantTunnels(want string) {
	f.Helper()
	if got := f.tunnels(); got != want {
		f.Errorf("tunnels:\n%swant:\n%s", got, want)
	}
}

const made = "port 1 vxlan0 type=vxlan external_ids:vlcp=uplink options:dst_port=4999 options:key=flow options:remote_ip=flow\n"

func (f *fixture) deletePhysical() {
	f.Helper()
	f.ok(f.model.DeletePhysicalPorts(f.Context(), network.PhysicalPort{Name: "vxlan0"}.ID()))
}

func TestTunnelComesAndGoes(t *testing.T) {
	run(t, func(f *fixture) {
		f.start()
		f.wantTunnels(made)
		f.world()
		f.settled()
		f.deletePhysical()
		f.wantTunnels("")
		f.settled()
		f.ok(result(f.model.CreatePhysicalPorts(f.Context(), network.PhysicalPort{Network: "phys", Name: "vxlan0"})))
		f.settled()
		if !strings.Contains(f.tunnels(), "vxlan0") {
			f.Error("the tunnel is not made again")
		}
	})
}

// One that a user made is used as it is, and stays.
func TestTunnelIsAdopted(t *testing.T) {
	run(t, func(f *fixture) {
		f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: "vxlan0", Type: "vxlan", Options: map[string]string{"key": "flow"}}}})
		const theirs = "port 1 vxlan0 type=vxlan options:key=flow\n"
		f.start()
		f.wantTunnels(theirs)
		f.world()
		f.settled()
		f.deletePhysical()
		f.wantTunnels(theirs)
	})
}

// An agent that was started with other options takes its own tunnel along.
func TestTunnelGetsNewOptions(t *testing.T) {
	run(t, func(f *fixture) {
		f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{
			Name: "vxlan0", Type: "vxlan", Options: map[string]string{"dst_port": "4789"}, ExternalIDs: map[string]string{"vlcp": "uplink"},
		}}})
		f.start()
		f.wantTunnels(made)
	})
}

func TestTunnelIsTriedAgain(t *testing.T) {
	run(t, func(f *fixture) {
		f.sw.fail("SetPorts", ovs.ErrRefused)
		f.world()
		f.start()
		synctest.Wait()
		if waitsFor := f.forwarded("a"); waitsFor != "" {
			f.Errorf("a port waits for the tunnel: %s", waitsFor)
		}
		f.sw.fail("SetPorts", nil)
		time.Sleep(time.Minute)
		f.settled()
		if !strings.Contains(f.tunnels(), "vxlan0") {
			f.Error("there is no tunnel")
		}
	})
}

// What looks like a way out, but is a port's interface, is none.
func TestUplinkIsNoPort(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: "vxlan0", ExternalIDs: map[string]string{"iface-id": "c"}}}})
		f.start()
		f.settled()
		f.plug("c", 0)
	})
}

// Of the physical ports that are meant for this bridge, the most specific one
// that it has carries the network.
func TestUplinkOfSeveral(t *testing.T) {
	here := map[string]network.PhysicalPort{
		"any":    {Name: "any"},
		"bridge": {Name: "bridge", Bridge: "fake0"},
		"host":   {Name: "host", SystemID: "fake"},
		"both":   {Name: "both", SystemID: "fake", Bridge: "fake0"},
		"other":  {Name: "other", SystemID: "other"},
		"else":   {Name: "else", Bridge: "else"},
	}
	for want, names := range map[string]string{
		"any":    "any other else",
		"bridge": "any bridge",
		"host":   "any bridge host",
		"both":   "any bridge host both",
	} {
		run(t, func(f *fixture) {
			f.ok(result(f.model.CreatePhysicals(f.Context(), network.Physical{ID: "trunk", Type: network.VLAN, Ranges: []network.Range{{First: 5, Last: 5}}})))
			for name := range strings.FieldsSeq(names) {
				p := here[name]
				p.Network = "trunk"
				f.ok(result(f.model.CreatePhysicalPorts(f.Context(), p)))
				f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: name}}})
			}
			f.ok(result(f.model.CreateNetworks(f.Context(), network.Spec{Network: network.Network{ID: "n", Physical: "trunk"}})))
			f.ok(result(f.model.CreatePorts(f.Context(), network.Port{ID: "a", Network: "n"})))
			f.plug("a", 0)
			f.start()
			synctest.Wait()
			if got := f.uplink(5); got != want {
				f.Errorf("of %s %q carries the network, want %q", names, got, want)
			}
			f.setPorts(ovs.PortChanges{Delete: []string{want}})
			synctest.Wait()
			if got := f.uplink(5); got == want {
				f.Errorf("%q carries the network, and is not there", got)
			}
		})
	}
}

// uplink is the name of the port by which frames with a VLAN id come in.
func (f *fixture) uplink(vlan uint64) string {
	f.Helper()
	ports, err := f.sw.Ports(f.Context())
	f.ok(err)
	for _, flow := range f.flows() {
		for _, p := range ports {
			if flow.Match.String() == ovs.NewMatch(ovs.Uint(ovs.InPort, uint64(p.OFPort)), ovs.Uint(ovs.VLANVID, 0x1000|vlan)).String() {
				return p.Name
			}
		}
	}
	return ""
}

// A tunnel port has this host's address while the tunnels of all hosts are of its
// family; one address would else keep the others out.
func TestTunnelOfBothFamilies(t *testing.T) {
	const of4 = "port 1 vxlan0 type=vxlan external_ids:vlcp=uplink options:dst_port=4999 options:key=flow options:local_ip=192.0.2.1 options:remote_ip=flow\n"
	run(t, func(f *fixture) {
		f.tunnelIP = netip.MustParseAddr("192.0.2.1")
		f.host("h", f.tunnelIP.String())
		f.host("h4", "192.0.2.4")
		stop := f.start()
		f.wantTunnels(of4)
		f.host("h6", "2001:db8::6")
		f.wantTunnels(made)
		stop()
		f.start()
		f.wantTunnels(made)
		f.host("h6", "192.0.2.6")
		f.wantTunnels(of4)
	})
}
