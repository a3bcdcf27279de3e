package cli

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func routers() kind[client.Router] {
	return kind[client.Router]{
		path: "router", title: "virtual router", resource: (*client.Client).Routers, naming: "id",
		long: "Manage virtual routers, which are on every host and forward between the subnets that are connected to them.",
		id:   func(r client.Router) string { return r.ID },
		attributes: []attribute{
			{flag: "route", name: "routes", read: pairs, usage: "`DESTINATION=NEXTHOP` of its static routes, all of them; may be repeated"},
		},
		columns: []column[client.Router]{
			{"ID", func(r client.Router) string { return r.ID }},
			{"MAC", func(r client.Router) string { return r.MAC }},
			{"SUBNETS", func(r client.Router) string {
				return joined(slices.SortedFunc(maps.Values(r.Interfaces), netip.Prefix.Compare))
			}},
			{"ROUTES", func(r client.Router) string { return routesOf(r.Routes) }},
		},
		examples: map[string]string{
			"create": "vlcp router create edge",
			"list":   "vlcp router list",
			"show":   "vlcp router show edge",
			"update": "vlcp router update --route 10.9.0.0/16=10.1.0.9 --route 0.0.0.0/0=10.2.0.9 edge",
			"delete": "vlcp router delete edge",
		},
		remove: deleteRouter,
	}
}

func routesOf(routes [][2]string) string {
	var all []string
	for _, r := range routes {
		all = append(all, r[0]+"="+r[1])
	}
	return strings.Join(all, ",")
}

// deleteRouter tells how a router gets rid of its interfaces.
func deleteRouter(c *client.Client, ctx context.Context, id string) error {
	err := c.Routers().Delete(ctx, id)
	if err == nil || client.IsNotFound(err) {
		return err
	}
	connected, listErr := c.RouterInterfaces().List(ctx, client.Filter{"router": id})
	if listErr != nil || len(connected) == 0 {
		return err
	}
	return fmt.Errorf("%w; the first with vlcp router disconnect %s %s", err, id, connected[0].Subnet)
}

// routerInterfaces are what connect and disconnect make and unmake.
func routerInterfaces() kind[client.RouterInterface] {
	return kind[client.RouterInterface]{
		path: "router interface", title: "router interface", resource: (*client.Client).RouterInterfaces, others: true,
		long: "Show the interfaces of virtual routers: vlcp router connect makes one, and vlcp router disconnect deletes it.",
		id:   func(i client.RouterInterface) string { return i.ID },
		columns: []column[client.RouterInterface]{
			{"ID", func(i client.RouterInterface) string { return i.ID }},
			{"ROUTER", func(i client.RouterInterface) string { return i.Router }},
			{"SUBNET", func(i client.RouterInterface) string { return i.Subnet }},
			{"NETWORK", func(i client.RouterInterface) string { return i.Network }},
			{"ADDRESS", func(i client.RouterInterface) string {
				if !i.Address.IsValid() {
					return "the gateway"
				}
				return i.Address.String()
			}},
		},
		examples: map[string]string{
			"list": "vlcp router interface list --filter router=edge",
			"show": "vlcp router interface show 5f0c6d1e",
		},
	}
}

// routerCommand is the command for virtual routers, with their interfaces.
func routerCommand(a *api) *cobra.Command {
	c := routers().command(a)
	c.AddCommand(connectCommand(a), disconnectCommand(a), routerInterfaces().command(a))
	return c
}
