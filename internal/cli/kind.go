package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// kind is a kind of objects, and what is particular about its commands.
type kind[T any] struct {
	path, title string // "physical port", "physical port"
	long        string
	resource    func(*client.Client) client.Resource[T]
	id          func(T) string
	hint        func(T) string // tells people which one it is, in completions
	naming      string         // the attribute that create has as its argument
	required    bool           // create must have it
	attributes  []attribute
	columns     []column[T]       // of a list
	examples    map[string]string // by command
	hosts       bool              // they enter themselves: no create and update
	others      bool              // other commands make and unmake them: only list and show

	// create creates one; nil: by its attributes alone.
	create func(*cobra.Command, *api) func(context.Context, *client.Client, T) (T, error)
	// remove deletes one; nil: it and nothing else.
	remove func(*client.Client, context.Context, string) error
}

// column is a column of a list.
type column[T any] struct {
	heading string
	cell    func(T) string
}

// command is the command for a kind, with those below it.
func (k kind[T]) command(a *api) *cobra.Command {
	c := group(k.path[strings.LastIndex(k.path, " ")+1:], "Manage "+k.title+"s")
	c.Long = k.long
	c.AddCommand(k.listCommand(a), k.showCommand(a))
	if !k.others {
		c.AddCommand(k.deleteCommand(a))
	}
	if !k.others && !k.hosts {
		c.AddCommand(k.createCommand(a), k.updateCommand(a))
	}
	for _, sub := range c.Commands() {
		sub.Example = "  " + k.examples[sub.Name()]
	}
	return c
}

// explain tells where to look for what does not exist.
func (k kind[T]) explain(err error) error {
	if client.IsNotFound(err) {
		return fmt.Errorf("%w; see vlcp %s list", err, k.path)
	}
	return err
}
