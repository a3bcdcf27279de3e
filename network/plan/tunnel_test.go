package plan_test

import (
	"fmt"
	gonet "net"
	"net/netip"
	"testing"

	"github.com/vishvananda/netlink"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// TestTunnels sends frames between three hosts. Each has a port in the network,
// h2 also one in another network with the same MAC; the tunnels to h3 are of
// IPv6.
func TestTunnels(t *testing.T) {
	c := newCluster(t)
	a, b := macOf("a"), macOf("b")
	c.reaches("a known MAC", "a", other(b, a), "b")
	c.reaches("a known MAC behind an IPv6 tunnel", "a", other(macOf("c"), a), "c")
	c.reaches("a known MAC, out of an IPv6 tunnel", "c", other(b, macOf("c")), "b")
	c.reaches("an unknown MAC", "a", other(strange, a), "")
	c.reaches("broadcast", "a", other(broadcast, a), "b c")
	c.reaches("broadcast", "b", other(broadcast, b), "a c")
	c.reaches("ARP for an unknown address", "a", arpFor(a, "10.0.0.1", "10.0.0.77"), "b c")
	c.reaches("the other network", "twin", other(a, b), "")

	c.labs[0].plan.RemoveMember("net1", "h3")
	c.labs[0].apply()
	c.ends = map[string]*end{"a": c.ends["a"], "b": c.ends["b"], "twin": c.ends["twin"]}
	c.reaches("broadcast to who is left", "a", other(broadcast, a), "b")
}

// cluster is three hosts; the lab's ends are those of all.
type cluster struct {
	*lab
	labs []*lab
}

func newCluster(t *testing.T) *cluster {
	c := &cluster{lab: &lab{TB: t, ends: map[string]*end{}}}
	for i := range 3 {
		c.labs = append(c.labs, newHost(t, i+1))
	}
	c.wire(c.labs[0], c.labs[1], "to2")
	c.wire(c.labs[0], c.labs[2], "to3")
	for i, l := range c.labs {
		l.plan.SetNetwork(net(1, network.VXLAN, 10001))
		l.plan.SetNetwork(net(2, network.VXLAN, 10002))
		for j, id := range []string{"a", "b", "c"} {
			to := port(id, 1, fmt.Sprint("10.0.0.", j+1))
			host := fmt.Sprint("h", j+1)
			if i == j {
				l.plug(to, 1)
				continue
			}
			remote(l.plan, to, host)
			l.plan.SetHost(host, tunnelAddr(j+1))
			l.plan.SetMember("net1", host)
			l.ovs.Appctl("tnl/neigh/set", "br-phy", tunnelAddr(j+1).String(), phyMAC(j+1).String())
		}
	}
	twin := port("twin", 2, "10.0.0.2")
	twin.MAC = macOf("b").String()
	c.labs[1].plug(twin, 2)
	for _, l := range c.labs {
		l.apply()
		for name, e := range l.ends {
			c.ends[name] = e
		}
	}
	return c
}

// tunnelAddr is where a host's tunnels end: of one host, at an IPv6 address.
func tunnelAddr(host int) netip.Addr {
	if host == 3 {
		return tunnelAddrs(host)[1].Addr()
	}
	return tunnelAddrs(host)[0].Addr()
}

// tunnelAddrs are the underlay's addresses of a host.
func tunnelAddrs(host int) []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("192.0.2.%d/24", host)), netip.MustParsePrefix(fmt.Sprintf("2001:db8::%d/64", host))}
}

func phyMAC(host int) gonet.HardwareAddr { return macOf(fmt.Sprint("phy", host)) }

// newHost is a lab with a VXLAN port whose tunnels leave by the bridge br-phy.
func newHost(t testing.TB, i int) *lab {
	l := newLab(t)
	l.addTunnels()
	l.ovs.Vsctl("add-br", "br-phy", "--", "set", "bridge", "br-phy", "datapath_type="+testenv.Datapath(), "fail-mode=standalone",
		"other-config:hwaddr="+phyMAC(i).String())
	l.ovs.Do(func() {
		l.must(allowIPv6("br-phy"))
		l.must(netns.Configure(t.Context(), "", "br-phy", netns.Config{Addresses: tunnelAddrs(i)}))
	})
	for _, a := range tunnelAddrs(i) {
		l.ovs.Appctl("ovs/route/add", a.Masked().String(), "br-phy")
	}
	return l
}

// addTunnels gives the bridge a VXLAN port that leads into the physical network.
func (l *lab) addTunnels() {
	l.Helper()
	l.ovs.Vsctl("add-port", "br0", "vxlan0", "--", "set", "interface", "vxlan0", "type=vxlan", "ofport_request=9",
		"options:remote_ip=flow", "options:key=flow", "options:dst_port=4999")
	l.plan.SetUplink("phys", 9)
}

// wire connects two hosts.
func (c *cluster) wire(a, b *lab, name string) {
	c.Helper()
	c.must(a.handle(a.ovs.NS).LinkAdd(&netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: name, Flags: gonet.FlagUp, MTU: 1600},
		PeerName:  name, PeerMTU: 1600, PeerNamespace: netlink.NsFd(b.ovs.NS),
	}))
	for _, l := range []*lab{a, b} {
		h := l.handle(l.ovs.NS)
		link, err := h.LinkByName(name)
		c.must(err)
		c.must(h.LinkSetUp(link))
		l.ovs.Vsctl("add-port", "br-phy", name)
	}
}

// reaches is like the lab's. A frame to everyone, sent behind, tells that all
// has arrived.
func (c *cluster) reaches(what, from string, frame []byte, to string) {
	c.Helper()
	c.ends[from].send(frame)
	for range 2 { // a burst is not sure to keep its order
		c.ends[from].echo()
		c.sweep(from)
	}
	got := map[string][][]byte{}
	for name, e := range c.ends {
		if frames := e.drain(); len(frames) > 0 {
			got[name] = frames
		}
	}
	c.check(what, got, frame, to)
}

// sweep sends a frame to everyone in the network of an end, and waits until
// they have it.
func (c *cluster) sweep(from string) {
	c.Helper()
	if from == "twin" {
		return
	}
	behind := ethernet(broadcast, macOf(from), typeOther+1, make([]byte, 46))
	c.ends[from].send(behind)
	for name, e := range c.ends {
		if name != from && name != "twin" {
			e.await(behind)
			e.echo()
		}
	}
}
