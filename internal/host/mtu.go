package host

import (
	"context"
	"fmt"

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

// tunnelMTU is the MTU of the underlay less the overhead. Without a route to
// elsewhere the underlay is taken for plain Ethernet.
func (h *Host) tunnelMTU(ctx context.Context) (int, error) {
	ip := h.TunnelIP
	if !ip.IsValid() {
		var err error
		if ip, err = netns.DefaultAddr(ctx); err != nil {
			return defaultMTU - overhead4, nil
		}
	}
	_, mtu, err := netns.LinkOf(ctx, ip)
	if err != nil {
		return 0, fmt.Errorf("tunnel address %s: %w", ip, err)
	}
	if ip.Is6() {
		return mtu - overhead6, nil
	}
	return mtu - overhead4, nil
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
