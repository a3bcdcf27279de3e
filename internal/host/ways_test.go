package host_test

import (
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/host"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// TestOtherFamily has a host whose tunnel address is of the family that this one
// has no address of, then has one, and then a port that is not for it.
func TestOtherFamily(t *testing.T) {
	data, log := memory.New(), &text{}
	f := newFixture(t, data, "h1", func(c *host.Config) { at(t, "192.0.2.1")(c); log.of(c); c.Audit = audit / 6000 })
	said := func(text string, times int) {
		t.Helper()
		f.eventually(text, func() bool { return strings.Count(log.String(), text) == times })
	}
	f.network("before")
	f.ok(f.Model.Announce(t.Context(), network.Host{ID: "h2", Name: "two", Tunnel: netip.MustParseAddr("fd77::2")}))
	const noWay = "there is no way to another host's tunnel address"
	said(noWay, 1)
	if !strings.Contains(log.String(), "host=h2 name=two tunnel=fd77::2") {
		t.Errorf("it is not named:\n%s", log)
	}
	f.ip("addr add fd77::1/64 dev lo nodad")
	f.network("after")
	if before, after := f.mtu("before"), f.mtu("after"); after != before-20 {
		t.Errorf("MTU %d without and %d with a tunnel over IPv6", before, after)
	}
	f.ok(f.sw.SetPorts(t.Context(), ovs.PortChanges{Add: []ovs.PortSpec{{Name: "mine", Type: "vxlan", Options: map[string]string{"local_ip": "192.0.2.1"}}}}))
	said("port=mine local_ip=192.0.2.1 host=h2", 1)
	f.ip("addr del fd77::1/64 dev lo")
	said(noWay, 2)
}

func (f *fixture) ip(args string) {
	f.Helper()
	testenv.Root(f)
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		f.Fatalf("ip %s: %s", args, out)
	}
}

func (f *fixture) mtu(id string) int {
	f.Helper()
	n, err := f.Network(f.Context(), id)
	f.ok(err)
	return n.Network.MTU
}
