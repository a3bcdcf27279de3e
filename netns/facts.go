package netns

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Routes lists the destinations of the main routing table, without the default
// routes, sorted: what a network of this host must not overlap.
func Routes(ctx context.Context) ([]netip.Prefix, error) {
	var out []netip.Prefix
	err := do(ctx, "list routes", "", func() error {
		for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
			routes, err := mainRoutes(family)
			if err != nil {
				return err
			}
			for _, r := range routes {
				if p, ok := prefix(r.Dst); ok && p.Bits() > 0 {
					out = append(out, p)
				}
			}
		}
		return nil
	})
	slices.SortFunc(out, netip.Prefix.Compare)
	return slices.Compact(out), err
}

// DefaultAddr is the address that this host's default route sends from: IPv4
// if there is such a route, else IPv6. Without any it is os.ErrNotExist.
func DefaultAddr(ctx context.Context) (netip.Addr, error) {
	var addr netip.Addr
	err := do(ctx, "find the address of the default route", "", func() (err error) {
		for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
			if addr, err = defaultAddr(family); err != nil || addr.IsValid() {
				return err
			}
		}
		return fmt.Errorf("%w: this host has no default route with an address; name the address to use", os.ErrNotExist)
	})
	return addr, err
}

// LinkOf finds the interface that has the address, and its MTU. An address
// that this host doesn't have is os.ErrNotExist.
func LinkOf(ctx context.Context, addr netip.Addr) (name string, mtu int, err error) {
	err = do(ctx, "find the interface of", addr.String(), func() error {
		addrs, err := dump(func() ([]netlink.Addr, error) { return netlink.AddrList(nil, netlink.FAMILY_ALL) })
		if err != nil {
			return err
		}
		i := slices.IndexFunc(addrs, func(a netlink.Addr) bool { return unmap(a.IP) == addr.Unmap().WithZone("") })
		if i < 0 {
			return fmt.Errorf("%w: no interface of this host has this address", os.ErrNotExist)
		}
		link, err := netlink.LinkByIndex(addrs[i].LinkIndex)
		if err != nil {
			return err
		}
		name, mtu = link.Attrs().Name, link.Attrs().MTU
		return nil
	})
	return name, mtu, err
}

func mainRoutes(family int) ([]netlink.Route, error) {
	main := &netlink.Route{Table: unix.RT_TABLE_MAIN}
	return dump(func() ([]netlink.Route, error) {
		return netlink.RouteListFiltered(family, main, netlink.RT_FILTER_TABLE)
	})
}

// defaultAddr is the source address of the family's best default route that
// has one; the zero Addr if none has.
func defaultAddr(family int) (netip.Addr, error) {
	routes, err := mainRoutes(family)
	if err != nil {
		return netip.Addr{}, err
	}
	slices.SortStableFunc(routes, func(a, b netlink.Route) int { return cmp.Compare(a.Priority, b.Priority) })
	for _, r := range routes {
		if p, ok := prefix(r.Dst); !ok || p.Bits() > 0 || r.Type != unix.RTN_UNICAST {
			continue
		}
		if addr, err := source(family, r); err != nil || addr.IsValid() {
			return addr, err
		}
	}
	return netip.Addr{}, nil
}

// source is the address that a route sends from: its own, or that of its
// interface, best one in the gateway's subnet (RFC 6724 5, rule 8, and Linux
// for IPv4).
func source(family int, r netlink.Route) (netip.Addr, error) {
	if r.Src != nil {
		return unmap(r.Src), nil
	}
	index := r.LinkIndex
	if index == 0 && len(r.MultiPath) > 0 {
		index = r.MultiPath[0].LinkIndex
	}
	addrs, err := dump(func() ([]netlink.Addr, error) { return netlink.AddrList(nil, family) })
	if err != nil {
		return netip.Addr{}, err
	}
	addrs = slices.DeleteFunc(addrs, func(a netlink.Addr) bool { return a.LinkIndex != index || !usable(a) })
	if len(addrs) == 0 {
		return netip.Addr{}, nil
	}
	if i := slices.IndexFunc(addrs, func(a netlink.Addr) bool { return a.Contains(r.Gw) }); i >= 0 {
		return unmap(addrs[i].IP), nil
	}
	return unmap(addrs[0].IP), nil
}

// usable leaves out what must not be a tunnel's address: link-local ones, and
// those of RFC 4862 and RFC 8981 that won't stay.
func usable(a netlink.Addr) bool {
	const passing = unix.IFA_F_TEMPORARY | unix.IFA_F_DEPRECATED | unix.IFA_F_DADFAILED
	v4 := a.IP.To4() != nil // where IFA_F_TEMPORARY is IFA_F_SECONDARY
	return a.Scope == unix.RT_SCOPE_UNIVERSE && (v4 || a.Flags&passing == 0)
}

func unmap(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

// prefix converts a route's destination; nil is a default route.
func prefix(n *net.IPNet) (netip.Prefix, bool) {
	if n == nil {
		return netip.Prefix{}, false
	}
	bits, _ := n.Mask.Size()
	return netip.PrefixFrom(unmap(n.IP), bits), true
}
