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

// Only is the file with no other keys.
func (f *File) Only(keys ...string) *File {
	if f == nil {
		return nil
	}
	only := &File{Path: f.Path, values: map[string]any{}}
	for _, key := range keys {
		if value, found := f.values[key]; found {
			only.values[key] = value
		}
	}
	return only
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

// textOf is the text of a value of the file, if it is of a type that fits the flag:
// text fits all, numbers, booleans and lists those of their own.
func textOf(f *pflag.Flag, value any) (string, error) {
	text := fmt.Sprint(value)
	switch v := value.(type) {
	case string:
		return text, nil
	case []any:
		if _, list := f.Value.(pflag.SliceValue); list {
			return joined(f, v)
		}
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

// joined is a list of texts, with commas in between.
func joined(f *pflag.Flag, list []any) (string, error) {
	texts := make([]string, len(list))
	for i, element := range list {
		s, isText := element.(string)
		if !isText || strings.ContainsAny(s, ",\"\n") {
			return "", fmt.Errorf("%s: a list of texts without commas: %s = %s", f.Name, f.Name, example(f))
		}
		texts[i] = s
	}
	return strings.Join(texts, ","), nil
}

// Text is the value of a flag, as the command line and the environment have it.
func Text(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return strings.Join(list.GetSlice(), ",")
	}
	return f.Value.String()
}

// example is a value of the flag as the file has it: the default.
func example(f *pflag.Flag) string {
	if _, list := f.Value.(pflag.SliceValue); list {
		return `["…", "…"]`
	}
	if f.Value.Type() == "bool" || numeric(f) {
		return f.DefValue
	}
	return strconv.Quote(f.DefValue)
}

// numeric tells whether TOML has the flag's values as numbers.
func numeric(f *pflag.Flag) bool {
	return strings.Contains(f.Value.Type(), "int") || strings.HasPrefix(f.Value.Type(), "float")
}
