package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func connectCommand(a *api) *cobra.Command {
	given := attributes{}
	c := &cobra.Command{
		Use: "connect [flags] ROUTER SUBNET", Short: "Connect a subnet to a virtual router, and print the id of the interface", Args: takes(2, 2),
		Long:              "Connect a subnet to a virtual router, which has the gateway of the subnet as its address there, or another. A subnet is in one router at most.",
		Example:           "  vlcp router connect edge blue4\n  vlcp router connect --ip 10.2.0.254 edge green4",
		ValidArgsFunction: a.completeEach(routers().ids(), subnetsIn("")),
		RunE: func(cmd *cobra.Command, args []string) error {
			i := client.RouterInterface{}
			if err := given.named("router", args[:1]).named("subnet", args[1:]).into(&i); err != nil {
				return fmt.Errorf("a router interface has no such attributes: %w", err)
			}
			return a.do(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				stored, err := c.RouterInterfaces().Create(ctx, i)
				if err == nil {
					fmt.Fprintln(cmd.OutOrStdout(), stored.ID)
				}
				return err
			})
		},
	}
	given.flags(c, []attribute{
		{flag: "ip", name: "ip_address", read: ip, usage: "the router's address there (default the subnet's gateway)"},
		{flag: "id", read: text, usage: "the id of the interface (default a random one)"},
	}, a)
	return c
}

func disconnectCommand(a *api) *cobra.Command {
	return &cobra.Command{
		Use: "disconnect [flags] ROUTER SUBNET", Short: "Take a subnet out of a virtual router, and print the id that the interface had", Args: takes(2, 2),
		Example: "  vlcp router disconnect edge blue4",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, given string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var router string
			if len(args) > 0 {
				router = args[0]
			}
			return a.completeEach(routers().ids(), subnetsIn(router))(cmd, args, given)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				found, err := c.RouterInterfaces().List(ctx, client.Filter{"router": args[0], "subnet": args[1]})
				switch {
				case err != nil:
					return err
				case len(found) == 0:
					return fmt.Errorf("subnet %s is not in virtual router %s; see vlcp router interface list --filter router=%s", args[1], args[0], args[0])
				}
				if err := c.RouterInterfaces().Delete(ctx, found[0].ID); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), found[0].ID)
				return nil
			})
		},
	}
}

// subnetsIn lists the subnets that are in a virtual router; "": in none.
func subnetsIn(router string) ids {
	return func(ctx context.Context, c *client.Client) (all []string, err error) {
		found, err := c.Subnets().List(ctx, client.Filter{"router": router})
		for _, s := range found {
			all = append(all, subnets().hinted(s))
		}
		return all, err
	}
}
