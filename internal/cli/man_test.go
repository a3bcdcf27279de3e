package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Each command that help lists has a page, which has its example.
func TestManualPages(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "0")
	dir := filepath.Join(t.TempDir(), "man")
	check(t, "", "man", dir)
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if c.Hidden {
			return
		}
		name := strings.ReplaceAll(c.CommandPath(), " ", "-")
		raw, err := os.ReadFile(filepath.Join(dir, name+".1"))
		page := string(raw)
		if err != nil || !strings.Contains(page, `.TH "`+strings.ToUpper(name)+`" "1" "Jan 1970" "vlcp"`) || !strings.Contains(page, strings.TrimSpace(c.Example)) {
			t.Errorf("%s: %v\n%s", name, err, page)
		}
	}
	walk(fake().command(nil))
}
