package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func (k kind[T]) listCommand(a *api) *cobra.Command {
	var out output
	var quiet bool
	var filters []string
	c := &cobra.Command{
		Use: "list [flags]", Aliases: []string{"ls"}, Short: "List " + k.title + "s", Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := parseFilters(filters)
			if err != nil {
				return err
			}
			var items []T
			err = a.do(cmd.Context(), func(ctx context.Context, c *client.Client) (err error) {
				items, err = k.resource(c).List(ctx, filter)
				return err
			})
			switch {
			case err != nil:
				return err
			case quiet:
				return k.writeIDs(cmd.OutOrStdout(), items)
			}
			return k.write(cmd.OutOrStdout(), out, items, k.table(items))
		},
	}
	out.flag(c)
	out.formatFlag(c)
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "only ids")
	c.MarkFlagsMutuallyExclusive("quiet", "format")
	c.MarkFlagsMutuallyExclusive("quiet", "output")
	c.Flags().StringArrayVarP(&filters, "filter", "f", nil, "only those with this attribute, `NAME=VALUE`; may be repeated")
	return c
}

// parseFilters reads NAME=VALUE.
func parseFilters(texts []string) (client.Filter, error) {
	filter := client.Filter{}
	for _, text := range texts {
		name, value, found := strings.Cut(text, "=")
		if _, twice := filter[name]; !found || twice {
			return nil, fmt.Errorf("--filter %s: give NAME=VALUE, each name once", text)
		}
		filter[name] = value
	}
	return filter, nil
}

func (k kind[T]) writeIDs(w io.Writer, items []T) error {
	for _, item := range items {
		if _, err := fmt.Fprintln(w, k.id(item)); err != nil {
			return err
		}
	}
	return nil
}

// table has a row for each item.
func (k kind[T]) table(items []T) [][]string {
	rows := make([][]string, len(items)+1)
	for _, column := range k.columns {
		rows[0] = append(rows[0], column.heading)
		for i, item := range items {
			rows[i+1] = append(rows[i+1], column.cell(item))
		}
	}
	return rows
}

// write writes items, by their template if there is one.
func (k kind[T]) write(w io.Writer, out output, items []T, rows [][]string) error {
	if out.format == "" {
		return out.write(w, items, rows)
	}
	t, err := template.New("--format").Funcs(template.FuncMap{"json": toJSON}).Parse(out.format)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := t.Execute(w, item); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}

func toJSON(v any) (string, error) {
	raw, err := json.Marshal(v)
	return string(raw), err
}
