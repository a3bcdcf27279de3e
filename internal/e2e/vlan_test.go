package e2e

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/probe"
	"github.com/vlcp-go/vlcp/netns"
)

// TestVLAN has containers on two hosts and a device that vlcp knows nothing of
// in one VLAN, and another VLAN beside it, and an untagged network with such a
// device and a VXLAN network on the same bridges.
func TestVLAN(t *testing.T) {
	c := newCluster(t, 2, alone)
	h1, h2 := c.hosts[0], c.hosts[1]
	sw := newTrunk(t, c)
	h1.api("createphysicalnetwork", "type=vlan&vlanrange=`[[100,110]]`&id=vlan")
	h1.api("createphysicalport", "physicalnetwork=vlan&name=trunk0")
	h1.api("createphysicalnetwork", "type=native&id=flat")
	h1.api("createphysicalport", "physicalnetwork=flat&name=flat0")
	h1.api("createphysicalnetwork", "type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan")
	h1.api("createphysicalport", "physicalnetwork=vxlan&name=vxlan0")

	const rest = "-o subnet:allocated_start=10.1.0.10 -o subnet:allocated_end=10.1.0.99 --subnet 10.1.0.0/24 "
	shared := func(options, name string) {
		id := h1.docker(create + options + name)
		h2.join("docker-"+id+"-lognet", "--subnet 10.1.0.0/24 "+name)
	}
	shared("-o physicalnetwork=vlan -o vlanid=101 "+rest, "red")
	shared("-o physicalnetwork=vlan -o vlanid=102 "+rest, "blue")
	shared("-o physicalnetwork=flat "+rest, "plain")
	shared("-o physicalnetwork=vxlan "+rest, "green")

	for _, n := range []string{"red", "blue", "plain", "green"} {
		s := h1.start(n+"1", "--network "+n+" --ip 10.1.0.11")
		h2.start(n+"2", "--network "+n+" --ip 10.1.0.12")
		h1.meet(n+"1", "10.1.0.12")
		h2.meet(n+"2", "10.1.0.11")
		if want := map[string]int{"red": 1500, "blue": 1500, "plain": 1500, "green": 1450}[n]; s.Interface("eth0").MTU != want {
			t.Errorf("MTU in %s: %d, want %d", n, s.Interface("eth0").MTU, want)
		}
	}
	for vlan, n := range map[string]string{"101": "red", flatVLAN: "plain"} {
		d := sw.device(n, vlan, "10.1.0.200")
		h1.meet(n+"1", "10.1.0.200")
		h2.meet(n+"2", "10.1.0.200")
		d.ping("10.1.0.11")
		d.ping("10.1.0.12")
		d.follows(h1, h2)
	}
	h1.unreachable("blue1", "10.1.0.200")
	h2.unreachable("green2", "10.1.0.200")
}

// follows moves an address, and then an interface that Docker did not make,
// from host to host. The switch learned where each is, and learns anew: nothing
// but the announcement tells it.
func (d *device) follows(h1, h2 *host) {
	h1.start("here", "--network "+d.name+" --ip 10.1.0.50")
	d.ping("10.1.0.50")
	h1.docker("rm -f here")
	h2.start("there", "--network "+d.name+" --ip 10.1.0.50")
	d.find("10.1.0.50")
	d.ping("10.1.0.50")
	h2.docker("rm -f there")

	vm := machine{id: "vm-" + d.name, mac: "02:00:00:00:00:99", addr: "10.1.0.99", mtu: 1500}
	vm.create(h1, h1.logical(d.name))
	h1.plug(vm)
	d.find(vm.addr)
	h2.plug(vm) // both have it for a moment
	d.find(vm.addr)
	h1.eventually("it is on h2", func() bool { return h1.placeOf(vm) == "h2" })
	h1.unplug(vm)
	d.find(vm.addr)
	d.ping(vm.addr)
	h2.find(d.name+"2", vm.addr)
	h1.find(d.name+"1", vm.addr)
	h2.unplug(vm)
}

// api makes a call of the management API.
func (h *host) api(call, form string) string {
	h.t.Helper()
	return h.run("curl -sfg -d '" + form + "' http://localhost:8081/viperflow/" + call)
}

