// Vlcp is the program that people run: an Agent with its Docker face and its
// management API. It is the parts of vlcp put together, and made to be copied:
// serve.go does the wiring, store.go chooses the store, config.go lists what users
// set. Whoever copies it leaves verbs.go out, which adds the configuration file and
// the other commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	c := &config{}
	command := &cobra.Command{
		Use: "serve", Short: "Run the agent, the Docker plugin and the management API", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), c) },
	}
	c.flags(command.Flags())
	if err := verbs(command, c).Run(ctx, os.Args[1:]); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "vlcp:", err)
		os.Exit(1)
	}
}
