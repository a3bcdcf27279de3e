package plan_test

import (
	"fmt"
	"io"
	gonet "net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// BenchmarkForward stands against Linux's own bridge and VXLAN interface, between
// the same namespaces and by turns: what a TCP connection carries, and how long a
// ping takes. It is for the kernel's datapath: `make bench-kernel`.
func BenchmarkForward(b *testing.B) {
	if testenv.Datapath() != "system" {
		b.Skip("not run: this kernel has no module openvswitch; make bench-kernel brings one")
	}
	p := newPair(b)
	for name, far := range map[string]*netns.Namespace{"within": p.near, "across": p.far, "routed": p.routed} {
		ours, theirs := p.addrs[far][0], p.addrs[far][1]
		b.Run("tcp/"+name, func(b *testing.B) { p.compare(b, far, ours, theirs, p.send) })
		b.Run("ping/"+name, func(b *testing.B) { p.compare(b, far, ours, theirs, p.echo) })
	}
}

// pair is two hosts. Guest a and near are on the first, far is on the other, and
// so is routed, beyond a router; each is also on a Linux bridge of its host, and
// these are joined by VXLAN.
type pair struct {
	testing.TB
	a, near, far, routed *netns.Namespace

	addrs map[*netns.Namespace][2]netip.Addr // ours, and on Linux's bridge
}

func newPair(b *testing.B) *pair {
	p := &pair{TB: b, addrs: map[*netns.Namespace][2]netip.Addr{}}
	var hosts []*lab
	for i := range 2 {
		l := newLab(b)
		l.addTunnels()
		l.plan.SetNetwork(net(1, network.VXLAN, 10001))
		l.plan.SetNetwork(net(2, network.VXLAN, 10002))
		l.plan.SetRouter(network.Router{ID: "r"})
		connectAll(l.plan, "r", 1, 2)
		l.plan.SetHost(fmt.Sprint("h", 2-i), tunnelAddr(2-i))
		l.plan.SetMember("net1", fmt.Sprint("h", 2-i))
		hosts = append(hosts, l)
	}
	p.join(hosts)
	for i, g := range []struct {
		id      string
		network uint32
		host    int
		ns      **netns.Namespace
	}{{"a", 1, 0, &p.a}, {"near", 1, 0, &p.near}, {"far", 1, 1, &p.far}, {"routed", 2, 1, &p.routed}} {
		to := port(g.id, g.network, fmt.Sprintf("10.%d.0.%d", g.network, i+2))
		*g.ns = hosts[g.host].guest(to, uint32(i+1), hosts[g.host].through(fmt.Sprintf("10.%d.0.1", g.network))...)
		remote(hosts[1-g.host].plan, to, fmt.Sprint("h", g.host+1))
		p.addrs[*g.ns] = [2]netip.Addr{to.Addresses[0].Address, p.onLinux(hosts[g.host], g.id, i+1, *g.ns)}
	}
	for _, l := range hosts {
		l.apply()
	}
	return p
}

// join connects the hosts by a veth pair, and their Linux bridges by VXLAN.
func (p *pair) join(hosts []*lab) {
	p.ok(netns.Do(path(hosts[0]), func() error {
		return netns.CreateVeth(p.Context(), netns.Veth{Host: "under", Peer: "under", Netns: path(hosts[1]), MTU: 1600})
	}))
	for i, l := range hosts {
		p.ok(netns.Configure(p.Context(), path(l), "under", netns.Config{Addresses: tunnelAddrs(i + 1)[:1]}))
		p.ip(l, "link set under mtu 1600 up")
		p.ip(l, "link add linux type bridge")
		p.ip(l, fmt.Sprintf("link add vxlan77 type vxlan id 77 dstport 4789 local %s remote %s", tunnelAddr(i+1), tunnelAddr(2-i)))
		p.ip(l, "link set vxlan77 master linux up")
		p.ip(l, "link set linux up")
	}
}

// onLinux gives a guest an interface on the Linux bridge of its host.
func (p *pair) onLinux(l *lab, id string, n int, ns *netns.Namespace) netip.Addr {
	a := netip.AddrFrom4([4]byte{172, 16, 0, byte(n)})
	p.ok(netns.Do(path(l), func() error {
		return netns.CreateVeth(p.Context(), netns.Veth{Host: "l-" + id, Peer: "eth1", Netns: ns.Path(), MTU: 1500})
	}))
	p.ok(netns.Configure(p.Context(), ns.Path(), "eth1", netns.Config{Addresses: []netip.Prefix{netip.PrefixFrom(a, 24)}}))
	p.ip(l, "link set l-"+id+" master linux up")
	return a
}

// path is that of a host's namespace.
func path(l *lab) string { return fmt.Sprintf("/proc/self/fd/%d", l.ovs.NS) }

func (p *pair) ip(l *lab, line string) {
	p.Helper()
	p.ok(netns.Do(path(l), func() error {
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", line, err, out)
		}
		return nil
	}))
}

