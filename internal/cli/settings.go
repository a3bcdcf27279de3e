package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vlcp-go/vlcp/internal/config"
)

// usualFile is the configuration file that may be missing.
const usualFile = "/etc/vlcp.toml"

// settings are the flags of serve, which the configuration file and the
// environment have values for too.
type settings struct {
	program Program
	flags   *pflag.FlagSet
	file    string
}

// newSettings lets serve read the configuration before it runs.
func newSettings(p Program, root *cobra.Command) *settings {
	s := &settings{program: p, flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
	s.flags.AddFlagSet(p.Serve.Flags()) // before cobra adds --help
	root.PersistentFlags().StringVar(&s.file, "config", "", "the configuration file (default "+usualFile+", which may be missing)")
	p.Serve.PreRunE = func(*cobra.Command, []string) error {
		_, err := s.load()
		return err
	}
	return s
}

// load gives the flags their values and checks them.
func (s *settings) load() (config.Origins, error) {
	file, err := s.read()
	if err != nil {
		return nil, err
	}
	origins, err := s.source(file).Fill(s.flags)
	if err != nil {
		return origins, err
	}
	return origins, s.program.Check()
}

func (s *settings) source(file *config.File) config.Source {
	return config.Source{Prefix: "VLCP", Getenv: os.Getenv, File: file}
}

// read reads the configuration file; one that is named must be there.
func (s *settings) read() (*config.File, error) {
	path := s.file
	if path == "" {
		path = os.Getenv("VLCP_CONFIG")
	}
	if path == "" {
		return config.Read(usualFile)
	}
	file, err := config.Read(path)
	if err == nil && file == nil {
		return nil, fmt.Errorf("there is no configuration file %s", path)
	}
	return file, err
}

func (s *settings) command() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check, show and convert the configuration"}
	c.AddCommand(s.checkCommand(), s.showCommand())
	return c
}

func (s *settings) checkCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "check", Short: "Check the configuration, as vlcp serve would read it", Args: cobra.NoArgs,
		Example: "  vlcp config check --config /etc/vlcp.toml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := s.load(); err != nil {
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

// strayVariables are variables with our prefix and the name of no key.
func (s *settings) strayVariables(environ []string) (stray []string) {
	known := map[string]bool{"VLCP_CONFIG": true}
	s.flags.VisitAll(func(f *pflag.Flag) { known[s.source(nil).Variable(f.Name)] = true })
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "VLCP_") && !known[name] {
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
		Use: "show", Short: "Show each value of the configuration, and where it comes from", Args: cobra.NoArgs,
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
		value := config.Redact(f.Value.String())
		shown = append(shown, setting{f.Name, value, origins[f.Name]})
		rows = append(rows, []string{f.Name, value, origins[f.Name]})
	})
	return out.write(w, shown, rows)
}
