package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vlcp-go/vlcp/internal/config"
	"github.com/vlcp-go/vlcp/internal/convert"
)

func (s *settings) command() *cobra.Command {
	c := group("config", "Check, show and convert the configuration")
	s.fileFlag(c.PersistentFlags())
	c.AddCommand(s.checkCommand(), s.showCommand(), convertCommand())
	return c
}

func (s *settings) checkCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "check", Short: "Check the configuration, as vlcp serve would read it", Args: takes(0, 0),
		Example: "  vlcp config check --config /etc/vlcp.toml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := s.load(); err != nil {
				return err
			}
			if err := s.checkStore(cmd.Context()); err != nil {
				return err
			}
			for _, name := range s.strayVariables(os.Environ()) {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: the environment variable %s belongs to no key\n", name)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "the configuration is right")
			return nil
		},
	}
	c.Flags().AddFlagSet(s.flags)
	return c
}

// checkStore opens the store, which reads the files that its URL names, and waits
// for no server. A file that is a store is left alone: an agent may have it open.
func (s *settings) checkStore(ctx context.Context) error {
	url, err := s.flags.GetString("store")
	if err != nil || strings.HasPrefix(url, "bolt:///") {
		return err
	}
	store, err := s.program.OpenStore(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return store.Close()
}

// strayVariables are variables with our prefix and the name of no key.
func (s *settings) strayVariables(environ []string) (stray []string) {
	known := map[string]bool{"VLCP_CONFIG": true}
	s.flags.VisitAll(func(f *pflag.Flag) { known[s.source(nil).Variable(f.Name)] = true })
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "VLCP_") && value != "" && !known[name] {
			stray = append(stray, name)
		}
	}
	return stray
}

// setting is a key with its value, for config show.
type setting struct {
	Key   string `json:"key"`
	Value string `json:"value"` // secrets hidden
	From  string `json:"from"`
}

func (s *settings) showCommand() *cobra.Command {
	var out output
	c := &cobra.Command{
		Use: "show", Short: "Show each value of the configuration, and where it comes from", Args: takes(0, 0),
		Long:    "Show each value of the configuration, and where it comes from: a flag, the environment, the file, or the default. Passwords are not shown.",
		Example: "  vlcp config show\n  VLCP_BRIDGE=br0 vlcp config show -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			origins, err := s.load()
			if origins == nil {
				return err
			}
			return errors.Join(s.show(cmd.OutOrStdout(), out, origins), err)
		},
	}
	out.flag(c)
	c.Flags().AddFlagSet(s.flags)
	return c
}

func (s *settings) show(w io.Writer, out output, origins config.Origins) error {
	var shown []setting
	rows := [][]string{{"KEY", "VALUE", "FROM"}}
	s.flags.VisitAll(func(f *pflag.Flag) {
		value := config.Redact(config.Text(f))
		shown = append(shown, setting{f.Name, value, origins[f.Name]})
		rows = append(rows, []string{f.Name, value, origins[f.Name]})
	})
	return out.write(w, shown, rows)
}

func convertCommand() *cobra.Command {
	return &cobra.Command{
		Use: "convert FILE", Short: "Convert a configuration file of the original vlcp", Args: takes(1, 1),
		Long: `Read a configuration file of the original vlcp (module.zookeeperdb.url='tcp://…') and
write one of this vlcp to standard output; what has no counterpart is in comments there.`,
		Example: "  vlcp config convert /etc/vlcp.conf >/etc/vlcp.toml",
		RunE: func(cmd *cobra.Command, args []string) error {
			raw, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			result, err := convert.File(string(raw))
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			for _, l := range result.Lost {
				fmt.Fprintf(cmd.ErrOrStderr(), "no counterpart: line %d, %s: %s\n", l.Line, l.Key, l.Reason)
			}
			return result.Write(cmd.OutOrStdout())
		},
	}
}
