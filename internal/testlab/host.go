package testlab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"sync"

	"github.com/vishvananda/netlink"

	"github.com/vlcp-go/vlcp/netns"
)

// The underlay: host number n has 10.99.0.n and fd99::n on its uplink.
var (
	outside4 = netip.MustParsePrefix("10.99.0.254/24")
	outside6 = netip.MustParsePrefix("fd99::254/64")
)

const (
	uplink       = "eth0" // of each host
	switchBridge = "br0"  // in Outside
)

// HostConfig is a host as it should be.
type HostConfig struct {
	Name        string   // its hostname
	BinDir      string   // searched for programs before the system's: another Docker
	Env         []string // for what runs in it: "KEY=value"
	DockerFlags []string // for each dockerd
}

// systemPath finds the distribution's programs before those in /usr/local: a
// newer docker command refuses options on an older dockerd.
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"

func (c HostConfig) environment(lab string) []string {
	path := systemPath
	if c.BinDir != "" {
		path = c.BinDir + ":" + path
	}
	return append([]string{"PATH=" + path, "HOME=/run/lab", "LANG=C.UTF-8", labVariable + "=" + lab}, c.Env...)
}

// Host is a machine of the lab.
type Host struct {
	Name string
	Addr netip.Addr // on the underlay
	IPv6 netip.Addr // on the underlay

	lab     *Lab
	config  HostConfig
	number  int
	dir     string   // logs
	env     []string // of what runs in it
	sandbox *sandbox

	mu        sync.Mutex
	processes []*Process
	services  map[string]*Process // what StartOVS and StartDocker started
}

// Host makes a host with an address on the underlay and default routes to
// Outside. Hosts may be made at the same time; their names differ.
func (l *Lab) Host(ctx context.Context, c HostConfig) (*Host, error) {
	h, err := l.newHost(ctx, c)
	if err != nil {
		return nil, err
	}
	if h.number >= int(outside4.Addr().As4()[3]) {
		h.Close()
		return nil, fmt.Errorf("host %s: the underlay has no address left", h.Name)
	}
	h.Addr, h.IPv6 = nth(outside4, h.number), nth(outside6, h.number)
	if err := h.plugIn(ctx); err != nil {
		h.Close()
		return nil, fmt.Errorf("connect host %s: %w", h.Name, err)
	}
	return h, nil
}

// nth is the address of host number n in the subnet of p.
func nth(p netip.Prefix, n int) netip.Addr {
	a := p.Masked().Addr().AsSlice()
	a[len(a)-1] = byte(n)
	addr, _ := netip.AddrFromSlice(a)
	return addr
}

// Close ends the host with everything that runs in it: a power cut.
func (h *Host) Close() {
	h.sandbox.close()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.processes {
		<-p.done
	}
}

// Netns is the path of the host's network namespace, for package netns.
func (h *Host) Netns() string { return fmt.Sprintf("/proc/%d/ns/net", h.sandbox.init.Process.Pid) }

// Path is the path for this process of a file of the host: of its docker.sock,
// for one. Sockets can be dialled there too.
func (h *Host) Path(name string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", h.sandbox.init.Process.Pid), name)
}

// plugIn gives the host its uplink. The switch's end leaves no checksums to
// devices, since Open vSwitch's userspace datapath will read from the other.
func (h *Host) plugIn(ctx context.Context) error {
	port := fmt.Sprintf("port%d", h.number)
	outside := h.lab.Outside.Netns()
	err := netns.Do(h.Netns(), func() error {
		return netns.CreateVeth(ctx, netns.Veth{Host: uplink, Peer: port, Netns: outside, MTU: h.lab.mtu, TxOff: true})
	})
	if err != nil {
		return err
	}
	if _, err := h.Run(ctx, "ip", "link", "set", "dev", uplink, "address", h.mac(physBridge).String()); err != nil {
		return err
	}
	if err := netns.Do(outside, func() error { return enslave(port) }); err != nil {
		return err
	}
	return h.address(ctx, uplink)
}

// address puts the host's addresses and default routes on an interface.
func (h *Host) address(ctx context.Context, ifname string) error {
	return netns.Configure(ctx, h.Netns(), ifname, netns.Config{
		Addresses: []netip.Prefix{
			netip.PrefixFrom(h.Addr, outside4.Bits()),
			netip.PrefixFrom(h.IPv6, outside6.Bits()),
		},
		Gateways: []netip.Addr{outside4.Addr(), outside6.Addr()},
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

// makeSwitch makes the host the underlay's switch. Without snooping it floods
// multicast at once, as IPv6's neighbour discovery needs.
func (h *Host) makeSwitch(mtu int) error {
	h.Addr, h.IPv6 = outside4.Addr(), outside6.Addr()
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU = switchBridge, mtu
	snooping := false
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snooping}
	if err := netns.Do(h.Netns(), func() error { return netlink.LinkAdd(bridge) }); err != nil {
		return err
	}
	return netns.Configure(context.Background(), h.Netns(), switchBridge,
		netns.Config{Addresses: []netip.Prefix{outside4, outside6}})
}
