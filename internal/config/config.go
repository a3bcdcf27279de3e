// Package config gives a program's flags the values that its command line leaves
// out: those of the environment, else those of a TOML file. A flag vxlan-port is
// VLCP_VXLAN_PORT in the environment, and the key vxlan-port in the file.
package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// A Source has the values for flags. Its zero value has none.
type Source struct {
	Prefix string              // of the variables: VLCP
	Getenv func(string) string // "" is as good as unset; nil: no environment
	File   *File               // nil: no file
}

// Origins tell for each flag, by name, where its value came from.
type Origins map[string]string

// Default is the origin of what nobody set.
const Default = "default"

// Fill sets the flags that are not set yet, and tells where all have their values
// from. Its error names every value that is wrong, and every key of the file that
// is no flag.
func (s Source) Fill(flags *pflag.FlagSet) (Origins, error) {
	origins, errs := Origins{}, s.File.unknown(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		origin, err := s.fill(flags, f)
		origins[f.Name] = origin
		errs = append(errs, err)
	})
	return origins, errors.Join(errs...)
}

func (s Source) fill(flags *pflag.FlagSet, f *pflag.Flag) (origin string, err error) {
	if f.Changed {
		return "flag --" + f.Name, nil
	}
	if name := s.Variable(f.Name); s.Getenv != nil && s.Getenv(name) != "" {
		return "environment " + name, set(flags, f, "the environment variable "+name, s.Getenv(name))
	}
	value, found := s.File.lookup(f.Name)
	if !found {
		return Default, nil
	}
	text, err := textOf(f, value)
	if err != nil {
		return s.File.Path, fmt.Errorf("%s: %w", s.File.Path, err)
	}
	return s.File.Path, set(flags, f, s.File.Path, text)
}

// set sets a flag. What a secret is refused for must not be shown either.
func set(flags *pflag.FlagSet, f *pflag.Flag, origin, text string) error {
	if err := flags.Set(f.Name, text); err != nil {
		return fmt.Errorf("%s: %s = %q: %w", origin, f.Name, Redact(text), errors.Unwrap(err))
	}
	return nil
}

// Variable is the environment variable of a flag.
func (s Source) Variable(flag string) string {
	return s.Prefix + "_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
