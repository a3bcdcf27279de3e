package main

import (
	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/internal/cli"
)

// version is set by the linker; see Makefile.
var version string

// verbs are the commands beside serve, and the configuration file and environment
// for it. Without them:
//
//	serve.SetArgs(args)
//	return serve.ExecuteContext(ctx)
func verbs(serve *cobra.Command, c *config) cli.Program {
	return cli.Program{Version: version, Serve: serve, Check: c.check, OpenStore: openStore}
}
