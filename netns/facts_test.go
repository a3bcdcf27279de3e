package netns_test

import (
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/netns"
)

func TestRoutes(t *testing.T) {
	ns := sandbox(t)
	configure(t, ns, "p1", full)
	ip(t, ns, "route add 10.9.0.0/16 dev eth0 table 100")
	ip(t, ns, "route add 10.2.0.0/16 via 10.0.0.1 metric 50") // the same destination twice
	var got []netip.Prefix
	in(t, ns, func() (err error) {
		got, err = netns.Routes(t.Context())
		return err
	})
	got = slices.DeleteFunc(got, func(p netip.Prefix) bool { return p.Addr().IsLinkLocalUnicast() })
	want := prefixes("10.0.0.0/24", "10.2.0.0/16", "10.3.0.0/16", "fd00::/64", "fd01::/64")
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDefaultAddr(t *testing.T) {
	const two = "addr add 10.7.0.5/24 dev p1; addr add 10.8.0.5/24 dev p1; "
	tests := []struct{ name, setup, want string }{
		{"none", "", ""},
		{"no default route", two, ""},
		{"gateway in the second subnet", two + "route add default via 10.8.0.1", "10.8.0.5"},
		{"route without a gateway", two + "route add default dev p1", "10.7.0.5"},
		{"route with a source", two + "route add default via 10.8.0.1 src 10.7.0.5", "10.7.0.5"},
		{"the lower metric", two + "route add default via 10.7.0.1 metric 9; route add default via 10.8.0.1 metric 5", "10.8.0.5"},
		{"unreachable default", two + "route add unreachable default", ""},
		{"several next hops", two + "route add default nexthop via 10.8.0.1 dev p1 nexthop via 10.8.0.2 dev p1", "10.7.0.5"},
		{"IPv6", "addr add fd00::5/64 dev p1 nodad; -6 route add default via fe80::1 dev p1", "fd00::5"},
		{"IPv4 first", two + "addr add fd00::5/64 dev p1 nodad; -6 route add default via fd00::1; route add default via 10.8.0.1", "10.8.0.5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ns := sandbox(t)
			for _, args := range strings.Split("link set p1 up; "+tt.setup, "; ") {
				if args != "" {
					ip(t, ns, args)
				}
			}
			in(t, ns, func() error {
				got, err := netns.DefaultAddr(t.Context())
				if tt.want == "" {
					if !errors.Is(err, os.ErrNotExist) {
						t.Errorf("got %v, %v", got, err)
					}
					return nil
				}
				if got.String() != tt.want {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				return err
			})
		})
	}
}

func TestLinkOf(t *testing.T) {
	ns := sandbox(t)
	configure(t, ns, "p1", full)
	for _, addr := range []string{"10.0.0.5", "fd00::5", "::ffff:10.0.0.5"} {
		in(t, ns, func() error {
			name, mtu, err := netns.LinkOf(t.Context(), netip.MustParseAddr(addr))
			if name != "eth0" || mtu != 1450 {
				t.Errorf("%s is on %q with MTU %d", addr, name, mtu)
			}
			return err
		})
	}
	err := ns.Do(func() error {
		_, _, err := netns.LinkOf(t.Context(), netip.MustParseAddr("10.0.0.6"))
		return err
	})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "10.0.0.6") {
		t.Errorf("an address of nobody: %v", err)
	}
}
