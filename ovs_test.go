package vlcp_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovsdb"
)

// lab is an agent on a real Open vSwitch, in the network namespace of this
// process. Its methods end the test on an error.
type lab struct {
	testing.TB
	*vlcp.Agent
	ovs *testenv.OVSInstance
}

const bridge = "vlcp0"

func newLab(t testing.TB) *lab {
	t.Helper()
	o := testenv.OVSHere(t)
	sw, err := ovsdb.Open(t.Context(), ovs.BridgeSpec{Name: bridge, Database: o.DB}, ovsdb.WithLogger(logTo(t.Output())))
	l := &lab{t, &vlcp.Agent{Store: memory.New(), Switch: sw, Log: logTo(t.Output())}, o}
	l.ok(err)
	start(t, l.Agent)
	return l
}

func (l *lab) ok(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// blue is a network with both families, and a route that leads nowhere.
var blue = network.Spec{
	Network: network.Network{ID: "blue", MTU: 1400},
	Subnets: []network.Subnet{
		{
			ID: "blue4", Prefix: netip.MustParsePrefix("10.7.0.0/24"), Gateway: netip.MustParseAddr("10.7.0.1"),
			HostRoutes: []network.Route{{Destination: netip.MustParsePrefix("10.8.0.0/16"), NextHop: netip.MustParseAddr("10.7.0.254")}},
		},
		{ID: "blue6", Prefix: netip.MustParsePrefix("fd07::/64"), Gateway: netip.MustParseAddr("fd07::1"), DisableGateway: true},
	},
}

// plugIn plugs a namespace of its own in, and returns when it is forwarded.
func (l *lab) plugIn(id string) (*netns.Namespace, network.Attachment) {
	l.Helper()
	ns, err := netns.New()
	l.ok(err)
	l.Cleanup(func() { ns.Close() })
	_, err = l.Plug(l.Context(), network.Plug{
		Port:  network.Port{ID: id, Network: "blue", Addresses: []network.Address{{Subnet: "blue4"}, {Subnet: "blue6"}}},
		Netns: ns.Path(),
	})
	l.ok(err)
	a, err := l.Ready(l.Context(), id)
	l.ok(err)
	return ns, a
}

// in runs a command in a namespace.
func (l *lab) in(ns *netns.Namespace, line string) (out string, err error) {
	l.Helper()
	args := strings.Fields(line)
	err = ns.Do(func() error {
		raw, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		out = string(raw)
		return err
	})
	return out, err
}

// has checks what a command in a namespace prints.
func (l *lab) has(ns *netns.Namespace, line string, want ...string) {
	l.Helper()
	out, err := l.in(ns, line)
	l.ok(err)
	for _, w := range want {
		if !strings.Contains(out, w) {
			l.Errorf("%s: no %q in\n%s", line, w, out)
		}
	}
}

// traces are the ports and flows of the bridge, and the interfaces here.
func (l *lab) traces() string {
	l.Helper()
	links, err := netns.Links(l.Context(), "")
	l.ok(err)
	flows, err := l.Switch.Flows(l.Context(), 0, 0)
	l.ok(err)
	return fmt.Sprintln(links, l.ovs.Vsctl("list-ports", bridge), flows)
}

// asBefore waits until the traces are those that were.
func (l *lab) asBefore(before string) {
	l.Helper()
	for deadline := time.Now().Add(20 * time.Second); l.traces() != before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.Fatalf("before:\n%s\nnow:\n%s", before, l.traces())
		}
	}
}

// prepared creates the network blue and returns when the bridge is set up.
func (l *lab) prepared() (before string) {
	l.Helper()
	_, err := l.CreateNetwork(l.Context(), blue)
	l.ok(err)
	_, a := l.plugIn("first")
	l.ok(l.Unplug(l.Context(), a.Port.ID))
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if before = l.traces(); !strings.Contains(before, "-tap") && !strings.Contains(before, a.Port.MAC) && strings.Contains(before, "vxlan0") {
			return before
		}
		if time.Now().After(deadline) {
			l.Fatalf("the bridge is not set up: %s", before)
		}
	}
}

// TestEmbedding is examples/embed with namespaces of the test's own.
func TestEmbedding(t *testing.T) {
	l := newLab(t)
	before := l.prepared()
	a, web := l.plugIn("web")
	b, db := l.plugIn("db")
	if got := web.Port.Addresses[0].Address; got != netip.MustParseAddr("10.7.0.2") {
		t.Errorf("the first address is %s", got)
	}
	l.has(a, "ip -o addr show eth0", web.Port.Addresses[0].Address.String()+"/24", web.Port.Addresses[1].Address.String()+"/64")
	l.has(a, "ip link show eth0", "mtu 1400", web.Port.MAC)
	l.has(a, "ip route", "default via 10.7.0.1", "10.8.0.0/16 via 10.7.0.254")
	if out, _ := l.in(a, "ip -6 route"); strings.Contains(out, "default") {
		t.Errorf("there is a way out for IPv6: %s", out)
	}
	for i := range db.Port.Addresses {
		addr := db.Port.Addresses[i].Address
		l.has(a, "ping -c 1 -i 0.1 -w 20 "+addr.String(), "bytes from")
		l.transfer(a, b, addr)
		l.transfer(b, a, web.Port.Addresses[i].Address)
	}
	for _, id := range []string{"web", "db"} {
		l.ok(l.Unplug(t.Context(), id))
	}
	l.asBefore(before)
	l.has(a, "ip -o link", "lo:")
	if out, _ := l.in(a, "ip -o link"); strings.Contains(out, "eth0") {
		t.Errorf("left in the namespace: %s", out)
	}
	l.ok(l.DeleteNetwork(t.Context(), "blue"))
}

