package e2e

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/probe"
	"github.com/vlcp-go/vlcp/netns"
)

// TestVLAN has containers on two hosts and a device that vlcp knows nothing of
// in one VLAN, and another VLAN beside it, and a VXLAN network on the same
// bridges.
func TestVLAN(t *testing.T) {
	c := newCluster(t, 2, alone)
	h1, h2 := c.hosts[0], c.hosts[1]
	sw := newTrunk(t, c)
	h1.api("createphysicalnetwork", "type=vlan&vlanrange=`[[100,110]]`&id=vlan")
	h1.api("createphysicalport", "physicalnetwork=vlan&name=trunk0")
	h1.api("createphysicalnetwork", "type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan")
	h1.api("createphysicalport", "physicalnetwork=vxlan&name=vxlan0")

	const rest = "-o subnet:allocated_start=10.1.0.10 -o subnet:allocated_end=10.1.0.99 --subnet 10.1.0.0/24 "
	shared := func(options, name string) {
		id := h1.docker(create + options + name)
		h2.join("docker-"+id+"-lognet", "--subnet 10.1.0.0/24 "+name)
	}
	shared("-o physicalnetwork=vlan -o vlanid=101 "+rest, "red")
	shared("-o physicalnetwork=vlan -o vlanid=102 "+rest, "blue")
	shared("-o physicalnetwork=vxlan "+rest, "green")

	for _, n := range []string{"red", "blue", "green"} {
		s := h1.start(n+"1", "--network "+n+" --ip 10.1.0.11")
		h2.start(n+"2", "--network "+n+" --ip 10.1.0.12")
		h1.meet(n+"1", "10.1.0.12")
		h2.meet(n+"2", "10.1.0.11")
		if want := map[string]int{"red": 1500, "blue": 1500, "green": 1450}[n]; s.Interface("eth0").MTU != want {
			t.Errorf("MTU in %s: %d, want %d", n, s.Interface("eth0").MTU, want)
		}
	}
	sw.device("101", "10.1.0.200")
	h1.meet("red1", "10.1.0.200")
	h2.meet("red2", "10.1.0.200")
	sw.ping("10.1.0.11")
	sw.ping("10.1.0.12")

	// The switch learned where this address is, and learns anew.
	h1.start("here", "--network red --ip 10.1.0.50")
	sw.ping("10.1.0.50")
	h1.docker("rm -f here")
	h2.start("there", "--network red --ip 10.1.0.50")
	sw.find("10.1.0.50")
	sw.ping("10.1.0.50")

	h1.unreachable("blue1", "10.1.0.200")
	h2.unreachable("green2", "10.1.0.200")
}

// api makes a call of the management API.
func (h *host) api(call, form string) string {
	h.t.Helper()
	return h.run("curl -sfg -d '" + form + "' http://localhost:8081/viperflow/" + call)
}

// trunk is a switch that the hosts' second interfaces, trunk0, are plugged into.
type trunk struct {
	*host
	probe string
}

func newTrunk(t *testing.T, c *cluster) *trunk {
	t.Helper()
	first := c.hosts[0]
	h, err := first.lab.Host(first.ctx, testlab.HostConfig{Name: "sw"})
	check(t, err)
	sw := &trunk{host: &host{Host: h, lab: first.lab, t: t, ctx: first.ctx}}
	sw.probe, err = first.lab.Probe()
	check(t, err)
	check(t, h.StartOVS(first.ctx))
	sw.run("ovs-vsctl add-br sw -- set bridge sw datapath_type=netdev")
	for _, host := range c.hosts {
		check(t, netns.Do(h.Netns(), func() error {
			return netns.CreateVeth(first.ctx, netns.Veth{Host: host.Name, Peer: "trunk0", Netns: host.Netns(), TxOff: true})
		}))
		sw.run("ovs-vsctl add-port sw " + host.Name)
		host.run("ip link set trunk0 up && ovs-vsctl add-port dockerbr0 trunk0")
	}
	return sw
}

// device puts a device with an address into a VLAN; it serves as containers do.
func (sw *trunk) device(vlan, addr string) {
	sw.t.Helper()
	sw.run(strings.Join([]string{
		"ip netns add dev", "ip link add dev0 type veth peer name eth0 netns dev", "ip link set dev0 up",
		"ip netns exec dev ethtool -K eth0 tx off tso off gso off sg off",
		"ip -n dev addr add " + addr + "/24 dev eth0", "ip -n dev link set eth0 up", "ip -n dev link set lo up",
		"ovs-vsctl add-port sw dev0 tag=" + vlan,
	}, " && "))
	_, err := sw.Start(sw.ctx, "device", "ip", "netns", "exec", "dev", sw.probe, "serve")
	check(sw.t, err)
	sw.eventually("the device serves", func() bool {
		_, err := sw.Run(sw.ctx, "ip", "netns", "exec", "dev", sw.probe, "check", netip.AddrPortFrom(netip.MustParseAddr(addr), probe.Port).String())
		return err == nil
	})
}

// find waits until an address answers the device: the switch's caches learn in
// their own time.
func (sw *trunk) find(addr string) {
	sw.t.Helper()
	sw.eventually("the device finds "+addr, func() bool {
		out, err := sw.Run(sw.ctx, "ip", "netns", "exec", "dev", sw.probe, "ping", "-c", "1", addr)
		return err == nil && strings.Contains(out, `"Lost":0`)
	})
}

// ping pings from the device.
func (sw *trunk) ping(addr string) {
	sw.t.Helper()
	if out := sw.run("ip netns exec dev " + sw.probe + " ping -c 3 " + addr); !strings.Contains(out, `"Lost":0`) {
		sw.t.Errorf("the device to %s: %s", addr, out)
	}
}
