package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// watchable are the kinds of objects that can be followed.
var watchable = []string{"networks", "subnets", "ports", "routers", "router-interfaces", "physical-networks", "physical-ports", "hosts"}

func watchCommand(a *api) *cobra.Command {
	w := newWatcher()
	c := &cobra.Command{
		Use: "watch [flags] [KIND...]", Short: "Follow what changes", Args: takes(0, many),
		Long: "Follow what is created, changed and deleted, until it is interrupted. The kinds are " + strings.Join(watchable, ", ") +
			"; without one it is all of them.\n\nAn agent that goes away is waited for. Once it is back comes resumed, and then what is " +
			"different from before: of what happened several times meanwhile, only the outcome.",
		Example:           "  vlcp watch networks ports\n  vlcp watch --all -o json",
		ValidArgsFunction: cobra.FixedCompletions(watchable, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, kinds []string) error {
			if w.form != "table" && w.form != "json" {
				return fmt.Errorf("-o %s: use table or json", w.form)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			w.out = cmd.OutOrStdout()
			return a.explain(follow(cmd.Context(), c, w, kinds, cmd.ErrOrStderr()))
		},
	}
	c.Flags().StringVarP(&w.form, "output", "o", "table", "table, or json: an object for each change, in a line")
	c.Flags().BoolVar(&w.all, "all", false, "begin with what exists")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp))
	c.Flags().AddFlagSet(a.flagSet)
	return c
}

// The time between two attempts to reach an agent that went away.
const (
	shortest = 100 * time.Millisecond
	longest  = 10 * time.Second
)

// follow gives a watcher what a watch of the agent delivers, and after its end,
// which log is told, what another one does: until ctx ends, or what is wrong does
// not pass by waiting. An agent that was never there is such a thing.
func follow(ctx context.Context, c *client.Client, w *watcher, kinds []string, log io.Writer) error {
	wait, began, lost := shortest, false, false
	take := func(e client.Event) error {
		if lost {
			if err := w.resume(); err != nil {
				return err
			}
		}
		wait, began, lost = shortest, true, false
		return w.take(e)
	}
	for {
		err := c.Watch(ctx, take, kinds...)
		if !began || !passes(err) {
			return err
		}
		if !lost {
			fmt.Fprintf(log, "vlcp: %v; waiting for the agent\n", err)
		}
		lost = true
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, longest)
	}
}

// passes tells whether the error of a watch is one of an agent that is started
// again, or can't answer at the moment.
func passes(err error) bool {
	var (
		said    *client.Error
		op      *net.OpError
		timeout net.Error
	)
	switch {
	case errors.Is(err, client.ErrEnded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case errors.As(err, &said):
		return said.Status >= http.StatusInternalServerError || said.Status == http.StatusRequestTimeout || said.Status == http.StatusTooManyRequests
	case errors.Is(err, context.Canceled), errors.Is(err, fs.ErrPermission):
		return false
	case errors.As(err, &op): // the others are alerts of TLS
		return slices.Contains([]string{"dial", "read", "write"}, op.Op)
	}
	return errors.As(err, &timeout) && timeout.Timeout()
}
