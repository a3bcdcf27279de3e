package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/names"
	"github.com/vlcp-go/vlcp/dockerdriver/netsync"
	"github.com/vlcp-go/vlcp/network/webapi"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovsdb"
	"github.com/vlcp-go/vlcp/ovs/vsctl"
)

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

	api, err := c.access.Listen()
	if err != nil {
		return err
	}
	defer api.Close()

	parts, ctx := errgroup.WithContext(ctx)
	if c.dockerd != "" {
		client, err := netsync.Connect(c.dockerd, c.dockerCerts, log)
		if err != nil {
			return err
		}
		defer client.Close()
		driver := strings.TrimSuffix(filepath.Base(c.socket), filepath.Ext(c.socket))
		syncer := &netsync.Syncer{Docker: client, Plugin: docker, Driver: driver, Log: log}
		keeper := &names.Keeper{Docker: client, Driver: driver, Store: store, Host: agent.HostID, Log: log}
		parts.Go(func() error { return syncer.Run(ctx) })
		parts.Go(func() error { return keeper.Run(ctx) })
	}
	parts.Go(func() error { return api.Serve(ctx, webapi.Handler(agent.Model, log), log) })
	parts.Go(func() error { return docker.Serve(ctx, socket) })
	parts.Go(func() error { return agent.Run(ctx) })
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Warn("can't say READY", "error", err)
	}
	return parts.Wait()
}

func openSwitch(ctx context.Context, c *config, log *slog.Logger) (ovs.Switch, error) {
	if c.backend == "vsctl" {
		return vsctl.Open(ctx, c.bridge, vsctl.WithLogger(log))
	}
	return ovsdb.Open(ctx, c.bridge, ovsdb.WithLogger(log))
}
