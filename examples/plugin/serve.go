package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp"
	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network/webapi"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovsdb"
	"github.com/vlcp-go/vlcp/ovs/vsctl"
)

// config is the configuration: the parts, with what users set of them.
type config struct {
	agent                       vlcp.Agent
	docker                      dockerdriver.Server
	bridge                      ovs.BridgeSpec
	store, backend, socket, api string
	vxlanPort                   uint
	level                       slog.Level
}

// serve runs the agent and its faces until ctx ends.
func serve(ctx context.Context, c *config) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: c.level}))
	store, err := openStore(ctx, c.store, log)
	if err != nil {
		return err
	}
	defer store.Close()
	bridge, err := openSwitch(ctx, c, log)
	if err != nil {
		return err
	}
	defer bridge.Close()
	socket, err := dockerdriver.Listen(c.socket)
	if err != nil {
		return err
	}
	defer socket.Close()
	agent, docker := &c.agent, &c.docker
	agent.Store, agent.Switch, agent.VXLANPort, agent.Log = store, bridge, uint16(c.vxlanPort), log
	docker.Driver, docker.IPAM, docker.Store, docker.Host, docker.Log = agent, agent.Addresses(), store, agent.HostID, log

	parts, ctx := errgroup.WithContext(ctx)
	if c.api != "" {
		api, err := webapi.Listen(c.api)
		if err != nil {
			return err
		}
		defer api.Close()
		parts.Go(func() error { return webapi.Serve(ctx, api, webapi.Handler(agent.Model, log), log) })
	}
	parts.Go(func() error { return docker.Serve(ctx, socket) })
	parts.Go(func() error { return agent.Run(ctx) })
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Warn("can't say READY", "error", err)
	}
	return parts.Wait()
}

func openStore(ctx context.Context, location string, log *slog.Logger) (kvstore.Store, error) {
	u, err := url.Parse(location)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme == "bolt" && u.Host == "" && u.Path != "":
		return bolt.Open(u.Path)
	case u.Scheme == "etcd":
		return etcd.Open(ctx, location, etcd.Logger(log), etcd.Lazy())
	case u.Scheme == "memory":
		return memory.New(), nil
	}
	return nil, fmt.Errorf("store %s: use bolt:///path/of/a/file, etcd://host:2379/vlcp or memory:", location)
}

func openSwitch(ctx context.Context, c *config, log *slog.Logger) (ovs.Switch, error) {
	switch c.backend {
	case "ovsdb":
		return ovsdb.Open(ctx, c.bridge, ovsdb.WithLogger(log))
	case "vsctl":
		return vsctl.Open(ctx, c.bridge, vsctl.WithLogger(log))
	}
	return nil, fmt.Errorf("switch %s: use ovsdb or vsctl", c.backend)
}
