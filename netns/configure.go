package netns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Config is what an interface gets inside its namespace.
type Config struct {
	Name      string         // its new name; "": it keeps its own
	MTU       int            // 0: as it is
	Addresses []netip.Prefix // with the length of their subnet: 10.0.0.5/24; IPv6 without duplicate address detection
	Gateways  []netip.Addr   // default gateways, one of a family
	Routes    []Route
}

// Route is a static route through the interface.
type Route struct {
	Destination netip.Prefix // host bits are ignored
	Via         netip.Addr   // the next hop; zero: the destination is on the link
}

// Configure gives the interface ifname of the namespace at path ("": the
// caller's own) what c says and sets it up, and lo too. Addresses and routes
// that it has beside these are left. It may be called again, with the old name
// as well as with the new one. Linux finishes IPv6 addresses in the background:
// they answer some milliseconds later.
func Configure(ctx context.Context, path, ifname string, c Config) error {
	return do(ctx, "configure", ifname, func() error {
		h, err := handleAt(path)
		if err != nil {
			return err
		}
		defer h.Close()
		link, err := rename(h, ifname, c.Name)
		if err != nil {
			return err
		}
		if err := setUp(h, link, c); err != nil {
			return err
		}
		return addRoutes(h, link.Attrs().Index, c)
	})
}

// rename finds the interface by either of its names and gives it the new one.
func rename(h *netlink.Handle, old, name string) (netlink.Link, error) {
	if name == "" || name == old {
		return h.LinkByName(old)
	}
	link, err := h.LinkByName(old)
	var absent netlink.LinkNotFoundError
	if errors.As(err, &absent) {
		return h.LinkByName(name)
	}
	if err != nil {
		return nil, err
	}
	if err := h.LinkSetDown(link); err != nil {
		return nil, err
	}
	return link, h.LinkSetName(link, name)
}

func setUp(h *netlink.Handle, link netlink.Link, c Config) error {
	if c.MTU != 0 {
		if err := h.LinkSetMTU(link, c.MTU); err != nil {
			return fmt.Errorf("MTU %d: %w", c.MTU, err)
		}
	}
	for _, p := range c.Addresses {
		if err := h.AddrReplace(link, address(p)); err != nil {
			return fmt.Errorf("address %s: %w", p, err)
		}
	}
	lo, err := h.LinkByName("lo")
	if err != nil {
		return err
	}
	return errors.Join(h.LinkSetUp(lo), h.LinkSetUp(link))
}

func address(p netip.Prefix) *netlink.Addr {
	a := &netlink.Addr{IPNet: ipNet(p)}
	if p.Addr().Is6() {
		a.Flags = unix.IFA_F_NODAD
	}
	return a
}

// addRoutes adds the routes in an order in which each next hop is reachable.
func addRoutes(h *netlink.Handle, link int, c Config) error {
	var onLink, via []netlink.Route
	for _, r := range c.Routes {
		if route := (netlink.Route{LinkIndex: link, Dst: ipNet(r.Destination.Masked())}); r.Via.IsValid() {
			route.Gw = r.Via.AsSlice()
			via = append(via, route)
		} else {
			route.Scope = netlink.SCOPE_LINK
			onLink = append(onLink, route)
		}
	}
	for _, g := range c.Gateways {
		everything := netip.PrefixFrom(g, 0).Masked()
		via = append(via, netlink.Route{LinkIndex: link, Dst: ipNet(everything), Gw: g.AsSlice()})
	}
	for _, r := range append(onLink, via...) {
		if err := h.RouteReplace(&r); err != nil {
			return fmt.Errorf("route %s via %s: %w", r.Dst, r.Gw, err)
		}
	}
	return nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