// transfer sends a megabyte by TCP to a server at addr, which is in another
// namespace, and back.
func (l *lab) transfer(client, server *netns.Namespace, addr netip.Addr) {
	l.Helper()
	var ln net.Listener
	l.ok(server.Do(func() (err error) {
		ln, err = net.Listen("tcp", netip.AddrPortFrom(addr, 0).String())
		return err
	}))
	var running sync.WaitGroup
	defer running.Wait()
	defer ln.Close()
	deadline := time.Now().Add(20 * time.Second)
	running.Go(func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.SetDeadline(deadline)
		io.CopyN(c, c, megabyte)
	})
	var c net.Conn
	l.ok(client.Do(func() (err error) {
		c, err = net.DialTimeout("tcp", ln.Addr().String(), time.Until(deadline))
		return err
	}))
	defer c.Close()
	l.ok(c.SetDeadline(deadline))
	sent := make([]byte, megabyte)
	rand.Read(sent)
	running.Go(func() { c.Write(sent) })
	got := make([]byte, megabyte)
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
		l.Errorf("TCP to %s: error %v", addr, err)
	}
}

const megabyte = 1 << 20

// The userspace datapath leaves the frames of a port to this host's own IP
// stack too; it must be as if it did not.
func TestContainersDoNotReachTheHost(t *testing.T) {
	l := newLab(t)
	l.prepared()
	here, err := netns.Open("/proc/self/ns/net")
	l.ok(err)
	defer here.Close()
	for _, line := range []string{"ip link set lo up", "ip addr replace 10.7.0.99/32 dev lo", "ip addr replace fd07::99/128 dev lo"} {
		_, err := l.in(here, line)
		l.ok(err)
	}
	defer l.in(here, "ip addr flush dev lo")
	web, a := l.plugIn("web")
	_, db := l.plugIn("db") // this one answers
	tap := a.Device + "-tap"
	l.has(here, "ip -o link show "+tap, tap)
	if out, _ := l.in(here, "ip -6 addr show dev "+tap); strings.Contains(out, "inet6") {
		t.Errorf("the bridge's end has an address: %s", out)
	}
	l.has(web, "ping -c 1 -i 0.1 -w 20 "+db.Port.Addresses[0].Address.String(), "bytes from")
	for _, addr := range []string{"10.7.0.99", "fd07::99"} {
		if out, err := l.in(web, "ping -c 2 -i 0.1 -W 0.3 "+addr); err == nil {
			t.Errorf("the host answers: %s", out)
		}
		if out, _ := l.in(web, "ip neigh show "+addr); strings.Contains(out, "lladdr") {
			t.Errorf("the host has told its hardware address: %s", out)
		}
	}
	l.ok(l.Unplug(t.Context(), "web"))
	l.ok(l.Unplug(t.Context(), "db"))
}

// BenchmarkPlug is the life of a container's interface, in a namespace that is
// there already: what docker run and docker rm wait for, without Docker.
func BenchmarkPlug(b *testing.B) {
	l := newLab(b)
	l.prepared()
	ns, err := netns.New()
	l.ok(err)
	defer ns.Close()
	var plug, ready, unplug time.Duration
	n := 0
	for b.Loop() {
		id := fmt.Sprint("port-", n)
		n++
		begin := time.Now()
		_, err := l.Plug(b.Context(), network.Plug{
			Port:      network.Port{ID: id, Network: "blue", Addresses: []network.Address{{Subnet: "blue4"}}},
			Netns:     ns.Path(),
			Interface: fmt.Sprint("eth", n),
		})
		l.ok(err)
		plugged := time.Now()
		_, err = l.Ready(b.Context(), id)
		l.ok(err)
		forwarded := time.Now()
		l.ok(l.Unplug(b.Context(), id))
		plug, ready, unplug = plug+plugged.Sub(begin), ready+forwarded.Sub(plugged), unplug+time.Since(forwarded)
	}
	for what, d := range map[string]time.Duration{"plug": plug, "ready": ready, "unplug": unplug} {
		b.ReportMetric(float64(d.Microseconds())/1000/float64(n), what+"-ms/op")
	}
}

// BenchmarkRestart is the time until an agent that starts among ports has found
// that all is as it should be.
func BenchmarkRestart(b *testing.B) {
	const ports = 100
	l := newLab(b)
	l.prepared()
	for i := range ports {
		l.plugIn(fmt.Sprint("port-", i))
	}
	store := l.Store.(*memory.Store)
	for b.Loop() {
		sw, err := ovsdb.Open(b.Context(), ovs.BridgeSpec{Name: bridge, Database: l.ovs.DB})
		l.ok(err)
		next := &vlcp.Agent{Store: store.Session(), Switch: sw}
		end := start(b, next)
		_, err = next.Ready(b.Context(), fmt.Sprint("port-", ports-1))
		l.ok(err)
		b.StopTimer()
		end()
		b.StartTimer()
	}
}
