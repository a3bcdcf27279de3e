package host

import (
	"context"
	"errors"
	"os"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// checkWays says of each other host that the tunnels of this one can't lead there.
// The addresses of some hosts may be of IPv4 and of others of IPv6, where each host
// has both.
func (h *Host) checkWays(ctx context.Context) error {
	hosts, err := h.Model.Hosts(ctx)
	if err != nil {
		return err
	}
	port, local, err := h.localIP(ctx)
	if err != nil {
		return err
	}
	for _, other := range hosts {
		if other.ID == h.ID || !other.Tunnel.IsValid() {
			continue
		}
		if err := h.checkWay(ctx, other); err != nil {
			return err
		}
		h.warn("family of "+other.ID, local.IsValid() && local.Is4() != other.Tunnel.Is4(),
			"the tunnel port was made by hand for one address, and another host's tunnel address is of the other family, so their containers do not reach each other: remove the port's option local_ip, or give all hosts tunnel addresses of one family (--tunnel-ip)",
			"port", port, "local_ip", local, "host", other.ID, "name", other.Name, "tunnel", other.Tunnel)
	}
	return nil
}

func (h *Host) checkWay(ctx context.Context, other network.Host) error {
	_, err := netns.SourceOf(ctx, other.Tunnel)
	none := errors.Is(err, os.ErrNotExist)
	if err != nil && !none {
		return err
	}
	h.warn("way to "+other.ID, none,
		"there is no way to another host's tunnel address, so their containers do not reach each other: give this host an address and a route of that family, or all hosts tunnel addresses of one family (--tunnel-ip)",
		"host", other.ID, "name", other.Name, "tunnel", other.Tunnel, "error", err)
	return nil
}
