package netns_test

import (
	"net"
	"os/exec"
	"slices"
	"testing"

	"github.com/vlcp-go/vlcp/netns"
)

func TestUDPBound(t *testing.T) {
	ns := sandbox(t)
	ip(t, ns, "link set lo up")
	bound := func(port uint16) (is bool) {
		t.Helper()
		in(t, ns, func() (err error) { is, err = netns.UDPBound(t.Context(), port); return err })
		return is
	}
	for _, addr := range []string{"127.0.0.1:4999", "[::1]:4998", "0.0.0.0:9"} {
		var c net.PacketConn
		in(t, ns, func() (err error) { c, err = net.ListenPacket("udp", addr); return err })
		port := uint16(c.LocalAddr().(*net.UDPAddr).Port)
		if !bound(port) {
			t.Errorf("%s: not bound", addr)
		}
		if bound(port + 100) {
			t.Errorf("%d: bound", port+100)
		}
		c.Close()
		if bound(port) {
			t.Errorf("%s: bound after it was closed", addr)
		}
	}
}

func TestVXLANLinks(t *testing.T) {
	ns := sandbox(t)
	in(t, ns, func() error {
		if out, err := exec.Command("ip", "link", "add", "other", "type", "vxlan", "id", "7", "dstport", "4999").CombinedOutput(); err != nil {
			t.Skipf("not run: this kernel has no VXLAN: %s", out)
		}
		return nil
	})
	ip(t, ns, "link add vxlan_sys type vxlan external dstport 4998")
	for port, want := range map[uint16][]string{4999: {"other"}, 4998: nil, 4789: nil} {
		var got []string
		in(t, ns, func() (err error) { got, err = netns.VXLANLinks(t.Context(), port); return err })
		if !slices.Equal(got, want) {
			t.Errorf("port %d: %v, want %v", port, got, want)
		}
	}
	ip(t, ns, "link set other up")
	in(t, ns, func() error {
		if bound, err := netns.UDPBound(t.Context(), 4999); err != nil || !bound {
			t.Errorf("the kernel's socket: %v, %v", bound, err)
		}
		return nil
	})
}
