package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp"
	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network/webapi"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovsdb"
	"github.com/vlcp-go/vlcp/ovs/vsctl"
)

// serve runs the agent and its faces until ctx ends.
func serve(ctx context.Context, o options) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: o.level}))
	store, err := openStore(o.store)
	if err != nil {
		return err
	}
	defer store.Close()
	bridge, err := openSwitch(ctx, o, log)
	if err != nil {
		return err
	}
	defer bridge.Close()
	agent, err := newAgent(o, store, bridge, log)
	if err != nil {
		return err
	}
	docker := &dockerdriver.Server{Driver: agent, IPAM: agent.Addresses(), Store: store, DefaultGateway: o.gateway, Log: log}
	socket, err := dockerdriver.Listen(o.socket)
	if err != nil {
		return err
	}
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		return err
	}
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return agent.Run(ctx) })
	parts.Go(func() error { return docker.Serve(ctx, socket) })
	parts.Go(func() error { return serveAPI(ctx, o.api, webapi.Handler(agent.Model, log)) })
	return parts.Wait()
}

func openStore(rawURL string) (kvstore.Store, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	switch u.Scheme {
	case "bolt":
		return bolt.Open(u.Path)
	case "memory":
		return memory.New(), nil
	}
	return nil, fmt.Errorf("--store %s: no such kind of store; use bolt:///path/of/a/file or memory:", rawURL)
}

func openSwitch(ctx context.Context, o options, log *slog.Logger) (ovs.Switch, error) {
	spec := ovs.BridgeSpec{Name: o.bridge, Datapath: o.datapath}
	switch o.backend {
	case "ovsdb":
		return ovsdb.Open(ctx, spec, ovsdb.WithLogger(log))
	case "vsctl":
		return vsctl.Open(ctx, spec, vsctl.WithLogger(log))
	}
	return nil, fmt.Errorf("--switch %s: use ovsdb or vsctl", o.backend)
}

func newAgent(o options, store kvstore.Store, bridge ovs.Switch, log *slog.Logger) (a *vlcp.Agent, err error) {
	a = &vlcp.Agent{Store: store, Switch: bridge, VXLANPort: uint16(o.vxlanPort), Log: log}
	if o.vxlanPort == 0 || o.vxlanPort > 65535 {
		return nil, fmt.Errorf("--vxlan-port %d: a UDP port is 1 to 65535", o.vxlanPort)
	}
	if o.tunnelIP != "" {
		a.TunnelIP, err = netip.ParseAddr(o.tunnelIP)
	}
	for raw, pool := range map[string]*netip.Prefix{o.pool4: &a.Pool4, o.pool6: &a.Pool6} {
		if raw != "" && err == nil {
			*pool, err = netip.ParsePrefix(raw)
		}
	}
	return a, err
}

// serveAPI serves the management API on a loopback address until ctx ends.
func serveAPI(ctx context.Context, addr string, h http.Handler) error {
	if addr == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	if host, _, err := net.SplitHostPort(addr); err != nil || !isLoopback(host) {
		return fmt.Errorf("--api %s: use an address on loopback such as 127.0.0.1:8081, or an empty one for no API", addr)
	}
	s := &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("management API: %w", err)
	}
	return ctx.Err()
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
