package vlcp_test

import (
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// TestRouters has containers on two hosts talk by way of a virtual router, while
// things come and go.
func TestRouters(t *testing.T) {
	s := newSite(t, "")
	s.physical()
	s.network("red", "tunnels", 1, 4)
	s.network("blue", "tunnels", 2)
	s.network("green", "trunk", 3)
	s.network("grey", "tunnels", 2) // in no router, with the addresses of blue
	_, err := s.model.CreateRouters(t.Context(), network.Router{ID: "r"})
	s.ok(err)
	s.connect("red1", "red1six", "red4", "red4six", "blue2", "blue2six", "green3", "green3six")

	red := s.guest("red", "red", 1, 10, 0)
	red4 := s.guest("red4", "red", 4, 10, 1)
	blueHere := s.guest("blue-here", "blue", 2, 10, 0)
	blue := s.guest("blue", "blue", 2, 20, 1)
	greenHere := s.guest("green-here", "green", 3, 10, 0)
	green := s.guest("green", "green", 3, 20, 1)
	grey := s.guest("grey", "grey", 2, 20, 0)
	grey2 := s.guest("grey2", "grey", 2, 10, 1)

	s.reaches(red, "10.1.0.1", "10.2.0.1", "10.3.0.1", "10.4.0.1", "fd01::1", "fd02::1")
	s.reaches(red, blueHere.v4, blueHere.v6, blue.v4, blue.v6, greenHere.v4, greenHere.v6, green.v4, green.v6, red4.v4, red4.v6)
	s.reaches(green, red.v4, red.v6, blue.v4, blue.v6, blueHere.v4, greenHere.v4)
	for _, g := range []*guest{blueHere, blue, green} {
		for _, addr := range []string{g.v4, g.v6} {
			(&lab{TB: t}).transfer(red.Namespace, g.Namespace, netip.MustParseAddr(addr))
		}
	}

	s.reaches(grey, grey2.v4, grey2.v6)
	s.never(grey, red.v4)
	s.never(grey, "10.2.0.1")
	s.never(grey, "10.1.0.1")

	t.Run("static route", func(t *testing.T) { s.in(t).staticRoute(red, green, blue) })
	t.Run("port moves", func(t *testing.T) {
		s := s.in(t)
		s.unplug(blue)
		s.plug(blue, 0)
		s.reaches(red, blue.v4, blue.v6)
		s.reaches(green, blue.v4, blue.v6)
		s.reaches(blue, green.v4, red4.v6)
	})
	t.Run("agents die", func(t *testing.T) { s.in(t).agentsDie(red, green) })
	t.Run("interface goes", func(t *testing.T) {
		s := s.in(t)
		s.ok(s.model.DeleteRouterInterfaces(t.Context(), "blue2"))
		s.loses(red, blue.v4)
		s.loses(green, blue.v4)
		s.loses(blue, "10.2.0.1")
		s.reaches(red, blue.v6, green.v4)
		s.reaches(blueHere, blue.v4)
		s.connect("blue2")
		s.reaches(red, blue.v4)
		s.reaches(green, blue.v4)
	})
}

// in is the site for a part of the test.
func (s *site) in(t *testing.T) *site {
	part := *s
	part.TB = t
	return &part
}

// staticRoute has a container forward to what is behind it, for two others.
func (s *site) staticRoute(one, other, forwarder *guest) {
	const behind = "172.16.0.2"
	s.never(one, behind)
	far, err := netns.New()
	s.ok(err)
	s.Cleanup(func() { far.Close() })
	s.ok(forwarder.Do(func() error {
		return netns.CreateVeth(s.Context(), netns.Veth{Host: "eth1", Peer: "eth0", Netns: far.Path()})
	}))
	s.ok(netns.Configure(s.Context(), forwarder.Path(), "eth1", netns.Config{Addresses: []netip.Prefix{netip.MustParsePrefix("172.16.0.1/24")}}))
	s.ok(netns.Configure(s.Context(), far.Path(), "eth0", netns.Config{
		Addresses: []netip.Prefix{netip.MustParsePrefix("172.16.0.2/24")}, Gateways: []netip.Addr{netip.MustParseAddr("172.16.0.1")}}))
	_, err = forwarder.in("sysctl -w net.ipv4.ip_forward=1")
	s.ok(err)
	s.setRoutes(network.Route{Destination: netip.MustParsePrefix("172.16.0.0/24"), NextHop: netip.MustParseAddr(forwarder.v4)})
	s.reaches(one, behind)
	s.reaches(other, behind)
	s.setRoutes()
	s.loses(one, behind)
}

func (s *site) setRoutes(routes ...network.Route) {
	s.Helper()
	_, err := s.model.UpdateRouters(s.Context(), network.Change[network.Router]{ID: "r", Edit: func(r *network.Router) error {
		r.Routes = routes
		return nil
	}})
	s.ok(err)
}

// agentsDie ends the agents and starts them again: flows go on without them, and
// the next ones change none.
func (s *site) agentsDie(one, other *guest) {
	for _, h := range s.hosts {
		h.end()
	}
	s.asks(one, "10.1.0.1")
	s.asks(other, "10.3.0.1")
	s.reaches(one, other.v4)
	if testenv.Datapath() == "netdev" { // on the kernel's, the agent answers
		s.asks(one, "fd01::1")
		s.reaches(one, other.v6)
	}
	for i, h := range s.hosts {
		s.start(i)
		_, err := h.Ready(s.Context(), []string{"red", "green"}[i])
		s.ok(err)
		if n := h.sw.changes.Load(); n > 0 {
			s.Errorf("the agent of %s changed flows %d times", h.id, n)
		}
	}
	s.asks(one, "fd01::1")
	s.reaches(one, other.v4, other.v6)
}

// TestRouterQuestions has what the kernel's datapath can't do left to the agent,
// also where the datapath is another: it answers solicitations for a router's
// addresses, and nobody does while it is dead.
func TestRouterQuestions(t *testing.T) {
	s := newSite(t, "system")
	s.physical()
	s.network("red", "tunnels", 1)
	s.network("blue", "tunnels", 2)
	_, err := s.model.CreateRouters(t.Context(), network.Router{ID: "r"})
	s.ok(err)
	s.connect("red1", "red1six", "blue2", "blue2six")
	red, blue := s.guest("red", "red", 1, 10, 0), s.guest("blue", "blue", 2, 10, 1)
	s.reaches(red, "fd01::1", "fd02::1", blue.v6)
	s.asks(red, "fd01::1")
	s.hosts[0].end()
	s.reaches(red, blue.v6) // what it knows it goes on using
	_, err = red.in("ip neigh del fd01::1 dev eth0")
	s.ok(err)
	s.never(red, blue.v6)
	s.reaches(red, blue.v4)
	s.start(0)
	s.reaches(red, blue.v6)
}
