// Package cli is the command line of vlcp: what is beside serve, and what serve
// has in common with it, the configuration file and the environment.
package cli

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Program is what the commands need of the program that has them.
type Program struct {
	Version   string         // "": as Go has it
	Serve     *cobra.Command // runs the agent; its flags are the configuration, and store is one of them
	Check     func() error   // tells what is wrong with the values of Serve's flags, beyond their types
	OpenStore func(ctx context.Context, url string, log *slog.Logger) (kvstore.Store, error)
}

// Run carries out one command; without a verb it is serve.
func (p Program) Run(ctx context.Context, args []string) error {
	return p.command(args).ExecuteContext(ctx)
}

func (p Program) command(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:           "vlcp",
		Short:         "vlcp gives Docker containers networks on Open vSwitch",
		Long:          "vlcp gives Docker containers networks on Open vSwitch. Without a command it is vlcp serve.",
		SilenceErrors: true, // who calls Run says it
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return requireFlags(cmd) }
	s := newSettings(p)
	root.AddCommand(p.Serve, s.command(), storeCommand(p), p.versionCommand(), manCommand())
	root.AddCommand(objectCommands()...)
	root.SetArgs(withVerb(root, args))
	return root
}

// withVerb puts serve before arguments that have no verb.
func withVerb(root *cobra.Command, args []string) []string {
	if len(args) > 0 && (args[0] == "-h" || args[0] == "--help") {
		return args
	}
	flagFirst := len(args) == 0 || strings.HasPrefix(args[0], "-")
	if found, _, err := root.Find(args); flagFirst && (err != nil || found == root) {
		return append([]string{"serve"}, args...)
	}
	return args
}

func (p Program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Show the version", Example: "  vlcp version", Args: takes(0, 0),
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "vlcp", cmp.Or(p.Version, buildVersion()))
		},
	}
}

// buildVersion is the version that Go gave the program.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown version"
	}
	return info.Main.Version
}
