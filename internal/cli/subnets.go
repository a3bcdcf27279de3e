package cli

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// withSubnets adds to network create what docker network create has: subnets with
// their gateways.
func withSubnets(c *cobra.Command, a *api) func(context.Context, *client.Client, client.Network) (client.Network, error) {
	var cidrs, gateways []string
	var router string
	c.Flags().StringSliceVar(&cidrs, "subnet", nil, "a subnet, by its `CIDR`, that is created too; may be repeated")
	c.Flags().StringSliceVar(&gateways, "gateway", nil, "the `ADDRESS` of the gateway of the subnet that contains it")
	c.Flags().StringVar(&router, "router", "", "the virtual router that the subnets are connected to, which has the gateways as its addresses")
	_ = c.RegisterFlagCompletionFunc("router", a.complete(routers().ids()))
	return func(ctx context.Context, api *client.Client, n client.Network) (client.Network, error) {
		subnets, err := subnetsOf(cidrs, gateways)
		if err != nil {
			return n, err
		}
		return api.CreateNetwork(ctx, client.NewNetwork{Network: n, Subnets: subnets, Router: router})
	}
}

// subnetsOf are the subnets, each with its gateway.
func subnetsOf(cidrs, gateways []string) (all []client.Subnet, err error) {
	for _, text := range cidrs {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--subnet %s: it is no network such as 10.1.0.0/24", text)
		}
		all = append(all, client.Subnet{Prefix: prefix})
	}
	for _, text := range gateways {
		gateway, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("--gateway %s: it is no address such as 10.1.0.1", text)
		}
		if err := place(gateway, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// place gives a gateway to the subnet that contains it.
func place(gateway netip.Addr, subnets []client.Subnet) error {
	for i := range subnets {
		if subnets[i].Prefix.Contains(gateway) && !subnets[i].Gateway.IsValid() {
			subnets[i].Gateway = gateway
			return nil
		}
	}
	return fmt.Errorf("--gateway %s: no --subnet contains it, or it has one", gateway)
}
