package plan_test

import (
	"context"
	"fmt"
	"io"
	gonet "net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// guest gives a port of the plan a namespace with an interface that is
// configured as a container's is.
func (l *lab) guest(t network.Port, ofport uint32, routes ...netns.Route) *netns.Namespace {
	l.Helper()
	ns := l.newNetns()
	var addrs []netip.Prefix
	for _, a := range t.Addresses {
		addrs = append(addrs, netip.PrefixFrom(a.Address, a.Address.BitLen()-8))
	}
	mac, err := gonet.ParseMAC(t.MAC)
	l.must(err)
	l.ovs.Do(func() {
		l.must(netns.CreateVeth(l.Context(), netns.Veth{Host: t.ID, Peer: "eth0", MAC: mac, Netns: ns.Path(), TxOff: testenv.Datapath() == "netdev"}))
	})
	l.must(netns.Configure(l.Context(), ns.Path(), "eth0", netns.Config{Addresses: addrs, Routes: routes}))
	l.ovs.Vsctl("add-port", "br0", t.ID, "--", "set", "interface", t.ID, fmt.Sprint("ofport_request=", ofport))
	plug(l.plan, t, ofport)
	return ns
}

func (l *lab) newNetns() *netns.Namespace {
	l.Helper()
	ns, err := netns.New()
	l.must(err)
	l.Cleanup(func() { ns.Close() })
	return ns
}

// ping checks that the other end answers, the first time.
func (l *lab) ping(from *netns.Namespace, to string) {
	l.Helper()
	l.must(from.Do(func() error {
		if out, err := exec.Command("ping", "-n", "-c1", "-W10", to).CombinedOutput(); err != nil {
			return fmt.Errorf("ping %s: %w\n%s", to, err, out)
		}
		return nil
	}))
}

// TestGuests lets Linux talk to Linux: neighbours are found, packets and
// connections pass, and one guest routes for another.
func TestGuests(t *testing.T) {
	l := newLab(t)
	l.plan.SetNetwork(net(1, network.Local, 0))
	behind := netip.MustParsePrefix("172.16.0.0/24")
	router := netip.MustParseAddr("10.0.0.4")
	l.plan.SetSubnet(network.Subnet{ID: "s", Network: "net1", HostRoutes: []network.Route{{Destination: behind, NextHop: router}}})
	a := l.guest(port("a", 1, "10.0.0.2", "fd00::2"), 1, netns.Route{Destination: behind, Via: router})
	b := l.guest(port("b", 1, "10.0.0.3", "fd00::3"), 2)
	gateway := l.guest(port("gateway", 1, "10.0.0.4"), 3)
	l.apply()

	l.ping(a, "10.0.0.3")
	l.ping(b, "fd00::2")
	l.ping(a, eui64(macOf("b"))+"%eth0")
	l.connect(a, b, "10.0.0.3:7")
	l.connect(b, a, "[fd00::2]:7")

	l.route(gateway, behind)
	l.ping(a, "172.16.0.2")
}

// TestRouterGuests lets Linux talk to Linux by way of a router, and asks the
// router itself.
func TestRouterGuests(t *testing.T) {
	l := newLab(t)
	behind := netip.MustParsePrefix("172.16.0.0/24")
	l.plan.SetRouter(network.Router{ID: "r", Routes: []network.Route{{Destination: behind, NextHop: netip.MustParseAddr("10.2.0.3")}}})
	l.plan.SetNetwork(net(1, network.Local, 0))
	l.plan.SetNetwork(net(2, network.Local, 0))
	connectAll(l.plan, "r", 1, 2)
	a := l.guest(port("a", 1, "10.1.0.2", "fd01::2"), 1, l.through("10.1.0.1", "fd01::1")...)
	b := l.guest(port("b", 2, "10.2.0.2", "fd02::2"), 2, l.through("10.2.0.1", "fd02::1")...)
	gateway := l.guest(port("gateway", 2, "10.2.0.3"), 3, l.through("10.2.0.1")...)
	l.apply()
	l.knows(a, "fd01::1")
	l.knows(b, "fd02::1")

	for _, to := range []string{"10.1.0.1", "10.2.0.1", "fd01::1", "fd02::1", "10.2.0.2", "fd02::2"} {
		l.ping(a, to)
	}
	l.connect(a, b, "10.2.0.2:7")
	l.connect(b, a, "[fd01::2]:7")
	l.route(gateway, behind)
	l.ping(a, "172.16.0.2")
	l.validates(a, "10.1.0.1")
	if !l.kernel {
		l.validates(a, "fd01::1")
	}
}

// validates has Linux ask a neighbour that it knows whether it is still there, as
// it does every half minute, and waits until it is.
func (l *lab) validates(guest *netns.Namespace, neighbour string) {
	l.Helper()
	ip := func(args ...string) (out []byte) {
		l.must(guest.Do(func() (err error) {
			out, err = exec.Command("ip", append([]string{"neigh"}, args...)...).CombinedOutput()
			return err
		}))
		return out
	}
	ip("change", neighbour, "lladdr", mr.String(), "dev", "eth0", "nud", "probe")
	for {
		state := string(ip("show", neighbour))
		if strings.Contains(state, "REACHABLE") {
			return
		}
		if strings.Contains(state, "FAILED") || state == "" {
			l.Fatalf("%s is gone: %s", neighbour, state)
		}
		time.Sleep(time.Millisecond)
	}
}

// through are routes to everywhere.
func (l *lab) through(gateways ...string) (routes []netns.Route) {
	for _, g := range gateways {
		via := netip.MustParseAddr(g)
		routes = append(routes, netns.Route{Destination: netip.PrefixFrom(via, 0).Masked(), Via: via})
	}
	return routes
}

// knows tells a guest the MAC of an IPv6 gateway, where only an agent would: on the
// kernel's datapath.
func (l *lab) knows(guest *netns.Namespace, gateway string) {
	l.Helper()
	if !l.kernel {
		return
	}
	l.must(guest.Do(func() error {
		return exec.Command("ip", "neigh", "replace", gateway, "lladdr", mr.String(), "dev", "eth0").Run()
	}))
}

// route gives a guest a second interface, with a namespace at 172.16.0.2
// behind it, and lets it forward.
func (l *lab) route(gateway *netns.Namespace, behind netip.Prefix) {
	l.Helper()
	far := l.newNetns()
	ctx := context.Background()
	l.must(gateway.Do(func() error {
		if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
			return err
		}
		return netns.CreateVeth(ctx, netns.Veth{Host: "eth1", Peer: "eth0", Netns: far.Path()})
	}))
	first := behind.Addr().Next()
	l.must(netns.Configure(ctx, gateway.Path(), "eth1", netns.Config{Addresses: []netip.Prefix{netip.PrefixFrom(first, 24)}}))
	l.must(netns.Configure(ctx, far.Path(), "eth0", netns.Config{
		Addresses: []netip.Prefix{netip.PrefixFrom(first.Next(), 24)}, Gateways: []netip.Addr{first}}))
}

// connect checks that a TCP connection carries some segments.
func (l *lab) connect(client, server *netns.Namespace, addr string) {
	l.Helper()
	var listener gonet.Listener
	l.must(server.Do(func() (err error) {
		listener, err = gonet.Listen("tcp", addr)
		return err
	}))
	defer listener.Close()
	go func() {
		if c, err := listener.Accept(); err == nil {
			c.Write(make([]byte, 100_000))
			c.Close()
		}
	}()
	l.must(client.Do(func() error {
		c, err := gonet.Dial("tcp", addr)
		if err != nil {
			return err
		}
		defer c.Close()
		if n, err := io.Copy(io.Discard, c); n != 100_000 {
			return fmt.Errorf("%d bytes by TCP from %s: %w", n, addr, err)
		}
		return nil
	}))
}
