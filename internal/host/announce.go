package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/vlcp-go/vlcp/internal/engine"
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
	if _, local, err := h.localIP(ctx); err != nil || local.IsValid() {
		return local, err
	}
	return netns.DefaultAddr(ctx)
}

// localIP is the tunnel port that was made by hand for one address of this host,
// and that address; the zero Addr where there is none.
func (h *Host) localIP(ctx context.Context) (port string, local netip.Addr, err error) {
	ports, err := h.Switch.Ports(ctx)
	for _, p := range ports {
		if a, err := netip.ParseAddr(p.Options[engine.LocalIP]); err == nil && p.Type == vxlanPort && !engine.IsOwnTunnel(p) {
			return p.Name, a, nil
		}
	}
	return "", netip.Addr{}, err
}
