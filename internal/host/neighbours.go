package host

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// neighbourCare is the time between two resolutions of a neighbour; Open vSwitch
// forgets one after 15 minutes.
const neighbourCare = 5 * time.Minute

// meetNeighbours has the tunnel addresses of the other hosts resolved: when a
// host appears, when the bridge gets a tunnel port, and then every few minutes.
// Open vSwitch's userspace datapath drops the packet that it has no neighbour
// for, and learns neighbours only while there is a tunnel port.
func (h *Host) meetNeighbours(ctx context.Context) error {
	if h.Info.Datapath != "netdev" {
		<-ctx.Done()
		return ctx.Err()
	}
	wake := make(chan struct{}, 1)
	meet := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error {
		return h.Store.Watch(ctx, network.HostPrefix(), func(kvstore.Batch) error { meet(); return nil })
	})
	parts.Go(func() error { return h.watchTunnels(ctx, meet) })
	parts.Go(func() error {
		for {
			h.meetAll(ctx)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-wake:
			case <-time.After(neighbourCare):
			}
		}
	})
	return parts.Wait()
}

// watchTunnels calls changed when a tunnel port appeared, or may have.
func (h *Host) watchTunnels(ctx context.Context, changed func()) error {
	before := 0
	return h.Switch.Watch(ctx, func(e ovs.Event) error {
		if !e.Ports && !e.Flows {
			return nil
		}
		ports, err := h.Switch.Ports(ctx)
		if err != nil {
			return nil // it is told when the switch is back
		}
		now := 0
		for _, p := range ports {
			if p.Type == vxlanPort && p.OFPort != 0 {
				now++
			}
		}
		if now > before || e.Flows {
			changed()
		}
		before = now
		return nil
	})
}

func (h *Host) meetAll(ctx context.Context) {
	hosts, err := h.Model.Hosts(ctx)
	if err != nil {
		h.Log.Warn("hosts not read", "error", err)
	}
	for _, other := range hosts {
		if other.ID == h.ID || !other.Tunnel.IsValid() {
			continue
		}
		if err := netns.Resolve(ctx, other.Tunnel); err != nil {
			h.Log.Debug("tunnel address not resolved", "host", other.ID, "error", err)
		}
	}
}