// apiAtLast makes a call of the management API until it succeeds: hosts delete
// what is in its way in their own time.
func (h *host) apiAtLast(call, form string) {
	h.t.Helper()
	h.eventually(call+" succeeds", func() bool {
		_, err := h.Run(h.ctx, "curl", "-sfg", "-d", form, "http://localhost:8081/viperflow/"+call)
		return err == nil
	})
}

// userspace tells whether bridges are of the userspace datapath, which forwards
// no offloaded checksums.
func userspace() bool { return testenv.Datapath() == "netdev" }

// trunk is a switch that two interfaces of each host are plugged into: trunk0
// carries all VLANs, and flat0 one of them untagged.
type trunk struct {
	*host
	probe string
}

// flatVLAN is the VLAN of flat0.
const flatVLAN = "200"

func newTrunk(t *testing.T, c *cluster) *trunk {
	t.Helper()
	first := c.hosts[0]
	h, err := first.lab.Host(first.ctx, testlab.HostConfig{Name: "sw"})
	check(t, err)
	sw := &trunk{host: &host{Host: h, lab: first.lab, t: t, ctx: first.ctx}}
	sw.probe, err = first.lab.Probe()
	check(t, err)
	check(t, h.StartOVS(first.ctx))
	sw.run("ovs-vsctl add-br sw -- set bridge sw datapath_type=" + testenv.Datapath())
	for _, host := range c.hosts {
		sw.wire(host, "trunk0", "")
		sw.wire(host, "flat0", " tag="+flatVLAN)
	}
	return sw
}

// wire plugs an interface of a host, a port of its bridge, into the switch.
func (sw *trunk) wire(h *host, name, options string) {
	sw.t.Helper()
	port := h.Name + "-" + name
	check(sw.t, netns.Do(sw.Netns(), func() error {
		return netns.CreateVeth(sw.ctx, netns.Veth{Host: port, Peer: name, Netns: h.Netns(), TxOff: userspace()})
	}))
	sw.run("ovs-vsctl add-port sw " + port + options)
	h.run("ip link set " + name + " up && ovs-vsctl add-port dockerbr0 " + name)
}

// device is a device of the switch, a namespace with its name.
type device struct {
	*trunk
	name string
}

// device puts a device with an address into a VLAN; it serves as containers do.
func (sw *trunk) device(name, vlan, addr string) *device {
	sw.t.Helper()
	d := &device{sw, name}
	offloads := "true"
	if userspace() {
		offloads = "ip netns exec DEV ethtool -K eth0 tx off tso off gso off sg off"
	}
	sw.run(strings.NewReplacer("DEV", name, "ADDR", addr, "VLAN", vlan).Replace(strings.Join([]string{
		"ip netns add DEV", "ip link add DEV0 type veth peer name eth0 netns DEV", "ip link set DEV0 up",
		offloads,
		"ip -n DEV addr add ADDR/24 dev eth0", "ip -n DEV link set eth0 up", "ip -n DEV link set lo up",
		"ovs-vsctl add-port sw DEV0 tag=VLAN",
	}, " && ")))
	_, err := sw.Start(sw.ctx, name, "ip", "netns", "exec", name, sw.probe, "serve")
	check(sw.t, err)
	sw.eventually("the device serves", func() bool {
		_, err := d.do("check", netip.AddrPortFrom(netip.MustParseAddr(addr), probe.Port).String())
		return err == nil
	})
	return d
}

// do runs the probe on the device.
func (d *device) do(args ...string) (string, error) {
	return d.Run(d.ctx, append([]string{"ip", "netns", "exec", d.name, d.probe}, args...)...)
}

// find waits until an address answers the device: the switch's caches learn in
// their own time.
func (d *device) find(addr string) {
	d.t.Helper()
	d.eventually("the device finds "+addr, func() bool {
		out, err := d.do("ping", "-c", "1", addr)
		return err == nil && strings.Contains(out, `"Lost":0`)
	})
}

// ping pings from the device.
func (d *device) ping(addr string) {
	d.t.Helper()
	if out, err := d.do("ping", "-c", "3", addr); err != nil || !strings.Contains(out, `"Lost":0`) {
		d.t.Errorf("the device to %s: %s, %v", addr, out, err)
	}
}
