package testenv

import (
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// AddEndpoint makes a veth pair: one end is a device for a port of a bridge,
// the other is eth0 in a namespace of its own, with the address and the
// hardware address. Both are up, and gone with the test.
func (o *OVSInstance) AddEndpoint(device string, addr netip.Prefix, mac net.HardwareAddr) netns.NsHandle {
	o.t.Helper()
	ns := newNS(o.t)
	must(o.t, handle(o.t, o.NS).LinkAdd(&netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: device, Flags: net.FlagUp},
		PeerName:  "eth0", PeerHardwareAddr: mac, PeerNamespace: netlink.NsFd(ns),
	}))
	inside := handle(o.t, ns)
	eth0, err := inside.LinkByName("eth0")
	must(o.t, err)
	must(o.t, inside.AddrAdd(eth0, &netlink.Addr{IPNet: &net.IPNet{
		IP: addr.Addr().AsSlice(), Mask: net.CIDRMask(addr.Bits(), addr.Addr().BitLen()),
	}}))
	must(o.t, inside.LinkSetUp(eth0))
	return ns
}

// In calls fn in a namespace. What fn does on other goroutines isn't there, but
// a socket that fn opens stays.
func In(t testing.TB, ns netns.NsHandle, fn func()) {
	t.Helper()
	runtime.LockOSThread()
	home, err := netns.Get()
	must(t, err)
	defer home.Close()
	must(t, netns.Set(ns))
	defer func() {
		// A thread that can't come back stays locked and ends with the goroutine.
		must(t, netns.Set(home))
		runtime.UnlockOSThread()
	}()
	fn()
}

// handle is a netlink socket in a namespace.
func handle(t testing.TB, ns netns.NsHandle) *netlink.Handle {
	t.Helper()
	h, err := netlink.NewHandleAt(ns)
	must(t, err)
	t.Cleanup(h.Close)
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
