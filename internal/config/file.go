package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/pflag"
)

// A File is a TOML file without sections.
type File struct {
	Path   string
	values map[string]any
}

// Read reads a file; nil: there is none.
func Read(path string) (*File, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the configuration file: %w", err)
	}
	f := &File{Path: path}
	return f, f.parse(raw)
}

// parse shows no line of the file in its error: there may be a password in it.
func (f *File) parse(raw []byte) error {
	var wrong *toml.DecodeError
	err := toml.Unmarshal(raw, &f.values)
	if errors.As(err, &wrong) {
		line, column := wrong.Position()
		return fmt.Errorf("%s: line %d, column %d: %w", f.Path, line, column, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	return nil
}

func (f *File) lookup(key string) (value any, found bool) {
	if f == nil {
		return nil, false
	}
	value, found = f.values[key]
	return value, found
}

// unknown has an error for each key that is no flag.
func (f *File) unknown(flags *pflag.FlagSet) (errs []error) {
	if f == nil {
		return nil
	}
	for key, value := range f.values {
		if flags.Lookup(key) != nil {
			continue
		}
		if _, section := value.(map[string]any); section {
			errs = append(errs, fmt.Errorf("%s: [%s]: the file has no sections, only keys such as bridge = \"dockerbr0\"", f.Path, key))
			continue
		}
		errs = append(errs, fmt.Errorf("%s: there is no key %s%s", f.Path, key, DidYouMean(key, Names(flags))))
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

// scalar is the text of a value of the file, if it is of a type that fits the flag:
// text fits all, numbers and booleans those of their own.
func scalar(f *pflag.Flag, value any) (string, error) {
	text := fmt.Sprint(value)
	switch value.(type) {
	case string:
		return text, nil
	case int64, float64:
		if numeric(f) {
			return text, nil
		}
	case bool:
		if f.Value.Type() == "bool" {
			return text, nil
		}
	}
	return "", fmt.Errorf("%s has a value of another type: write it as %s = %s", f.Name, f.Name, example(f))
}

// example is a value of the flag as the file has it: the default.
func example(f *pflag.Flag) string {
	if f.Value.Type() == "bool" || numeric(f) {
		return f.DefValue
	}
	return strconv.Quote(f.DefValue)
}

// numeric tells whether TOML has the flag's values as numbers.
func numeric(f *pflag.Flag) bool {
	return strings.Contains(f.Value.Type(), "int") || strings.HasPrefix(f.Value.Type(), "float")
}
