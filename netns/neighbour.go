package netns

import (
	"context"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// discard is the port of the discard service, RFC 863.
const discard = 9

// Resolve has the kernel ask anew who the next hop towards an address is, even
// where it believes to know, and does not wait for the answer. Open vSwitch's
// userspace datapath learns its tunnels' neighbours only by watching that.
func Resolve(ctx context.Context, a netip.Addr) error {
	return do(ctx, "resolve", a.String(), func() error {
		routes, err := netlink.RouteGet(a.AsSlice())
		if err != nil {
			return err
		}
		hop := net.IP(a.AsSlice())
		if len(routes[0].Gw) != 0 {
			hop = routes[0].Gw
		}
		if err := forgetNeighbour(routes[0].LinkIndex, hop); err != nil {
			return err
		}
		return ask(a)
	})
}

// forgetNeighbour deletes what the kernel learned of a neighbour; what an
// operator told it stays.
func forgetNeighbour(link int, hop net.IP) error {
	known, err := netlink.NeighList(link, netlink.FAMILY_ALL)
	if err != nil {
		return err
	}
	for _, n := range known {
		if n.IP.Equal(hop) && n.State&(netlink.NUD_PERMANENT|netlink.NUD_NOARP) == 0 {
			return netlink.NeighDel(&n)
		}
	}
	return nil
}

// ask sends a byte that nobody needs, for the question that goes before it.
func ask(a netip.Addr) error {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, discard)))
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Write([]byte{0})
	return err
}
