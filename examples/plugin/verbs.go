package main

import (
	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/internal/cli"
)

// verbs are the commands beside serve, and the configuration file and environment
// for it. Without them:
//
//	serve.SetArgs(args)
//	return serve.ExecuteContext(ctx)
func verbs(serve *cobra.Command, c *config) cli.Program {
	return cli.Program{Serve: serve, Check: c.check, OpenStore: openStore}
}
