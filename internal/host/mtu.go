package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// overhead is what VXLAN adds to a packet, in bytes (RFC 7348): outer
// Ethernet, IP, UDP and VXLAN headers, over IPv4 and over IPv6.
const (
	overhead4 = 50
	overhead6 = 70
)

// maxMTU is the largest MTU that a physical network carries from this host.
func (h *Host) maxMTU(ctx context.Context, p network.Physical) (int, error) {
	switch p.Type {
	case network.VXLAN:
		return h.tunnelMTU(ctx)
	case network.Local:
		return maxLocalMTU, nil
	}
	return h.portMTU(ctx, p.ID)
}

const (
	defaultMTU  = 1500
	maxLocalMTU = 65535
)

// tunnelMTU is the MTU of the underlay less the overhead. Without a tunnel address
// the underlay is taken for plain Ethernet.
func (h *Host) tunnelMTU(ctx context.Context) (int, error) {
	ip, err := h.tunnelAddr(ctx)
	if errors.Is(err, os.ErrNotExist) {
		return defaultMTU - overhead4, nil
	}
	if err != nil {
		return 0, err
	}
	_, mtu, err := netns.LinkOf(ctx, ip)
	if err != nil {
		return 0, fmt.Errorf("tunnel address %s: %w", ip, err)
	}
	over6, err := h.overIPv6(ctx, ip)
	if over6 {
		return mtu - overhead6, err
	}
	return mtu - overhead4, err
}

// overIPv6 tells whether tunnels of this host lead over IPv6, some at least: the
// family is that of the other end's address.
func (h *Host) overIPv6(ctx context.Context, own netip.Addr) (bool, error) {
	if own.Is6() {
		return true, nil
	}
	hosts, err := h.Model.Hosts(ctx)
	return slices.ContainsFunc(hosts, func(o network.Host) bool { return o.Tunnel.Is6() }), err
}

// portMTU is the MTU of the bridge's port into a physical network, where the
// bridge has one.
func (h *Host) portMTU(ctx context.Context, physical string) (int, error) {
	objects, err := h.Model.PhysicalPorts(ctx)
	if err != nil {
		return 0, err
	}
	ports, err := h.Switch.Ports(ctx)
	if err != nil {
		return 0, err
	}
	for _, p := range ports {
		for _, o := range objects {
			if o.Network == physical && o.Name == p.Name && o.Matches("", h.Info.SystemID, h.Info.Bridge) && p.MTU != 0 {
				return p.MTU, nil
			}
		}
	}
	return defaultMTU, nil
}

// checkMTUs says of each network that has ports here, once, that its packets are
// too large for this host: an MTU is fixed when a network is created, and a
// smaller host may join later.
func (h *Host) checkMTUs(ctx context.Context) error {
	fitting := map[string]int{} // by physical network
	for _, id := range h.engine.Networks() {
		n, err := h.Model.Network(ctx, id)
		if errors.Is(err, network.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		fits, known := fitting[n.Physical]
		if !known {
			if fits, err = h.maxMTU(ctx, network.Physical{ID: n.Physical, Type: n.Type}); err != nil {
				return err
			}
			fitting[n.Physical] = fits
		}
		h.warn("mtu of "+id, n.MTU > fits, "packets of a network are too large for this host's part of its physical network, and get lost: raise the MTU of the underlay or the trunk here, or create the network anew with a smaller one",
			"network", id, "mtu", n.MTU, "fits", fits)
	}
	return nil
}
