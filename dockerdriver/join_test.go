package dockerdriver

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	dnet "github.com/docker/go-plugins-helpers/network"
	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/network"
)

// attachment is a port with these addresses in these subnets.
func attachment(subnets []network.Subnet, addresses ...string) (a network.Attachment) {
	a.Subnets = subnets
	for _, text := range addresses {
		a.Port.Addresses = append(a.Port.Addresses, network.Address{Address: addr(text)})
	}
	return a
}

func TestGateways(t *testing.T) {
	four := network.Subnet{Prefix: prefix("192.168.1.0/24"), Gateway: addr("192.168.1.1")}
	six := network.Subnet{Prefix: prefix("fd00::/64"), Gateway: addr("fd00::1")}
	with := func(s network.Subnet, change func(*network.Subnet)) network.Subnet { change(&s); return s }
	auto := func(s *network.Subnet) { s.AutoGateway = true }
	disabled := func(s *network.Subnet) { s.DisableGateway = true }
	none := func(s *network.Subnet) { s.Gateway = netip.Addr{} }
	for name, tt := range map[string]struct {
		setting  string
		internal bool
		subnets  []network.Subnet
		own      []string
		want4    string
		want6    string
	}{
		"named":                    {"", false, []network.Subnet{four}, []string{"192.168.1.2"}, "192.168.1.1", ""},
		"both families":            {"", false, []network.Subnet{four, six}, []string{"192.168.1.2", "fd00::2"}, "192.168.1.1", "fd00::1"},
		"automatic":                {"", false, []network.Subnet{with(four, auto)}, []string{"192.168.1.2"}, "", ""},
		"automatic, auto":          {GatewayAuto, false, []network.Subnet{with(four, auto)}, []string{"192.168.1.2"}, "", ""},
		"automatic, always":        {GatewayAlways, false, []network.Subnet{with(four, auto)}, []string{"192.168.1.2"}, "192.168.1.1", ""},
		"one automatic":            {"", false, []network.Subnet{with(four, auto), six}, []string{"192.168.1.2", "fd00::2"}, "", "fd00::1"},
		"disabled":                 {GatewayAlways, false, []network.Subnet{with(four, disabled)}, []string{"192.168.1.2"}, "", ""},
		"internal":                 {GatewayAlways, true, []network.Subnet{four}, []string{"192.168.1.2"}, "", ""},
		"no gateway":               {GatewayAlways, false, []network.Subnet{with(four, none)}, []string{"192.168.1.2"}, "", ""},
		"the container is it":      {"", false, []network.Subnet{four}, []string{"192.168.1.1"}, "", ""},
		"a port without addresses": {},
	} {
		s := &Server{DefaultGateway: tt.setting}
		got := s.joined(dnet.JoinRequest{}, record.Network{Internal: tt.internal}, attachment(tt.subnets, tt.own...))
		if got.Gateway != tt.want4 || got.GatewayIPv6 != tt.want6 || got.DisableGatewayService {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func hostRoute(destination, nextHop string) network.Route {
	return network.Route{Destination: prefix(destination), NextHop: addr(nextHop)}
}

func TestHostRoutes(t *testing.T) {
	var log bytes.Buffer
	subnets := []network.Subnet{
		{Prefix: prefix("192.168.1.0/24"), HostRoutes: []network.Route{
			hostRoute("10.1.0.7/16", "192.168.1.254"), // masked
			hostRoute("10.2.0.0/16", "0.0.0.0"),
			hostRoute("192.168.1.0/25", "192.168.1.254"),
			hostRoute("192.168.1.0/24", "0.0.0.0"),    // is there anyway
			hostRoute("10.3.0.0/16", "192.168.1.2"),   // to itself
			hostRoute("10.4.0.0/16", "192.168.2.254"), // not on the link
			hostRoute("10.5.0.0/16", "fd00::9"),
		}},
		{Prefix: prefix("fd00::/64"), HostRoutes: []network.Route{
			hostRoute("2001:db8::/32", "fd00::9"), hostRoute("10.6.0.0/16", "0.0.0.0"),
		}},
	}
	got := hostRoutes(attachment(subnets, "192.168.1.2", "fd00::2"), slog.New(slog.NewTextHandler(&log, nil)))
	want := []network.Route{
		hostRoute("10.1.0.0/16", "192.168.1.254"), hostRoute("10.2.0.0/16", "0.0.0.0"), hostRoute("192.168.1.0/25", "192.168.1.254"),
		hostRoute("2001:db8::/32", "fd00::9"),
	}
	if diff := cmp.Diff(want, got, equateNetip); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, left := range []string{"10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16"} {
		if !strings.Contains(log.String(), "destination="+left) {
			t.Errorf("nothing is said of %s", left)
		}
	}
}

func TestStaticRoutes(t *testing.T) {
	for want, r := range map[dnet.StaticRoute]network.Route{
		{Destination: "10.1.0.0/16", RouteType: 0, NextHop: "192.168.1.254"}: hostRoute("10.1.0.0/16", "192.168.1.254"),
		{Destination: "10.2.0.0/16", RouteType: 1}:                           hostRoute("10.2.0.0/16", "0.0.0.0"),
		{Destination: "2001:db8::/32", RouteType: 1}:                         hostRoute("2001:db8::/32", "::"),
	} {
		if got := *staticRoute(r); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// Docker fails a container that is connected to docker_gwbridge with a route
// that covers it.
func TestRoutesDoNotCoverTheBridge(t *testing.T) {
	var log bytes.Buffer
	bridge := []netip.Prefix{prefix("172.18.0.0/16")}
	routes := []network.Route{hostRoute("172.16.0.0/12", "192.168.1.254"), hostRoute("10.0.0.0/8", "192.168.1.254"), hostRoute("172.18.5.0/24", "0.0.0.0")}
	got := withoutOverlap(routes, bridge, slog.New(slog.NewTextHandler(&log, nil)))
	if diff := cmp.Diff(routes[1:2], got, equateNetip); diff != "" || strings.Count(log.String(), "docker_gwbridge=172.18.0.0/16") != 2 {
		t.Errorf("(-want +got)\n%s\n%s", diff, &log)
	}
	if got := withoutOverlap(routes, nil, slog.Default()); len(got) != 3 {
		t.Errorf("without a bridge: %v", got)
	}
}

// Docker 28 takes a default route with a next hop as a gateway only.
func TestDefaultRoutesAreGateways(t *testing.T) {
	subnets := []network.Subnet{
		{Prefix: prefix("192.168.1.0/24"), Gateway: addr("192.168.1.1"), HostRoutes: []network.Route{
			hostRoute("0.0.0.0/0", "192.168.1.254"), hostRoute("10.0.0.0/8", "192.168.1.253"),
		}},
		{Prefix: prefix("fd00::/64"), HostRoutes: []network.Route{hostRoute("::/0", "fd00::9"), hostRoute("2000::/3", "::")}},
	}
	for _, internal := range []bool{false, true} {
		got := (&Server{}).joined(dnet.JoinRequest{}, record.Network{Internal: internal}, attachment(subnets, "192.168.1.2", "fd00::2"))
		if got.Gateway != "192.168.1.254" || got.GatewayIPv6 != "fd00::9" || len(got.StaticRoutes) != 2 {
			t.Errorf("internal %v: gateways %s and %s, routes %+v", internal, got.Gateway, got.GatewayIPv6, got.StaticRoutes)
		}
	}
	subnets[0].HostRoutes = []network.Route{hostRoute("0.0.0.0/0", "0.0.0.0")}
	subnets[0].Gateway = netip.Addr{}
	got := (&Server{}).joined(dnet.JoinRequest{}, record.Network{}, attachment(subnets[:1], "192.168.1.2"))
	if got.Gateway != "" || len(got.StaticRoutes) != 1 || got.StaticRoutes[0].RouteType != routeOnLink {
		t.Errorf("on the link: gateway %q, routes %+v", got.Gateway, got.StaticRoutes)
	}
}

func TestHasDefault(t *testing.T) {
	for name, tt := range map[string]struct {
		answer dnet.JoinResponse
		routes []network.Route
		want   bool
	}{
		"nothing":       {},
		"a route":       {routes: []network.Route{hostRoute("10.0.0.0/8", "192.168.1.254")}},
		"a gateway":     {answer: dnet.JoinResponse{Gateway: "192.168.1.1"}, want: true},
		"an IPv6 one":   {answer: dnet.JoinResponse{GatewayIPv6: "fd00::1"}, want: true},
		"as a route":    {routes: []network.Route{hostRoute("0.0.0.0/0", "192.168.1.254")}, want: true},
		"as IPv6 route": {routes: []network.Route{hostRoute("::/0", "fd00::1")}, want: true},
	} {
		if got := hasDefault(tt.answer, tt.routes); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPublishingIsWarnedOf(t *testing.T) {
	var log bytes.Buffer
	s := &Server{Log: slog.New(slog.NewTextHandler(&log, nil))}
	att := attachment([]network.Subnet{{Prefix: prefix("192.168.1.0/24"), Gateway: addr("192.168.1.1")}}, "192.168.1.2")
	ports := dnet.JoinRequest{Options: values{"com.docker.network.portmap": []any{values{"Port": 80}}}}
	s.joined(dnet.JoinRequest{Options: values{"com.docker.network.portmap": []any{}}}, record.Network{}, att)
	if log.Len() > 0 {
		t.Errorf("warned without ports: %s", &log)
	}
	s.joined(ports, record.Network{}, att)
	if !strings.Contains(log.String(), "not published") {
		t.Errorf("not warned: %s", &log)
	}
}
