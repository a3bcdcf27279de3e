package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	dnet "github.com/docker/go-plugins-helpers/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/network"
)

// Kinds of static routes of Docker.
const (
	routeVia    = 0
	routeOnLink = 1
)

// join tells Docker how to set up a container's interface, once packets are
// forwarded. All it says comes from the model, so that a plugin that was
// started meanwhile says the same.
func (s *Server) join(ctx context.Context, req dnet.JoinRequest) (answer dnet.JoinResponse, err error) {
	rec, err := s.recall(ctx, req.NetworkID)
	if err != nil {
		return answer, err
	}
	att, err := s.Driver.Ready(ctx, portID(req.EndpointID))
	if errors.Is(err, network.ErrNotFound) {
		return answer, fmt.Errorf("the endpoint was cleaned up, as if its container were gone: start the container again: %w", err)
	}
	if err != nil {
		return answer, err
	}
	s.endpoints.put(req.EndpointID, att)
	return s.joined(req, rec, att), nil
}

func (s *Server) joined(req dnet.JoinRequest, rec record.Network, att network.Attachment) (answer dnet.JoinResponse) {
	log := s.log().With("network", req.NetworkID, "endpoint", req.EndpointID)
	answer.InterfaceName = dnet.InterfaceName{SrcName: att.Device, DstPrefix: "eth"}
	s.setGateways(&answer, rec, att)
	routes := withoutDefaults(&answer, hostRoutes(att, log))
	switch {
	case rec.Internal:
	case !hasDefault(answer, routes):
		routes = withoutOverlap(routes, bridgePrefixes(), log)
	case publishes(req.Options):
		log.Warn("ports are not published (-p): the container's way out is the network's gateway, not docker_gwbridge; create the network without --gateway, or with -o subnet:disablegateway=true")
	}
	for _, r := range routes {
		answer.StaticRoutes = append(answer.StaticRoutes, staticRoute(r))
	}
	return answer
}

// publishes tells whether ports of the container are to be published.
func publishes(options map[string]any) bool {
	ports, _ := options["com.docker.network.portmap"].([]any)
	return len(ports) > 0
}

// setGateways names the gateways that become the container's default routes.
// Where there is none, Docker connects the container to docker_gwbridge too,
// which has the way out and publishes ports (-p). So DisableGatewayService,
// which prevents that, is never set.
func (s *Server) setGateways(answer *dnet.JoinResponse, rec record.Network, att network.Attachment) {
	if rec.Internal {
		return
	}
	for i, sub := range att.Subnets {
		switch {
		case !s.isDefaultRoute(sub, att.Port.Addresses[i].Address):
		case sub.Gateway.Is4():
			answer.Gateway = sub.Gateway.String()
		default:
			answer.GatewayIPv6 = sub.Gateway.String()
		}
	}
}

func (s *Server) isDefaultRoute(sub network.Subnet, own netip.Addr) bool {
	switch {
	case !sub.Gateway.IsValid() || sub.DisableGateway || sub.Gateway == own:
		return false
	case sub.AutoGateway:
		return s.DefaultGateway == GatewayAlways
	}
	return true
}

// hostRoutes are the static routes that the container can have. Docker fails
// the container on one with a next hop that is not on its link.
func hostRoutes(att network.Attachment, log *slog.Logger) (routes []network.Route) {
	for i, sub := range att.Subnets {
		own := att.Port.Addresses[i].Address
		for _, r := range sub.HostRoutes {
			r.Destination = r.Destination.Masked()
			switch {
			case r.NextHop == own, r.Destination == sub.Prefix:
			case r.Destination.Addr().Is4() != own.Is4() || !r.NextHop.IsUnspecified() && !sub.Prefix.Contains(r.NextHop):
				log.Warn("host route left out: its next hop is not in the subnet",
					"destination", r.Destination, "next_hop", r.NextHop, "subnet", sub.Prefix)
			default:
				routes = append(routes, r)
			}
		}
	}
	return routes
}

// withoutDefaults makes gateways of the default routes that have a next hop:
// Docker 28 fails a container on a static one, which other versions take for a
// gateway too.
func withoutDefaults(answer *dnet.JoinResponse, routes []network.Route) (rest []network.Route) {
	for _, r := range routes {
		switch {
		case r.Destination.Bits() > 0 || r.NextHop.IsUnspecified():
			rest = append(rest, r)
		case r.NextHop.Is4():
			answer.Gateway = r.NextHop.String()
		default:
			answer.GatewayIPv6 = r.NextHop.String()
		}
	}
	return rest
}

// hasDefault tells whether the container gets a default route from us, so that
// Docker leaves docker_gwbridge out.
func hasDefault(answer dnet.JoinResponse, routes []network.Route) bool {
	for _, r := range routes {
		if r.Destination.Bits() == 0 {
			return true
		}
	}
	return answer.Gateway != "" || answer.GatewayIPv6 != ""
}

// withoutOverlap leaves out the routes that cover docker_gwbridge: Docker fails
// a container whose routes conflict with it.
func withoutOverlap(routes []network.Route, bridge []netip.Prefix, log *slog.Logger) (kept []network.Route) {
	for _, r := range routes {
		if p, overlaps := overlap(r.Destination, bridge); overlaps {
			log.Warn("host route left out: it covers docker_gwbridge, which Docker connects the container to; give that another subnet, or the network a --gateway",
				"destination", r.Destination, "docker_gwbridge", p)
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

func overlap(p netip.Prefix, others []netip.Prefix) (netip.Prefix, bool) {
	for _, o := range others {
		if p.Overlaps(o) {
			return o, true
		}
	}
	return netip.Prefix{}, false
}

// bridgePrefixes are the subnets of docker_gwbridge; none before Docker made it.
func bridgePrefixes() (prefixes []netip.Prefix) {
	link, err := net.InterfaceByName("docker_gwbridge")
	if err != nil {
		return nil
	}
	addrs, err := link.Addrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLinkLocalUnicast() {
			prefixes = append(prefixes, p.Masked())
		}
	}
	return prefixes
}

func staticRoute(r network.Route) *dnet.StaticRoute {
	if r.NextHop.IsUnspecified() {
		return &dnet.StaticRoute{Destination: r.Destination.String(), RouteType: routeOnLink}
	}
	return &dnet.StaticRoute{Destination: r.Destination.String(), RouteType: routeVia, NextHop: r.NextHop.String()}
}
