package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Each command has an example, and each example is a command that there is.
func TestExamples(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if c.HasSubCommands() {
			return
		}
		if !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s has no example of its own: %s", c.CommandPath(), c.Example)
		}
		for line := range strings.Lines(c.Example) {
			wantCommand(t, c.CommandPath(), line)
		}
	}
	walk(fake().command(nil))
}

// So are the commands in the documentation.
func TestDocumentedCommands(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range append(files, "../../README.md") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range regexp.MustCompile("(?m)^    vlcp [a-z].*").FindAllString(string(raw), -1) {
			wantCommand(t, file, command)
		}
	}
}

// Those on objects can be typed one after the other.
func TestDocumentedSession(t *testing.T) {
	raw, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	address, _ := agent(t)
	t.Setenv("VLCP_API", address)
	commands := regexp.MustCompile("(?m)^    vlcp ((?:physical|network|subnet|port|router) .*)").FindAllStringSubmatch(string(raw), -1)
	if len(commands) < 20 {
		t.Errorf("only %d commands", len(commands))
	}
	for _, command := range commands {
		if _, _, err := run(t, fake(), words(command[1])...); err != nil {
			t.Errorf("%s: %v", command[1], err)
		}
	}
}

// wantCommand wants a line to be a command with flags and arguments that it takes.
func wantCommand(t *testing.T, where, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, " #")
	line, _, _ = strings.Cut(line, " >")
	_, command, found := strings.Cut(line, "vlcp ")
	if !found || strings.HasPrefix(command, "completion ") { // which cobra adds later
		return
	}
	args := words(command)
	c, rest, err := fake().command(args).Find(args)
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err == nil {
		err = c.ValidateArgs(c.Flags().Args())
	}
	if err != nil {
		t.Errorf("%s: %s: %v", where, command, err)
	}
}