func (p *pair) ok(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// compare measures by turns how long something takes to our address and to
// Linux's, and reports the medians, and the ratio: more than 1 is faster than Linux.
func (p *pair) compare(b *testing.B, far *netns.Namespace, ours, theirs netip.Addr, work func(*netns.Namespace, netip.Addr) time.Duration) {
	work(far, ours) // the first packets make the kernel's flows
	work(far, theirs)
	var took, linux []time.Duration
	for b.Loop() {
		took = append(took, work(far, ours))
		linux = append(linux, work(far, theirs))
	}
	a, z := median(took), median(linux)
	b.ReportMetric(float64(a.Microseconds())/1000, "ours-ms")
	b.ReportMetric(float64(z.Microseconds())/1000, "linux-ms")
	b.ReportMetric(z.Seconds()/a.Seconds(), "of-linux")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

const volume = 32 << 20

// send sends 32 MiB by TCP, until the other end has all.
func (p *pair) send(to *netns.Namespace, addr netip.Addr) time.Duration {
	c, all := p.sink(to, addr)
	chunk := make([]byte, 1<<20)
	begin := time.Now()
	for range volume / len(chunk) {
		_, err := c.Write(chunk)
		p.ok(err)
	}
	p.ok(c.Close())
	p.ok(<-all)
	return time.Since(begin)
}

// sink connects to a server that reads until the connection is closed, and then
// says so.
func (p *pair) sink(to *netns.Namespace, addr netip.Addr) (c gonet.Conn, all <-chan error) {
	var listener gonet.Listener
	p.ok(to.Do(func() (err error) {
		listener, err = gonet.Listen("tcp", netip.AddrPortFrom(addr, 0).String())
		return err
	}))
	defer listener.Close()
	p.ok(p.a.Do(func() (err error) {
		c, err = gonet.DialTimeout("tcp", listener.Addr().String(), 20*time.Second)
		return err
	}))
	server, err := listener.Accept()
	p.ok(err)
	ended := make(chan error, 1)
	go func() {
		defer server.Close()
		// Without the methods by which both would copy in a way of their own.
		_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{server}, make([]byte, 1<<20))
		ended <- err
	}()
	return c, ended
}

// pings is how many an echo sends, each after the answer to the one before.
const pings = 100

// echo pings, one packet at a time.
func (p *pair) echo(_ *netns.Namespace, addr netip.Addr) time.Duration {
	var c gonet.PacketConn
	p.ok(p.a.Do(func() (err error) {
		c, err = gonet.ListenPacket("ip4:icmp", "0.0.0.0")
		return err
	}))
	defer c.Close()
	p.ok(c.SetDeadline(time.Now().Add(20 * time.Second)))
	request, answer := []byte{8, 0, 0xf7, 0xfe, 0, 1, 0, 0}, make([]byte, 100)
	begin := time.Now()
	for range pings {
		_, err := c.WriteTo(request, &gonet.IPAddr{IP: addr.AsSlice()})
		p.ok(err)
		for answered := false; !answered; {
			_, from, err := c.ReadFrom(answer)
			p.ok(err)
			answered = answer[0] == 0 && from.String() == addr.String()
		}
	}
	return time.Since(begin)
}
