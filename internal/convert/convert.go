// Package convert reads the configuration of the original system, lines of
// module.zookeeperdb.url='tcp://10.0.1.2/' and the like, and writes ours.
package convert

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/vlcp-go/vlcp/internal/literal"
)

// Result is what became of a file.
type Result struct {
	Settings []Setting
	Lost     []Lost // what has no counterpart
}

// Setting is a key of ours.
type Setting struct {
	Key, Value string
	From       string // the original's key
}

// Lost is a key of the original's that has no counterpart.
type Lost struct {
	Line   int
	Key    string
	Reason string
}

// File converts the text of a file. Its error names the line that can't be read.
func File(text string) (r Result, err error) {
	entries, err := parse(text)
	if err != nil {
		return r, err
	}
	for _, e := range entries {
		key, value, reason := translate(e.key, e.value)
		switch {
		case key != "":
			r.set(Setting{key, value, e.key})
		case reason != "":
			r.Lost = append(r.Lost, Lost{e.line, e.key, reason})
		}
	}
	return r, nil
}

// set adds a setting; of two for one key the last one counts.
func (r *Result) set(s Setting) {
	r.Settings = slices.DeleteFunc(r.Settings, func(old Setting) bool { return old.Key == s.Key })
	r.Settings = append(r.Settings, s)
}

// Write writes a TOML file, with what is lost in comments.
func (r Result) Write(w io.Writer) error {
	var b strings.Builder
	for _, s := range r.Settings {
		line, err := toml.Marshal(map[string]string{s.Key: s.Value})
		if err != nil {
			return fmt.Errorf("%s: %w", s.From, err)
		}
		fmt.Fprintf(&b, "# %s\n%s\n", s.From, line)
	}
	if len(r.Lost) > 0 {
		fmt.Fprintln(&b, "# These have no counterpart:")
	}
	for _, l := range r.Lost {
		fmt.Fprintf(&b, "#   line %d, %s: %s\n", l.Line, l.Key, l.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// entry is a line key=value, with those that go on with it.
type entry struct {
	line  int
	key   string
	text  string
	value any
}

var keyForm = regexp.MustCompile(`^[ \t]*[\w.]+[ \t]*$`)

// parse reads the file. A line that begins with white space goes on with the one
// before it.
func parse(text string) (entries []*entry, err error) {
	for i, line := range strings.Split(text, "\n") {
		bare := strings.TrimSpace(line)
		key, value, found := strings.Cut(line, "=")
		switch {
		case bare == "" || bare[0] == '#':
		case strings.IndexAny(line, " \t") == 0 && len(entries) > 0:
			entries[len(entries)-1].text += "\n" + line
		case !found || !keyForm.MatchString(key):
			return nil, fmt.Errorf("line %d: %q is no key=value", i+1, bare)
		default:
			entries = append(entries, &entry{line: i + 1, key: strings.TrimSpace(key), text: value})
		}
	}
	for _, e := range entries {
		if e.value, err = value(e.text); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", e.line, e.key, err)
		}
	}
	return entries, nil
}

// value reads a literal, which may have a comment behind it.
func value(text string) (any, error) {
	v, err := literal.Parse(text)
	for end := len(text); err != nil; {
		if end = strings.LastIndexByte(text[:end], '#'); end < 0 {
			return nil, err
		}
		if before, noComment := literal.Parse(text[:end]); noComment == nil {
			return before, nil
		}
	}
	return v, nil
}
