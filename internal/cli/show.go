package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func (k kind[T]) showCommand(a *api) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use: "show [flags] ID...", Aliases: []string{"inspect"}, Short: "Show all about " + k.title + "s", Args: takes(1, many),
		ValidArgsFunction: a.complete(k.ids()),
		RunE: func(cmd *cobra.Command, args []string) error {
			var items []T
			err := a.do(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				return forEach(args, func(id string) error {
					item, err := k.resource(c).Get(ctx, id)
					if err == nil {
						items = append(items, item)
					}
					return k.explain(err)
				})
			})
			if len(items) == 0 {
				return err
			}
			rows, unreadable := sheets(items)
			return errors.Join(err, unreadable, k.write(cmd.OutOrStdout(), out, items, rows))
		},
	}
	out.flag(c)
	out.formatFlag(c)
	return c
}

// sheets has a row for each attribute of each item, and an empty one between
// items.
func sheets[T any](items []T) (rows [][]string, err error) {
	for i, item := range items {
		raw, err := json.Marshal(item)
		if err != nil {
			return nil, err
		}
		var node yaml.Node // which keeps the order
		if err := yaml.Unmarshal(raw, &node); err != nil {
			return nil, err
		}
		if i > 0 {
			rows = append(rows, nil)
		}
		pairs := node.Content[0].Content
		for j := 0; j+1 < len(pairs); j += 2 {
			rows = append(rows, []string{pairs[j].Value, plain(pairs[j+1])})
		}
	}
	return rows, nil
}

// plain is a value in one line: lists have commas in between, and what is in them
// spaces.
func plain(n *yaml.Node) string { return inLine(n, ", ") }

func inLine(n *yaml.Node, between string) string {
	var parts []string
	for i, e := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode:
			parts = append(parts, inLine(e, " "))
		case i%2 == 1:
			parts = append(parts, n.Content[i-1].Value+"="+inLine(e, " "))
		}
	}
	return n.Value + strings.Join(parts, between)
}
