// Vlcp is the daemon that people run: an Agent with its Docker face and its
// management API. It is the parts of vlcp put together, and made to be copied:
// this file reads the configuration, serve.go does the wiring.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/peterbourgon/ff/v3"
	"github.com/peterbourgon/ff/v3/fftoml"
)

const usage = `vlcp gives Docker containers networks on Open vSwitch.

	vlcp [serve] [flags]   run the plugin
	vlcp version           print the version

Every flag is also a key of the configuration file (--vxlan-port: vxlan-port = 4999)
and an environment variable (VLCP_VXLAN_PORT).
`

const defaultConfigFile = "/etc/vlcp.toml"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "vlcp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	verb := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "version":
		fmt.Println("vlcp", version())
		return nil
	case "serve":
		o, err := parse(args)
		if err != nil {
			return err
		}
		return serve(ctx, o)
	}
	return fmt.Errorf("unknown command %q\n\n%s", verb, usage)
}

// options are the configuration, from flags, environment and file.
type options struct {
	store, bridge, datapath, tunnelIP    string
	api, socket, backend, scope, gateway string
	pool4, pool6                         string
	vxlanPort                            uint
	level                                slog.Level
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("vlcp", flag.ContinueOnError)
	f.Usage = func() { fmt.Fprint(f.Output(), usage+"\nFlags:\n"); f.PrintDefaults() }
	f.StringVar(&o.store, "store", "bolt:///var/lib/vlcp/vlcp.db", "URL of the store: bolt:///file or memory:")
	f.StringVar(&o.bridge, "bridge", "dockerbr0", "the Open vSwitch bridge; made if missing")
	f.StringVar(&o.datapath, "datapath", "auto", "of a bridge that is made: auto, system or netdev")
	f.StringVar(&o.tunnelIP, "tunnel-ip", "", "this host's address for tunnels (default that of the default route)")
	f.UintVar(&o.vxlanPort, "vxlan-port", 4999, "UDP port of the VXLAN tunnels")
	f.StringVar(&o.api, "api", "127.0.0.1:8081", "address of the management API; empty for none")
	f.StringVar(&o.socket, "socket", "/run/docker/plugins/vlcp.sock", "the plugin's socket; its name is the driver's name")
	f.StringVar(&o.backend, "switch", "ovsdb", "how to talk to Open vSwitch: ovsdb, or vsctl for the commands")
	f.StringVar(&o.scope, "scope", "local", "Docker's scope of the networks: local")
	f.StringVar(&o.gateway, "default-gateway", "auto", "auto: containers leave by docker_gwbridge unless the network has a --gateway; always: by the network's gateway")
	f.StringVar(&o.pool4, "pool4", "10.0.0.0/8", "where the subnets of networks without --subnet come from")
	f.StringVar(&o.pool6, "pool6", "", "the same for IPv6 (default a unique local /48)")
	f.TextVar(&o.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	file := f.String("config", defaultConfigFile, "configuration file")
	err = ff.Parse(f, args, ff.WithEnvVarPrefix("VLCP"),
		ff.WithConfigFileFlag("config"), ff.WithConfigFileParser(fftoml.Parser), ff.WithAllowMissingConfigFile(true))
	if err == nil && *file != defaultConfigFile {
		if _, err := os.Stat(*file); errors.Is(err, fs.ErrNotExist) {
			return o, fmt.Errorf("configuration file %s does not exist", *file)
		}
	}
	return o, err
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
