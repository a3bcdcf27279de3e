package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
)

// output is how a command writes what it found.
type output struct {
	form   string // table, json or yaml
	format string // a template; "": by form
}

func (o *output) flag(c *cobra.Command) {
	c.Flags().StringVarP(&o.form, "output", "o", "table", "table, json or yaml")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
}

func (o *output) formatFlag(c *cobra.Command) {
	c.Flags().StringVar(&o.format, "format", "", "a Go template for each, such as '{{.ID}} {{json .}}'")
	_ = c.RegisterFlagCompletionFunc("format", cobra.NoFileCompletions)
	c.MarkFlagsMutuallyExclusive("output", "format")
}

// write writes v for programs, or rows, the first of which is the heading, for
// people.
func (o output) write(w io.Writer, v any, rows [][]string) error {
	switch o.form {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(v)
	case "yaml":
		return writeYAML(w, v)
	case "table":
		return writeTable(w, rows)
	}
	return fmt.Errorf("-o %s: use table, json or yaml", o.form)
}

// writeYAML writes what JSON has, in its order and with its names.
func writeYAML(w io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(raw, &node); err != nil { // JSON is YAML
		return err
	}
	block(&node)
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(&node); err != nil {
		return err
	}
	return e.Close()
}

// block makes YAML's usual form of JSON's.
func block(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		block(child)
	}
}

func writeTable(w io.Writer, rows [][]string) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}
