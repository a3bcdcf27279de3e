package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// announce tells the other hosts of this one, and looks at them, now and at every
// audit. That another machine has its id or its tunnel address is a reason not to
// start; later it is only said.
func (h *Host) announce(ctx context.Context) error {
	var seen others
	for first := true; ; {
		err := h.announceOnce(ctx)
		switch {
		case err == nil:
			first = false
			h.look(ctx, &seen)
			h.inspect(ctx)
		case ctx.Err() != nil:
			return ctx.Err()
		case first && errors.Is(err, network.ErrInUse):
			return err
		default:
			seen = others{twin: seen.twin}
			h.Log.Error("this host is not announced", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(h.Audit):
		}
	}
}

func (h *Host) announceOnce(ctx context.Context) error {
	tunnel, err := h.tunnelAddr(ctx)
	switch {
	case errors.Is(err, os.ErrNotExist):
		h.Log.Warn("no default route, so no address for tunnels to other hosts: give one with --tunnel-ip", "error", err)
	case err != nil:
		return fmt.Errorf("tunnel address: %w", err)
	}
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	return h.Model.Announce(ctx, network.Host{ID: h.ID, Name: name, Boot: h.boot, Tunnel: tunnel})
}

// tunnelAddr is this host's address for tunnels: as configured, else as the
// VXLAN port has it, else that of the default route. Without any it is
// os.ErrNotExist.
func (h *Host) tunnelAddr(ctx context.Context) (netip.Addr, error) {
	if h.TunnelIP.IsValid() {
		return h.TunnelIP, nil
	}
	ports, err := h.Switch.Ports(ctx)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, p := range ports {
		if a, err := netip.ParseAddr(p.Options["local_ip"]); p.Type == vxlanPort && err == nil {
			return a, nil
		}
	}
	return netns.DefaultAddr(ctx)
}
