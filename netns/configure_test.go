package netns_test

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/netns"
)

var (
	prefixes = func(s ...string) (out []netip.Prefix) {
		for _, p := range s {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	addrs = func(s ...string) (out []netip.Addr) {
		for _, a := range s {
			out = append(out, netip.MustParseAddr(a))
		}
		return out
	}
	route = func(to, via string) netns.Route {
		r := netns.Route{Destination: netip.MustParsePrefix(to)}
		if via != "" {
			r.Via = netip.MustParseAddr(via)
		}
		return r
	}
)

var full = netns.Config{
	Name:      "eth0",
	MTU:       1450,
	Addresses: prefixes("10.0.0.5/24", "fd00::5/64"),
	Gateways:  addrs("10.0.0.1", "fd00::1"),
	Routes:    []netns.Route{route("10.3.0.0/16", "10.2.0.9"), route("10.2.0.1/16", ""), route("fd01::/64", "fd00::9")},
}

// sandbox makes a namespace with an interface p1 whose other end is up.
func sandbox(t *testing.T) *netns.Namespace {
	t.Helper()
	host, ns := newNS(t), newNS(t)
	create(t, host, netns.Veth{Host: "v1", Peer: "p1", Netns: ns.Path()})
	return ns
}

func configure(t *testing.T, ns *netns.Namespace, name string, c netns.Config) {
	t.Helper()
	if err := netns.Configure(t.Context(), ns.Path(), name, c); err != nil {
		t.Fatal(err)
	}
}

func TestConfigure(t *testing.T) {
	ns := sandbox(t)
	for _, name := range []string{"p1", "p1", "eth0"} { // once more with each name
		configure(t, ns, name, full)
		checkLines(t, ip(t, ns, "-o addr show"), "inet 10.0.0.5/24 brd 10.0.0.255", "inet6 fd00::5/64 scope global nodad")
		checkLines(t, ip(t, ns, "-o link show"), "eth0@", "mtu 1450", "MULTICAST,UP", "lo: <LOOPBACK,UP")
		checkLines(t, ip(t, ns, "route"), "default via 10.0.0.1 dev eth0", "10.2.0.0/16 dev eth0 scope link", "10.3.0.0/16 via 10.2.0.9 dev eth0")
		checkLines(t, ip(t, ns, "-6 route"), "default via fd00::1 dev eth0", "fd01::/64 via fd00::9 dev eth0")
	}
	if n := strings.Count(ip(t, ns, "route")+ip(t, ns, "-6 route"), "default"); n != 2 {
		t.Errorf("%d default routes, want one of each family", n)
	}
}

func checkLines(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("no %q in\n%s", w, out)
		}
	}
}

func TestConfigureErrors(t *testing.T) {
	tests := []struct {
		name, ifname string
		c            netns.Config
		says         string
		absent       bool
	}{
		{"no such interface", "absent", netns.Config{}, "no such interface", true},
		{"neither name", "absent", netns.Config{Name: "absent2"}, "no such interface", true},
		{"gateway off the link", "p1", netns.Config{Gateways: addrs("192.0.2.1")}, "route 0.0.0.0/0 via 192.0.2.1", false},
		{"MTU too small", "p1", netns.Config{MTU: 10}, "MTU 10", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := netns.Configure(t.Context(), sandbox(t).Path(), tt.ifname, tt.c)
			if err == nil || !strings.Contains(err.Error(), tt.says) || errors.Is(err, os.ErrNotExist) != tt.absent {
				t.Errorf("got %v", err)
			}
		})
	}
	err := netns.Configure(t.Context(), "/run/netns/absent", "eth0", full)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent namespace: %v", err)
	}
}
