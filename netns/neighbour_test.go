package netns_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/netns"
)

// TestResolve has a wrong neighbour replaced by what the network says, for an
// address on the link and for one behind a router.
func TestResolve(t *testing.T) {
	for _, to := range []string{"10.0.0.2", "10.5.0.9"} {
		here, there := newNS(t), newNS(t)
		create(t, here, netns.Veth{Host: "p0", Peer: "p1", Netns: there.Path(), MAC: mac})
		ip(t, there, "addr add 10.0.0.2/24 dev p1")
		ip(t, there, "link set p1 up")
		ip(t, here, "addr add 10.0.0.1/24 dev p0")
		ip(t, here, "route add 10.5.0.0/16 via 10.0.0.2")
		ip(t, here, "neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 nud reachable dev p0")
		in(t, here, func() error { return netns.Resolve(t.Context(), netip.MustParseAddr(to)) })
		deadline := time.Now().Add(10 * time.Second)
		for !strings.Contains(ip(t, here, "neigh show 10.0.0.2"), mac.String()) {
			if time.Now().After(deadline) {
				t.Fatalf("%s is not resolved", to)
			}
		}
	}
}

func TestResolveLeavesWhatTheOperatorSays(t *testing.T) {
	ns := sandbox(t)
	configure(t, ns, "p1", full)
	ip(t, ns, "neigh replace 10.0.0.77 lladdr 02:00:00:00:00:99 nud permanent dev eth0")
	in(t, ns, func() error { return netns.Resolve(t.Context(), netip.MustParseAddr("10.0.0.77")) })
	if got := ip(t, ns, "neigh show 10.0.0.77"); !strings.Contains(got, "02:00:00:00:00:99") || !strings.Contains(got, "PERMANENT") {
		t.Errorf("neighbour is %q", got)
	}
}

func TestResolveWithoutARoute(t *testing.T) {
	ns := newNS(t)
	in(t, ns, func() error {
		if err := netns.Resolve(t.Context(), netip.MustParseAddr("10.9.9.9")); err == nil {
			t.Error("no error without a route")
		}
		return nil
	})
}
