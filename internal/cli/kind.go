package cli

import (
	"context"
	"errors"
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
	naming      string // the attribute that create has as its argument
	required    bool   // create must have it
	attributes  []attribute
	columns     []column[T]       // of a list
	examples    map[string]string // by command
	hosts       bool              // they enter themselves: no create and update

	// also adds flags to create, and tells what to do once the object is there.
	also func(*cobra.Command) func(context.Context, *client.Client, T) error
	// remove deletes one; nil: simply that.
	remove func(ctx context.Context, c *client.Client, id string) error
}

// column is a column of a list.
type column[T any] struct {
	heading string
	cell    func(T) string
}

func (k kind[T]) ids() ids { return idsOf(k.resource, k.id) }

// command is the command for a kind, with those below it.
func (k kind[T]) command(a *api) *cobra.Command {
	c := group(k.path[strings.LastIndex(k.path, " ")+1:], "Manage "+k.title+"s")
	c.Long = k.long
	if !k.hosts {
		c.AddCommand(k.createCommand(a), k.updateCommand(a))
	}
	c.AddCommand(k.listCommand(a), k.showCommand(a), k.deleteCommand(a))
	for _, sub := range c.Commands() {
		sub.Example = "  " + k.examples[sub.Name()]
	}
	return c
}

func (k kind[T]) createCommand(a *api) *cobra.Command {
	given, then := attributes{}, func(context.Context, *client.Client, T) error { return nil }
	c := &cobra.Command{
		Use: "create [flags] [ID]", Short: "Create a " + k.title + ", and print its id", Args: takes(0, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			var v T
			if err := given.named(k.naming, args).into(&v); err != nil {
				return fmt.Errorf("a %s has no such attributes: %w", k.title, err)
			}
			return a.do(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				stored, err := k.resource(c).Create(ctx, v)
				if err == nil {
					err = then(ctx, c, stored)
				}
				if err == nil {
					fmt.Fprintln(cmd.OutOrStdout(), k.id(stored))
				}
				return err
			})
		},
	}
	if k.required {
		c.Use, c.Args = "create [flags] "+strings.ToUpper(k.naming), takes(1, 1)
	}
	given.add(c, k.attributes, a)
	if k.also != nil {
		then = k.also(c)
	}
	return c
}

func (k kind[T]) updateCommand(a *api) *cobra.Command {
	given := attributes{}
	var unset []string
	c := &cobra.Command{
		Use: "update [flags] ID", Short: "Change attributes of a " + k.title, Args: takes(1, 1),
		ValidArgsFunction: a.completeOne(k.ids()),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range unset {
				if _, set := given[name]; set {
					return fmt.Errorf("%s is given a value, and taken away: do one of them", name)
				}
				given[name] = nil
			}
			if len(given) == 0 {
				return fmt.Errorf("nothing to change: see %s --help", cmd.CommandPath())
			}
			return a.do(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				stored, err := k.resource(c).Update(ctx, args[0], given)
				if err == nil {
					fmt.Fprintln(cmd.OutOrStdout(), k.id(stored))
				}
				return k.explain(err)
			})
		},
	}
	var changing []attribute
	for _, attr := range k.attributes {
		if !attr.fixed {
			changing = append(changing, attr)
		}
	}
	given.add(c, changing, a)
	c.Flags().StringSliceVar(&unset, "unset", nil, "the `NAME` of an attribute that is taken away")
	return c
}

func (k kind[T]) deleteCommand(a *api) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use: "delete [flags] ID...", Aliases: []string{"rm", "remove"}, Short: "Delete " + k.title + "s", Args: takes(1, many),
		ValidArgsFunction: a.complete(k.ids()),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				var errs []error
				for _, id := range args {
					err := k.deleteOne(ctx, c, id)
					switch {
					case err == nil:
						fmt.Fprintln(cmd.OutOrStdout(), id)
					case !force || !client.IsNotFound(err):
						errs = append(errs, k.explain(err))
					}
				}
				return errors.Join(errs...)
			})
		},
	}
	if k.hosts {
		c.Use, c.Aliases, c.Short = "remove [flags] ID...", []string{"rm", "delete"}, "Remove hosts that are gone for good"
	}
	c.Flags().BoolVarP(&force, "force", "f", false, "what does not exist is no error")
	return c
}

func (k kind[T]) deleteOne(ctx context.Context, c *client.Client, id string) error {
	if k.remove != nil {
		return k.remove(ctx, c, id)
	}
	return k.resource(c).Delete(ctx, id)
}

// explain tells where to look for what does not exist.
func (k kind[T]) explain(err error) error {
	if client.IsNotFound(err) {
		return fmt.Errorf("%w; see vlcp %s list", err, k.path)
	}
	return err
}
