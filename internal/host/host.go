// Package host is one host's part of a vlcp network: the model of the network
// in the store, the addresses, the interfaces, and the engine that keeps the
// bridge. The Agent at the root of the module is its face.
//
// The calls are in networks.go and plug.go; what they need to know of this
// machine is in addresses.go and mtu.go. What runs beside them is in this file
// and in sweep.go.
package host

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"regexp"
	"strings"
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
	locator   *locator
	boot      string          // boot id
	warned    map[string]bool // by inspect, which alone uses it
}

// New puts a Host together.
func New(c Config) *Host {
	h := &Host{Config: c, locator: newLocator(), boot: bootID(), warned: map[string]bool{}}
	h.Allocator = ipam.New(c.Store, ipam.Config{
		Host: c.ID, Pool4: c.Pool4, Pool6: c.Pool6, Avoid: netns.Routes, Log: c.Log,
	})
	if h.IPAM == nil {
		h.IPAM = h.Allocator
	}
	h.Model = network.New(network.Config{Store: c.Store, Allocator: h.Allocator, Host: c.ID, MaxMTU: h.maxMTU})
	h.devices = device.New(device.Config{
		Switch: c.Switch, Bridge: c.Info.Bridge, Prefix: c.VethPrefix, Userspace: c.Info.Datapath == "netdev", Log: c.Log,
	})
	h.engine = engine.New(engine.Config{
		Store: c.Store, Switch: c.Switch, Info: c.Info, VXLANPort: c.VXLANPort, TunnelIP: c.TunnelIP, Audit: c.Audit, Log: c.Log,
		Host: c.ID, Moved: h.locator.moved,
	})
	return h
}

// bootID tells one boot of this machine from another; "" where the kernel does
// not say.
func bootID() string {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}

// Run keeps the host until ctx ends, and returns its error, or until the
// store's data turns out not to be for this version. It may be called once.
func (h *Host) Run(ctx context.Context) error {
	defer h.Allocator.Close()
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return h.devices.Run(ctx) })
	parts.Go(func() error {
		if err := h.awaitStore(ctx); err != nil {
			return err
		}
		parts.Go(func() error { return h.engine.Run(ctx) })
		parts.Go(func() error { return h.sweep(ctx) })
		parts.Go(func() error { return h.announce(ctx) })
		parts.Go(func() error { return h.locate(ctx) })
		parts.Go(func() error { return h.letGo(ctx) })
		parts.Go(func() error { return h.meetNeighbours(ctx) })
		return nil
	})
	return parts.Wait()
}

// awaitStore returns when the store was reached and has data that this version
// can read. What is in the way it says at first, and when it is something else.
func (h *Host) awaitStore(ctx context.Context) error {
	said := ""
	for {
		err := network.CheckSchema(ctx, h.Store)
		if err == nil || ctx.Err() != nil || errors.Is(err, network.ErrInvalid) || errors.Is(err, kvstore.ErrClosed) {
			return err
		}
		if now := numbers.ReplaceAllString(err.Error(), ""); now != said {
			h.Log.Warn("waiting for the store", "error", err)
			said = now
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// numbers are what tells one error from the same a second later: times, ports.
var numbers = regexp.MustCompile(`[0-9]+`)
