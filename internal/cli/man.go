package cli

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand is for packages: what it writes is what help says.
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIRECTORY", Short: "Write the manual pages", Example: "  vlcp man /usr/share/man/man1", Args: takes(1, 1), Hidden: true,
		Long: "Write a manual page for each command into a directory. Their date is that of the environment variable SOURCE_DATE_EPOCH, or today.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Source: "vlcp", Manual: "vlcp"}, args[0])
		},
	}
}
