package cli

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"
)

// objectCommands are the commands on objects, with how the agent is reached.
func objectCommands() []*cobra.Command {
	a := newAPI()
	physical := group("physical", "Manage physical networks and their ports")
	physical.AddCommand(physicalNetworks().command(a), physicalPorts().command(a))
	all := []*cobra.Command{networks().command(a), subnets().command(a), ports().command(a), routerCommand(a), physical, hosts().command(a)}
	for _, c := range all {
		c.PersistentFlags().AddFlagSet(a.flagSet)
	}
	return append(all, watchCommand(a))
}

func joined[T fmt.Stringer](all []T) string {
	var parts []string
	for _, v := range all {
		parts = append(parts, v.String())
	}
	return strings.Join(parts, ",")
}

func nonzero[T int | uint32](n T) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func valid(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
