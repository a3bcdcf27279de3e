package vlcp_test

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovsdb"
)

// site is two hosts, joined by tunnels and by a VLAN trunk, whose agents share a
// store and live in this process. Their containers' interfaces are made by the
// test, as libvirt makes those of virtual machines.
type site struct {
	testing.TB            // of the part that runs
	whole      testing.TB // as long as which agents live
	datapath   string     // what the switches say that theirs is; "": the truth
	data       *memory.Store
	hosts      [2]*siteHost
	model      *network.Model
}

// siteHost is a host, and its agent while that lives.
type siteHost struct {
	*vlcp.Agent
	id  string
	ovs *testenv.OVSInstance
	sw  *counted
	end func()
}

// counted is a switch that counts the changes of flows, and says that its
// datapath is another, if that is not "".
type counted struct {
	ovs.Switch
	datapath string
	changes  atomic.Int32
}

func (c *counted) Info(ctx context.Context) (ovs.Info, error) {
	info, err := c.Switch.Info(ctx)
	info.Datapath = cmp.Or(c.datapath, info.Datapath)
	return info, err
}

func (c *counted) Apply(ctx context.Context, changes ovs.Changes) error {
	c.changes.Add(1)
	return c.Switch.Apply(ctx, changes)
}

func newSite(t testing.TB, datapath string) *site {
	t.Helper()
	s := &site{TB: t, whole: t, datapath: datapath, data: memory.New()}
	t.Cleanup(func() { s.ok(s.data.Close()) })
	for i := range s.hosts {
		s.hosts[i] = &siteHost{id: fmt.Sprint("h", i+1), ovs: testenv.OVS(t)}
		s.underlay(i)
	}
	s.wire("under", "br-phy")
	for i := range s.hosts {
		s.start(i)
	}
	s.wire("trunk", bridge)
	addresses := ipam.New(s.data, ipam.Config{Host: "test"})
	t.Cleanup(func() { s.ok(addresses.Close()) })
	s.model = network.New(network.Config{Store: s.data, Allocator: addresses, Host: "test"})
	return s
}

func (s *site) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// tunnelIP is a host's address in the underlay, tunnelMAC its MAC there.
func tunnelIP(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}) }

func tunnelMAC(i int) net.HardwareAddr { return net.HardwareAddr{2, 0, 0, 0, 1, byte(i + 1)} }

// underlay gives a host a bridge that its tunnels leave by.
func (s *site) underlay(i int) {
	s.Helper()
	o := s.hosts[i].ovs
	o.Vsctl("add-br", "br-phy", "--", "set", "bridge", "br-phy", "datapath_type="+testenv.Datapath(), "fail-mode=standalone",
		"other-config:hwaddr="+tunnelMAC(i).String())
	subnet := netip.PrefixFrom(tunnelIP(i), 24)
	s.ok(netns.Configure(s.Context(), s.hosts[i].netns(), "br-phy", netns.Config{Addresses: []netip.Prefix{subnet}}))
	o.Appctl("ovs/route/add", subnet.Masked().String(), "br-phy")
	o.Appctl("tnl/neigh/set", "br-phy", tunnelIP(1-i).String(), tunnelMAC(1-i).String())
}

func (h *siteHost) netns() string { return fmt.Sprintf("/proc/self/fd/%d", h.ovs.NS) }

// wire joins a bridge of the one host with that of the other.
func (s *site) wire(name, bridge string) {
	s.Helper()
	s.ok(netns.Do(s.hosts[0].netns(), func() error {
		return netns.CreateVeth(s.Context(), netns.Veth{Host: name, Peer: name, Netns: s.hosts[1].netns(), MTU: 1600})
	}))
	for _, h := range s.hosts {
		s.ok(netns.Configure(s.Context(), h.netns(), name, netns.Config{}))
		h.ovs.Vsctl("add-port", bridge, name)
	}
}

// start starts the agent of a host; end ends it.
func (s *site) start(i int) {
	s.Helper()
	h := s.hosts[i]
	log := logTo(s.whole.Output()).With("host", h.id)
	sw, err := ovsdb.Open(s.whole.Context(), ovs.BridgeSpec{Name: bridge, Database: h.ovs.DB}, ovsdb.WithLogger(log))
	s.ok(err)
	h.sw = &counted{Switch: sw, datapath: s.datapath}
	h.Agent = &vlcp.Agent{Store: s.data.Session(), Switch: h.sw, Host: h.id, TunnelIP: tunnelIP(i), Log: log}
	h.end = start(s.whole, h.Agent)
	s.eventually("there is a bridge", func() bool {
		_, err := sw.Info(s.Context())
		return err == nil
	})
}

// physical creates the physical networks "tunnels" and "trunk".
func (s *site) physical() {
	s.Helper()
	ranges := []network.Range{{First: 101, Last: 199}}
	_, err := s.model.CreatePhysicals(s.Context(),
		network.Physical{ID: "tunnels", Type: network.VXLAN, Ranges: ranges}, network.Physical{ID: "trunk", Type: network.VLAN, Ranges: ranges})
	s.ok(err)
	_, err = s.model.CreatePhysicalPorts(s.Context(),
		network.PhysicalPort{Network: "tunnels", Name: "vxlan0"}, network.PhysicalPort{Network: "trunk", Name: "trunk"})
	s.ok(err)
}

