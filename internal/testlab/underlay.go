package testlab

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"

	"github.com/vlcp-go/vlcp/netns"
)

const (
	uplink       = "eth0" // of each host
	switchBridge = "br0"  // in Outside

	outside  = 254 // the number in Outside's addresses
	maxHosts = outside - 1
)

// underlay is the addresses of host number n; Outside is number 0.
func underlay(n int) (v4, v6 netip.Addr) {
	if n == 0 {
		n = outside
	}
	v4 = netip.AddrFrom4([4]byte{10, 99, 0, byte(n)})
	v6 = netip.MustParseAddr(fmt.Sprintf("fd99::%d", n)) // reads as the other one
	return v4, v6
}

// prefixes are the host's addresses with the length of the underlay's subnets.
func (h *Host) prefixes() []netip.Prefix {
	return []netip.Prefix{netip.PrefixFrom(h.Addr, 24), netip.PrefixFrom(h.IPv6, 64)}
}

// bootSwitch starts the host as the underlay's switch. Without snooping that
// floods multicast at once, as IPv6's neighbour discovery needs. A MAC of its own
// stays, where Linux would take the lowest of those that the ports have: whoever
// talks to the host would lose it as others come and go.
func (h *Host) bootSwitch(ctx context.Context) (err error) {
	if h.sandbox, err = newSandbox(ctx, h.Name, h.env); err != nil {
		return err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.HardwareAddr = switchBridge, h.lab.mtu, h.mac(switchBridge)
	snooping := false
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snooping}
	if err := netns.Do(h.Netns(), func() error { return netlink.LinkAdd(bridge) }); err != nil {
		return fmt.Errorf("make the underlay's switch: %w", err)
	}
	return netns.Configure(ctx, h.Netns(), switchBridge, netns.Config{Addresses: h.prefixes()})
}

// plugIn gives the host its uplink. The switch's end leaves no checksums to
// devices where Open vSwitch's userspace datapath will read from the other.
func (h *Host) plugIn(ctx context.Context) error {
	port := fmt.Sprintf("port%d", h.number)
	theirs := h.lab.Outside.Netns()
	err := netns.Do(h.Netns(), func() error {
		return netns.CreateVeth(ctx, netns.Veth{Host: uplink, Peer: port, Netns: theirs, MTU: h.lab.mtu, TxOff: !kernelDatapath()})
	})
	if err != nil {
		return err
	}
	if _, err := h.Run(ctx, "ip", "link", "set", "dev", uplink, "address", h.mac(physBridge).String()); err != nil {
		return err
	}
	if err := netns.Do(theirs, func() error { return enslave(port) }); err != nil {
		return err
	}
	return h.address(ctx, uplink)
}

// address puts the host's addresses and default routes on an interface.
func (h *Host) address(ctx context.Context, ifname string) error {
	return netns.Configure(ctx, h.Netns(), ifname, netns.Config{
		Addresses: h.prefixes(),
		Gateways:  []netip.Addr{h.lab.Outside.Addr, h.lab.Outside.IPv6},
	})
}

// mac is that of the host's uplink, or of the bridge that holds it; the
// bridge's is the uplink's while there is no bridge.
func (h *Host) mac(ifname string) net.HardwareAddr {
	if ifname == uplink {
		return net.HardwareAddr{6, 0, 0, 0, 0, byte(h.number)}
	}
	return net.HardwareAddr{2, 0, 0, 0, 0, byte(h.number)}
}

// enslave makes an interface a port of the switch.
func enslave(port string) error {
	link, err := netlink.LinkByName(port)
	if err != nil {
		return err
	}
	bridge, err := netlink.LinkByName(switchBridge)
	if err != nil {
		return err
	}
	if err := netlink.LinkSetMaster(link, bridge); err != nil {
		return err
	}
	return netlink.LinkSetUp(link)
}
