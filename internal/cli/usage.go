package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vlcp-go/vlcp/internal/config"
)

// group is a command that has only commands below it.
func group(use, short string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			var names []string
			for _, c := range cmd.Commands() {
				names = append(names, c.Name())
			}
			return misused(cmd, fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), config.DidYouMean(args[0], names)))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}

// many is no limit.
const many = int(^uint(0) >> 1)

// takes wants from least to most arguments.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		_, form, _ := strings.Cut(cmd.Use, " ")
		switch {
		case len(args) < least:
			return misused(cmd, fmt.Errorf("an argument is missing: %s %s", cmd.CommandPath(), form))
		case len(args) > most:
			return misused(cmd, fmt.Errorf("%q is one argument too many: %s", args[most], strings.TrimSpace(cmd.CommandPath()+" "+form)))
		case slices.Contains(args, ""): // a variable of a script that is not set
			return misused(cmd, fmt.Errorf("an argument is empty: %s %s", cmd.CommandPath(), form))
		}
		return nil
	}
}

// requireFlags names a flag that must be given and is not.
func requireFlags(cmd *cobra.Command) (err error) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if _, must := f.Annotations[cobra.BashCompOneRequiredFlag]; must && !f.Changed {
			err = misused(cmd, fmt.Errorf("--%s is missing: %s", f.Name, f.Usage))
		}
	})
	return err
}

// flagError tells what may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return misused(cmd, err)
	}
	given, _, _ := strings.Cut(unknown.GetSpecifiedShortnames(), "=")
	if cmd.Flags().Lookup(given) != nil {
		return fmt.Errorf("flags begin with two dashes: --%s", given)
	}
	return misused(cmd, fmt.Errorf("%w%s", err, config.DidYouMean(unknown.GetSpecifiedName(), config.Names(cmd.Flags()))))
}

// misused adds where the help is.
func misused(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
}
