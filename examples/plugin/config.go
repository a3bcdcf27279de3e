package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/vlcp-go/vlcp"
	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/network/webapi"
	"github.com/vlcp-go/vlcp/ovs"
)

// config is the configuration: the parts, with what users set of them.
type config struct {
	agent                  vlcp.Agent
	docker                 dockerdriver.Server
	bridge                 ovs.BridgeSpec
	store, backend, socket string
	access                 webapi.Access
	dockerd, dockerCerts   string
	vxlanPort              uint
	level                  slog.Level
}

// flags are what users set.
func (c *config) flags(f *pflag.FlagSet) {
	f.StringVar(&c.store, "store", "bolt:///var/lib/vlcp/vlcp.db", "URL of the store: bolt:///file, zk://host:port,…/path, etcd://…, consul://… or memory:")
	oneOf(f, &c.backend, "switch", "how to talk to Open vSwitch: ovsdb, or vsctl for its commands", "ovsdb", "vsctl")
	f.StringVar(&c.bridge.Database, "ovs-database", "/var/run/openvswitch/db.sock", "the socket of Open vSwitch's database")
	f.StringVar(&c.bridge.Name, "bridge", "dockerbr0", "the Open vSwitch bridge; made if missing")
	oneOf(f, &c.bridge.Datapath, "datapath", "of a bridge that is made: auto, system or netdev", "auto", "system", "netdev")
	f.TextVar(&c.agent.TunnelIP, "tunnel-ip", netip.Addr{}, "this host's address for tunnels (default that of the default route)")
	f.UintVar(&c.vxlanPort, "vxlan-port", 4999, "UDP port of the VXLAN tunnels")
	f.TextVar(&c.agent.Pool4, "pool4", netip.MustParsePrefix("10.0.0.0/8"), "where the subnets of networks without --subnet come from")
	f.TextVar(&c.agent.Pool6, "pool6", netip.Prefix{}, "the same for IPv6 (default a unique local /48)")
	oneOf(f, &c.docker.DefaultGateway, "default-gateway", "auto: containers leave by docker_gwbridge unless the network has a --gateway; always: by the network's gateway", "auto", "always")
	oneOf(f, &c.docker.Scope, "scope", "of Docker's networks: local; global where each host's Docker 20.10 has a --cluster-store", dockerdriver.ScopeLocal, dockerdriver.ScopeGlobal)
	f.StringVar(&c.socket, "socket", "/run/docker/plugins/vlcp.sock", "the plugin's socket; its name is the driver's name")
	f.StringVar(&c.dockerd, "docker", "unix:///var/run/docker.sock", "where this host's Docker is reached, to give it the networks of other hosts and their containers' names: unix:///path or tcp://host:port; empty: it gets neither")
	f.StringVar(&c.dockerCerts, "docker-certs", "", "directory with ca.pem, cert.pem and key.pem, for TLS to Docker")
	f.StringSliceVar(&c.access.Addresses, "api", []string{"127.0.0.1:8081", "unix:///run/vlcp/vlcp.sock"}, "addresses of the management API, with commas between: host:port or unix:///path; empty for none")
	f.StringVar(&c.access.Cert, "api-tls-cert", "", "for addresses that are not on loopback: the certificate, a file in PEM")
	f.StringVar(&c.access.Key, "api-tls-key", "", "its key, a file in PEM")
	f.StringVar(&c.access.ClientCA, "api-client-ca", "", "the authorities of the certificates of those who may call there, a file in PEM")
	f.StringVar(&c.access.Tokens, "api-tokens", "", "those who may call there: a file with a line for each, a name, a space and a token")
	f.DurationVar(&c.agent.Audit, "audit", time.Minute, "time between two comparisons of everything, which put right what others changed and clear what nobody has any more")
	f.TextVar(&c.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
}

// check tells what is wrong beyond types.
func (c *config) check() error {
	switch {
	case c.vxlanPort < 1 || c.vxlanPort > 65535:
		return fmt.Errorf("vxlan-port %d: a UDP port is 1 to 65535", c.vxlanPort)
	case c.docker.Scope == dockerdriver.ScopeGlobal && !isShared(c.store):
		return fmt.Errorf("scope global: all hosts need one store then, and %s is of this host alone: set store to zk://…, etcd://… or consul://…, or leave scope local", c.store)
	case c.agent.Audit < time.Second:
		return fmt.Errorf("audit %v: at least 1s", c.agent.Audit)
	}
	err := c.access.Check()
	if errors.Is(err, webapi.ErrUnguarded) {
		return fmt.Errorf("%w: set api-tls-cert and api-tls-key, and api-tokens or api-client-ca", err)
	}
	return err
}

// isShared tells whether the store of a URL is one for several hosts.
func isShared(url string) bool {
	return !strings.HasPrefix(url, "bolt:") && !strings.HasPrefix(url, "memory:")
}

// choice is a flag that has one of a few values.
type choice struct {
	value   *string
	choices []string // the first is the default
}

func oneOf(f *pflag.FlagSet, value *string, name, usage string, choices ...string) {
	*value = choices[0]
	f.Var(choice{value, choices}, name, usage)
}

func (c choice) String() string { return *c.value }
func (c choice) Type() string   { return "string" }

// Choices are for the completion of the command line.
func (c choice) Choices() []string { return c.choices }

// Set refuses what is no choice.
func (c choice) Set(s string) error {
	if !slices.Contains(c.choices, s) {
		return fmt.Errorf("use %s", strings.Join(c.choices, " or "))
	}
	*c.value = s
	return nil
}
