// Vlcp is the daemon that people run: an Agent with its Docker face and its
// management API. It is the parts of vlcp put together, and made to be copied:
// this file reads the configuration, serve.go does the wiring.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/peterbourgon/ff/v3"
	"github.com/peterbourgon/ff/v3/fftoml"
)

const usage = `vlcp gives Docker containers networks on Open vSwitch: vlcp [serve] [flags]
There are vlcp version and vlcp help too. Every flag is also a key of the configuration
file (vxlan-port = 4999) and an environment variable (VLCP_VXLAN_PORT):
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	err := run(ctx, os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "vlcp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	verb := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "version":
		if info, ok := debug.ReadBuildInfo(); ok {
			fmt.Println("vlcp", info.Main.Version)
		}
		return nil
	case "help":
		args = []string{"-help"}
	case "serve":
	default:
		return fmt.Errorf("%q is no command (see vlcp help)", verb)
	}
	c, err := parse(args)
	if err != nil {
		return fmt.Errorf("%w (see vlcp help)", err)
	}
	return serve(ctx, c)
}

// parse reads flags, environment and configuration file; the first of them counts.
func parse(args []string) (*config, error) {
	const usual = "/etc/vlcp.toml" // the file that may be missing
	f := flag.NewFlagSet("vlcp", flag.ContinueOnError)
	f.SetOutput(io.Discard) // the error says it all
	file := f.String("config", usual, "the configuration file")
	c := flags(f)
	err := ff.Parse(f, args, ff.WithEnvVarPrefix("VLCP"), ff.WithConfigFileFlag("config"),
		ff.WithConfigFileParser(fftoml.Parser), ff.WithAllowMissingConfigFile(true))
	_, missing := os.Stat(*file)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
		f.SetOutput(os.Stdout)
		f.PrintDefaults()
	case err == nil && *file != usual && missing != nil:
		return nil, missing
	case err == nil && f.NArg() > 0:
		return nil, fmt.Errorf("%q is no flag", f.Arg(0))
	case err == nil && (c.vxlanPort < 1 || c.vxlanPort > 65535):
		return nil, fmt.Errorf("vxlan-port %d: a UDP port is 1 to 65535", c.vxlanPort)
	case err == nil && c.agent.Audit < time.Second:
		return nil, fmt.Errorf("audit %v: at least 1s", c.agent.Audit)
	}
	return c, err
}

func flags(f *flag.FlagSet) *config {
	c := &config{}
	f.StringVar(&c.store, "store", "bolt:///var/lib/vlcp/vlcp.db", "URL of the store: bolt:///file, zk://host:port,…/path, etcd://…, consul://… or memory:")
	f.StringVar(&c.backend, "switch", "ovsdb", "how to talk to Open vSwitch: ovsdb, or vsctl for its commands")
	f.StringVar(&c.bridge.Database, "ovs-database", "/var/run/openvswitch/db.sock", "the socket of Open vSwitch's database")
	f.StringVar(&c.bridge.Name, "bridge", "dockerbr0", "the Open vSwitch bridge; made if missing")
	f.StringVar(&c.bridge.Datapath, "datapath", "auto", "of a bridge that is made: auto, system or netdev")
	f.TextVar(&c.agent.TunnelIP, "tunnel-ip", netip.Addr{}, "this host's address for tunnels (default that of the default route)")
	f.UintVar(&c.vxlanPort, "vxlan-port", 4999, "UDP port of the VXLAN tunnels")
	f.TextVar(&c.agent.Pool4, "pool4", netip.MustParsePrefix("10.0.0.0/8"), "where the subnets of networks without --subnet come from")
	f.TextVar(&c.agent.Pool6, "pool6", netip.Prefix{}, "the same for IPv6 (default a unique local /48)")
	f.StringVar(&c.docker.DefaultGateway, "default-gateway", "auto", "auto: containers leave by docker_gwbridge unless the network has a --gateway; always: by the network's gateway")
	f.StringVar(&c.socket, "socket", "/run/docker/plugins/vlcp.sock", "the plugin's socket; its name is the driver's name")
	f.StringVar(&c.dockerd, "docker", "unix:///var/run/docker.sock", "where this host's Docker is reached, to make the networks of other hosts there: unix:///path or tcp://host:port; empty: they are not")
	f.StringVar(&c.dockerCerts, "docker-certs", "", "directory with ca.pem, cert.pem and key.pem, for TLS to Docker")
	f.StringVar(&c.api, "api", "127.0.0.1:8081", "address of the management API, on loopback; empty for none")
	f.DurationVar(&c.agent.Audit, "audit", time.Minute, "time between two comparisons of everything, which put right what others changed and clear what nobody has any more")
	f.TextVar(&c.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	return c
}
