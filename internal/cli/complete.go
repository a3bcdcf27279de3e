package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// ids lists what exists of a kind: ids, or "id\twhat it is", as cobra has it.
type ids func(ctx context.Context, c *client.Client) ([]string, error)

// ids lists the ids of a kind, with the hints.
func (k kind[T]) ids() ids {
	return func(ctx context.Context, c *client.Client) (all []string, err error) {
		items, err := k.resource(c).List(ctx, nil)
		for _, item := range items {
			all = append(all, k.hinted(item))
		}
		return all, err
	}
}

func (k kind[T]) hinted(item T) string {
	if k.hint == nil || k.hint(item) == "" {
		return k.id(item)
	}
	return cobra.CompletionWithDesc(k.id(item), k.hint(item))
}

// fixedIDs are all that there can be.
func fixedIDs(all ...string) ids {
	return func(context.Context, *client.Client) ([]string, error) { return all, nil }
}

// complete is the completion of ids, for the shell: soon, or nothing. Those that
// are there are not offered again.
func (a *api) complete(list ids) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), 2*time.Second)
		defer cancel()
		var found []string
		err := a.do(ctx, func(ctx context.Context, c *client.Client) (err error) {
			found, err = list(ctx, c)
			return err
		})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.DeleteFunc(found, func(hinted string) bool {
			id, _, _ := strings.Cut(hinted, "\t")
			return slices.Contains(args, id)
		}), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeEach is complete for a command that takes one id of each list.
func (a *api) completeEach(lists ...ids) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, given string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= len(lists) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.complete(lists[len(args)])(cmd, nil, given)
	}
}
