// Package host is one host's part of a vlcp network: the model of the network
// in the store, the addresses, the interfaces, and the engine that keeps the
// bridge. The Agent at the root of the module is its face.
package host

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp/internal/device"
	"github.com/vlcp-go/vlcp/internal/engine"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// Config is the configuration of the Agent with its defaults filled in.
type Config struct {
	Store        kvstore.Store
	Switch       ovs.Switch
	IPAM         ipam.IPAM // nil: the host's own Allocator
	Info         ovs.Info  // of Switch
	ID           string    // of the host
	TunnelIP     netip.Addr
	VXLANPort    uint16
	Pool4, Pool6 netip.Prefix
	VethPrefix   string
	Audit        time.Duration
	Log          *slog.Logger
}

// Host is one host's part.
type Host struct {
	Config
	Model     *network.Model
	Allocator *ipam.Allocator
	devices   *device.Devices
	engine    *engine.Engine
}

// New puts a Host together.
func New(c Config) *Host {
	h := &Host{Config: c}
	h.Allocator = ipam.New(c.Store, ipam.Config{
		Host: c.ID, Pool4: c.Pool4, Pool6: c.Pool6, Avoid: netns.Routes, Log: c.Log,
	})
	if h.IPAM == nil {
		h.IPAM = h.Allocator
	}
	h.Model = network.New(network.Config{Store: c.Store, Allocator: h.Allocator, Host: c.ID, MaxMTU: h.maxMTU})
	h.devices = device.New(device.Config{
		Switch: c.Switch, Prefix: c.VethPrefix, Userspace: c.Info.Datapath == "netdev", Log: c.Log,
	})
	h.engine = engine.New(engine.Config{
		Store: c.Store, Switch: c.Switch, Info: c.Info, VXLAN: h.tunnelOptions(), Audit: c.Audit, Log: c.Log,
	})
	return h
}

func (h *Host) tunnelOptions() engine.UplinkOptions {
	o := engine.UplinkOptions{"dst_port": strconv.Itoa(int(h.VXLANPort))}
	if h.TunnelIP.IsValid() {
		o["local_ip"] = h.TunnelIP.String()
	}
	return o
}

// Run keeps the host until ctx ends, and returns its error, or until the
// store's data turns out not to be for this version.
func (h *Host) Run(ctx context.Context) error {
	if err := network.CheckSchema(ctx, h.Store); err != nil {
		return err
	}
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return h.engine.Run(ctx) })
	parts.Go(func() error { return h.devices.Run(ctx) })
	parts.Go(func() error { return h.sweep(ctx) })
	return parts.Wait()
}

// sweep clears now and then what nobody owns any more.
func (h *Host) sweep(ctx context.Context) error {
	tick := time.NewTicker(h.Audit)
	defer tick.Stop()
	for {
		err := errors.Join(h.devices.Sweep(ctx, h.portExists), h.Allocator.Sweep(ctx, neverInUse))
		if err != nil && ctx.Err() == nil {
			h.Log.Warn("sweep not finished", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// neverInUse has every endpoint's claim that no port holds taken back: whoever
// still wants it is between two calls, which takes seconds.
func neverInUse(ipam.Claim) bool { return false }

func (h *Host) portExists(ctx context.Context, id string) (bool, error) {
	_, err := h.Model.Port(ctx, id)
	if errors.Is(err, network.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
