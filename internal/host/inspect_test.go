package host_test

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/internal/host"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// TestUDPPortTaken has another program take the UDP port of the tunnels, twice.
func TestUDPPortTaken(t *testing.T) {
	testenv.Root(t)
	synctest.Test(t, func(t *testing.T) {
		log := &text{}
		f := newFixture(t, memory.New(), "h1", func(c *host.Config) { log.of(c); c.Info.Datapath = "netdev"; c.VXLANPort = 14999 })
		f.network("n")
		said := func(when string, times int) {
			t.Helper()
			f.wait(3 * audit)
			if n := strings.Count(log.String(), "has the UDP port of the tunnels"); n != times {
				t.Errorf("%s: said %d times, want %d:\n%s", when, n, times, log)
			}
		}
		said("free", 0)
		for times := range 2 {
			other, err := net.ListenPacket("udp", ":14999")
			f.ok(err)
			said("taken", times+1)
			f.ok(other.Close())
			said("free again", times+1)
		}
		if !strings.Contains(log.String(), "port=vxlan0 udp=14999") {
			t.Errorf("it is not named:\n%s", log)
		}
	})
}

// TestSmallerHost has a host join whose underlay carries less than a network has.
func TestSmallerHost(t *testing.T) {
	data, log := memory.New(), &text{}
	big := newFixture(t, data, "h1", at(t, "192.0.2.1"))
	big.network("n")
	net, err := big.Network(t.Context(), "n")
	big.ok(err)
	small := newFixture(t, data, "h2", func(c *host.Config) { log.of(c); c.Audit = 10 * time.Millisecond })
	_, err = small.Plug(t.Context(), plug("p", "n"))
	small.ok(err)
	small.eventually("it is said", func() bool { return strings.Contains(log.String(), "network=n mtu=65486 fits=1450") })
	after, err := small.Network(t.Context(), "n")
	small.ok(err)
	if after.Network.MTU != net.Network.MTU || after.Network.MTU != 65486 {
		t.Errorf("the MTU is %d, was %d", after.Network.MTU, net.Network.MTU)
	}
	small.ok(small.Model.DeletePorts(t.Context(), "p"))
}
