package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func (k kind[T]) createCommand(a *api) *cobra.Command {
	given := attributes{}
	create := func(ctx context.Context, c *client.Client, v T) (T, error) { return k.resource(c).Create(ctx, v) }
	c := &cobra.Command{
		Use: "create [flags] [ID]", Short: "Create a " + k.title + ", and print its id", Args: takes(0, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			var v T
			if err := given.named(k.naming, args).into(&v); err != nil {
				return fmt.Errorf("a %s has no such attributes: %w", k.title, err)
			}
			return a.do(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				stored, err := create(ctx, c, v)
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
	given.flags(c, k.attributes, a)
	if k.create != nil {
		create = k.create(c, a)
	}
	return c
}

func (k kind[T]) updateCommand(a *api) *cobra.Command {
	given := attributes{}
	var unset []string
	c := &cobra.Command{
		Use: "update [flags] ID", Short: "Change attributes of a " + k.title, Args: takes(1, 1),
		ValidArgsFunction: a.completeEach(k.ids()),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := given.takeAway(unset); err != nil {
				return misused(cmd, err)
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
	given.flags(c, changeable(k.attributes), a)
	c.Flags().StringSliceVar(&unset, "unset", nil, "the `NAME` of an attribute that is taken away")
	return c
}

// changeable are the attributes that are not fixed.
func changeable(all []attribute) (some []attribute) {
	for _, a := range all {
		if !a.fixed {
			some = append(some, a)
		}
	}
	return some
}

// takeAway adds to the attributes of an update those that it takes away.
func (in attributes) takeAway(names []string) error {
	for _, name := range names {
		if _, set := in[name]; set {
			return fmt.Errorf("%s is given a value, and taken away: do one of them", name)
		}
		in[name] = nil
	}
	if len(in) == 0 {
		return errors.New("nothing to change")
	}
	return nil
}

func (k kind[T]) deleteCommand(a *api) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use: "delete [flags] ID...", Aliases: []string{"rm", "remove"}, Short: "Delete " + k.title + "s", Args: takes(1, many),
		ValidArgsFunction: a.complete(k.ids()),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				return forEach(args, func(id string) error {
					err := k.delete(ctx, c, id)
					switch {
					case err == nil:
						fmt.Fprintln(cmd.OutOrStdout(), id)
					case force && client.IsNotFound(err):
						return nil
					}
					return k.explain(err)
				})
			})
		},
	}
	if k.hosts {
		c.Use, c.Aliases, c.Short = "remove [flags] ID...", []string{"rm", "delete"}, "Remove hosts that are gone for good"
	}
	c.Flags().BoolVarP(&force, "force", "f", false, "what does not exist is no error")
	return c
}

func (k kind[T]) delete(ctx context.Context, c *client.Client, id string) error {
	if k.remove != nil {
		return k.remove(c, ctx, id)
	}
	return k.resource(c).Delete(ctx, id)
}

// forEach does something with each id, also after an error.
func forEach(ids []string, do func(id string) error) error {
	var errs []error
	for _, id := range ids {
		errs = append(errs, do(id))
	}
	return errors.Join(errs...)
}
