package host

import (
	"context"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

const (
	discard   = 9           // the port of the discard service, RFC 863
	greetings = time.Minute // between two; Open vSwitch forgets a neighbour after 15
)

// meetNeighbours has the kernel resolve the tunnel addresses of the other hosts,
// when one appears and then every minute. Open vSwitch's userspace datapath
// learns neighbours only by watching that, and drops the packet that it has no
// neighbour for.
func (h *Host) meetNeighbours(ctx context.Context) error {
	if h.Info.Datapath != "netdev" {
		<-ctx.Done()
		return ctx.Err()
	}
	changed := make(chan struct{}, 1)
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error {
		return h.Store.Watch(ctx, network.HostPrefix(), func(kvstore.Batch) error {
			select {
			case changed <- struct{}{}:
			default:
			}
			return nil
		})
	})
	parts.Go(func() error {
		for {
			h.greetAll(ctx)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-changed:
			case <-time.After(greetings):
			}
		}
	})
	return parts.Wait()
}

func (h *Host) greetAll(ctx context.Context) {
	hosts, err := h.Model.Hosts(ctx)
	if err != nil {
		h.Log.Warn("hosts not read", "error", err)
	}
	for _, other := range hosts {
		if other.ID != h.ID && other.Tunnel.IsValid() {
			greet(other.Tunnel)
		}
	}
}

// greet sends a byte that nobody needs. Whether it arrives does not matter.
func greet(a netip.Addr) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, discard)))
	if err != nil {
		return
	}
	defer c.Close()
	c.Write([]byte{0})
}