// network creates a network of a physical network with two subnets for each
// number: "red1" is 10.1.0.0/24, "red1six" fd01::/64, and the gateways are the
// first addresses.
func (s *site) network(id, physical string, numbers ...int) {
	s.Helper()
	spec := network.Spec{Network: network.Network{ID: id, Physical: physical, MTU: 1400}}
	for _, n := range numbers {
		for family, prefix := range map[string]string{"": fmt.Sprintf("10.%d.0.0/24", n), "six": fmt.Sprintf("fd0%d::/64", n)} {
			p := netip.MustParsePrefix(prefix)
			spec.Subnets = append(spec.Subnets, network.Subnet{ID: fmt.Sprint(id, n, family), Prefix: p, Gateway: p.Addr().Next()})
		}
	}
	_, err := s.model.CreateNetworks(s.Context(), spec)
	s.ok(err)
}

// connect puts subnets in the router "r", by interfaces of the same ids.
func (s *site) connect(subnets ...string) {
	s.Helper()
	var all []network.RouterInterface
	for _, id := range subnets {
		all = append(all, network.RouterInterface{ID: id, Router: "r", Subnet: id})
	}
	_, err := s.model.CreateRouterInterfaces(s.Context(), all...)
	s.ok(err)
}

// guest is a container.
type guest struct {
	*netns.Namespace
	port network.Port
	at   int // the host that it is plugged in at
	v4   string
	v6   string
}

// guest makes a container with the addresses 10.n.0.last and fd0n::last of a
// network, and plugs it in at a host.
func (s *site) guest(id, in string, n, last, at int) *guest {
	s.Helper()
	ns, err := netns.New()
	s.ok(err)
	s.Cleanup(func() { ns.Close() })
	g := &guest{Namespace: ns, at: at, v4: fmt.Sprintf("10.%d.0.%d", n, last), v6: fmt.Sprintf("fd0%d::%d", n, last)}
	ports, err := s.model.CreatePorts(s.Context(), network.Port{ID: id, Network: in, Addresses: []network.Address{
		{Subnet: fmt.Sprint(in, n), Address: netip.MustParseAddr(g.v4)}, {Subnet: fmt.Sprint(in, n, "six"), Address: netip.MustParseAddr(g.v6)},
	}})
	s.ok(err)
	g.port = ports[0]
	s.plug(g, at)
	return g
}

// plug gives a container an interface of a host, and returns when that is
// forwarded.
func (s *site) plug(g *guest, at int) {
	s.Helper()
	h, id := s.hosts[at], g.port.ID
	mac, err := net.ParseMAC(g.port.MAC)
	s.ok(err)
	s.ok(netns.Do(h.netns(), func() error {
		return netns.CreateVeth(s.Context(), netns.Veth{Host: id, Peer: "eth0", MAC: mac, Netns: g.Path(), MTU: 1400, TxOff: testenv.Datapath() == "netdev"})
	}))
	var c netns.Config
	for _, a := range g.port.Addresses {
		prefix := netip.PrefixFrom(a.Address, a.Address.BitLen()/2) // 64
		if a.Address.Is4() {
			prefix = netip.PrefixFrom(a.Address, 24)
		}
		c.Addresses = append(c.Addresses, prefix)
		c.Gateways = append(c.Gateways, prefix.Masked().Addr().Next())
	}
	s.ok(netns.Configure(s.Context(), g.Path(), "eth0", c))
	h.ovs.Vsctl("add-port", bridge, id, "--", "set", "interface", id, "external_ids:iface-id="+id)
	_, err = h.Ready(s.Context(), id)
	s.ok(err)
	g.at = at
}

// unplug takes the interface away again.
func (s *site) unplug(g *guest) {
	s.Helper()
	h := s.hosts[g.at]
	h.ovs.Vsctl("del-port", bridge, g.port.ID)
	s.ok(netns.Do(h.netns(), func() error { return netns.Delete(s.Context(), g.port.ID) }))
}

// in runs a command in a container.
func (g *guest) in(line string) (out string, err error) {
	args := strings.Fields(line)
	err = g.Do(func() error {
		raw, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		out = string(raw)
		return err
	})
	return out, err
}

// reaches checks that containers get answers from addresses, as soon as all agents
// have heard of them.
func (s *site) reaches(from *guest, addrs ...string) {
	s.Helper()
	for _, to := range addrs {
		s.eventually(from.port.ID+" reaches "+to, func() bool {
			_, err := from.in("ping -n -c 1 -W 1 " + to)
			return err == nil
		})
	}
}

// loses waits until a container gets no answer from an address.
func (s *site) loses(from *guest, to string) {
	s.Helper()
	s.eventually(from.port.ID+" does not reach "+to+" any more", func() bool {
		_, err := from.in("ping -n -c 2 -i 0.1 -w 1 " + to)
		return err != nil
	})
}

// never checks that a container gets no answer from an address.
func (s *site) never(from *guest, to string) {
	s.Helper()
	if out, err := from.in("ping -n -c 2 -i 0.1 -w 1 " + to); err == nil {
		s.Errorf("%s reaches %s:\n%s", from.port.ID, to, out)
	}
}

// asks has a container ask a neighbour whether it still lives, and waits for the
// answer. Linux asks so by itself every half minute.
func (s *site) asks(from *guest, neighbour string) {
	s.Helper()
	_, err := from.in("ip neigh change " + neighbour + " lladdr " + network.Router{ID: "r"}.MAC().String() + " dev eth0 nud probe")
	s.ok(err)
	s.eventually(neighbour+" answers "+from.port.ID, func() bool {
		out, err := from.in("ip neigh show " + neighbour)
		return err == nil && strings.Contains(out, "REACHABLE")
	})
}

// eventually waits until something holds.
func (s *site) eventually(what string, holds func() bool) {
	s.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("not within a minute: %s", what)
		}
	}
}
