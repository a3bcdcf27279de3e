package cli

import (
	"fmt"
	"os"

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
func newSettings(p Program) *settings {
	s := &settings{program: p, flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
	s.flags.AddFlagSet(p.Serve.Flags()) // before cobra adds --help
	s.flags.VisitAll(func(f *pflag.Flag) { completeChoices(p.Serve, f) })
	s.fileFlag(p.Serve.Flags())
	p.Serve.Example = "  vlcp serve --store etcd://10.0.0.5,10.0.0.6,10.0.0.7/vlcp\n  VLCP_VXLAN_PORT=4790 vlcp serve --config /root/trial.toml"
	p.Serve.PreRunE = func(*cobra.Command, []string) error {
		_, err := s.load()
		return err
	}
	return s
}

// completeChoices lets a shell complete a flag that tells its choices.
func completeChoices(c *cobra.Command, f *pflag.Flag) {
	if v, ok := f.Value.(interface{ Choices() []string }); ok {
		_ = c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(v.Choices(), cobra.ShellCompDirectiveNoFileComp))
	}
}

func (s *settings) fileFlag(f *pflag.FlagSet) {
	f.StringVar(&s.file, "config", "", "the configuration `file` (default "+usualFile+", which may be missing)")
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
