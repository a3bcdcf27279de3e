package host

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// interfaceConfig is how a port's interface is configured where no face does
// it: addresses, a default route unless the subnet has none, and the subnets'
// static routes.
func interfaceConfig(a network.Attachment, name string) netns.Config {
	c := netns.Config{Name: name, MTU: a.Network.MTU}
	for i, s := range a.Subnets {
		own := a.Port.Addresses[i].Address
		c.Addresses = append(c.Addresses, netip.PrefixFrom(own, s.Prefix.Bits()))
		if s.Gateway.IsValid() && !s.DisableGateway {
			c.Gateways = append(c.Gateways, s.Gateway)
		}
		for _, r := range s.HostRoutes {
			if r.NextHop != own {
				c.Routes = append(c.Routes, routeConfig(r))
			}
		}
	}
	return c
}

func routeConfig(r network.Route) netns.Route {
	if r.NextHop.IsUnspecified() {
		return netns.Route{Destination: r.Destination}
	}
	return netns.Route{Destination: r.Destination, Via: r.NextHop}
}
