package host

import (
	"context"
	"errors"
	"strconv"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/ovs"
)

const (
	vxlanPort    = "vxlan" // type of a port
	defaultVXLAN = 4789    // its UDP port, where it names none (RFC 7348)
)

// inspect looks at what this host does not change by itself and only reports.
func (h *Host) inspect(ctx context.Context) {
	if err := errors.Join(h.checkTunnels(ctx), h.checkWays(ctx), h.checkMTUs(ctx)); err != nil && ctx.Err() == nil {
		h.Log.Warn("this host is not inspected", "error", err)
	}
}

// checkTunnels says that another VXLAN user has the UDP port of the tunnels.
func (h *Host) checkTunnels(ctx context.Context) error {
	ports, err := h.Switch.Ports(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range ports {
		if p.Type == vxlanPort {
			errs = append(errs, h.checkTunnel(ctx, p))
		}
	}
	return errors.Join(errs...)
}

func (h *Host) checkTunnel(ctx context.Context, p ovs.Port) error {
	udp, err := strconv.ParseUint(p.Options["dst_port"], 10, 16)
	if err != nil {
		udp = defaultVXLAN
	}
	links, err := netns.VXLANLinks(ctx, uint16(udp))
	taken := len(links) > 0
	if err == nil && !taken && h.Info.Datapath == "netdev" { // which has no socket of its own
		taken, err = netns.UDPBound(ctx, uint16(udp))
	}
	if err != nil {
		return err
	}
	h.warn("port "+p.Name, taken, "another program or VXLAN interface of this host has the UDP port of the tunnels, such as Docker's overlay driver has 4789, and either may get the other's packets: give one of them another port, vlcp with --vxlan-port on all hosts, or options:dst_port where the tunnel port was made by hand",
		"port", p.Name, "udp", udp, "interfaces", links)
	return nil
}

// warn logs what is wrong once, until it is right again.
func (h *Host) warn(what string, wrong bool, text string, args ...any) {
	if wrong && !h.warned[what] {
		h.Log.Warn(text, args...)
	}
	h.warned[what] = wrong
}
