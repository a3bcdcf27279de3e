package config

import (
	"fmt"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/pflag"
)

// DidYouMean is "; did you mean …?" with the name that is written most like the
// given one, or nothing where none is similar.
func DidYouMean(given string, names []string) string {
	nearest, least := "", max(len(given)/2+1, 3) // half of it may be wrong, or two letters exchanged
	for _, name := range names {
		if d := levenshtein.ComputeDistance(given, name); d < least {
			nearest, least = name, d
		}
	}
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", nearest)
}

// Names are the names of flags, sorted.
func Names(flags *pflag.FlagSet) (names []string) {
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
