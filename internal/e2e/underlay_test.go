package e2e

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/netns"
)

// TestIPv6Underlay has tunnels between IPv6 addresses, then a third host whose
// tunnel address is of IPv4, and the reports of a host on what it can't put right.
func TestIPv6Underlay(t *testing.T) {
	c := newPrepared(t, "etcd", []string{engine, engine, engine}, func(h *testlab.Host) []string {
		tunnel := h.IPv6
		if h.Name == "h3" {
			tunnel = h.Addr
		}
		return []string{alone, "--audit", "1s", "--tunnel-ip", tunnel.String()}
	})
	h1, h2, h3 := c.hosts[0], c.hosts[1], c.hosts[2]
	var starting sync.WaitGroup
	starting.Go(h1.up)
	starting.Go(h2.up)
	starting.Wait()
	const subnets = "--ipv6 --subnet 10.1.0.0/24 --subnet fd01::/64 n1"
	id := h1.docker(create + subnets)
	h2.join("docker-"+id+"-lognet", subnets)
	s := h1.start("a1", "--network n1 --ip 10.1.0.11 --ip6 fd01::11")
	h2.start("a2", "--network n1 --ip 10.1.0.12 --ip6 fd01::12")
	h1.equal("MTU", s.Interface("eth0").MTU, 1430)
	h1.equal("its source", h1.run("ovs-vsctl get interface vxlan0 options:local_ip"), `"fd99::1"`)
	for _, last := range []string{"10.1.0.1", "fd01::1"} {
		h1.meet("a1", last+"2")
		h2.meet("a2", last+"1")
	}

	t.Run("an IPv4 host beside", func(t *testing.T) {
		h1, h2, h3 := h1.in(t), h2.in(t), h3.in(t)
		ping, err := h1.StartPing(h1.ctx, "a1", netip.MustParseAddr("10.1.0.12"), 5*time.Millisecond)
		check(t, err)
		h3.up()
		h3.join("docker-"+id+"-lognet", subnets)
		h3.start("a3", "--network n1 --ip 10.1.0.13 --ip6 fd01::13")
		for _, last := range []string{"10.1.0.1", "fd01::1"} {
			h1.meet("a1", last+"3")
			h2.meet("a2", last+"3")
			h3.meet("a3", last+"1")
			h3.full("a3", last+"2", 1430)
			h1.full("a1", last+"3", 1430)
			h1.full("a1", last+"2", 1430)
		}
		stats, err := ping.Stop()
		check(t, err)
		if stats.Lost > 0 {
			t.Errorf("packets lost between the IPv6 hosts meanwhile: %+v", stats)
		}
		h3.docker(create + "n2")
		h3.equal("MTU", h3.start("b3", "--network n2").Interface("eth0").MTU, 1430)
		h3.run("ip -6 addr flush dev br-phy scope global")
		h3.says("no way to another host's tunnel address")
		h3.wantLog("level=WARN", "host=h1", "tunnel=fd99::1")
		h1.equal("said on h1", strings.Contains(h1.agent.Log(), "no way to"), false)
	})
	t.Run("another VXLAN user", func(t *testing.T) {
		h1 := h1.in(t)
		var other net.PacketConn
		check(t, netns.Do(h1.Netns(), func() (err error) { other, err = net.ListenPacket("udp", ":4999"); return err }))
		defer other.Close()
		h1.eventually("it is said", func() bool { return strings.Contains(h1.agent.Log(), "has the UDP port of the tunnels") })
		h1.wantLog("level=WARN", "port=vxlan0", "udp=4999", "--vxlan-port")
	})
	t.Run("a smaller host", func(t *testing.T) {
		h2 := h2.in(t)
		h2.run("ovs-vsctl set interface br-phy mtu_request=1400")
		h2.eventually("it is said", func() bool { return strings.Contains(h2.agent.Log(), "mtu=1430 fits=1330") })
		h2.equal("MTU", h2.state("a2").Interface("eth0").MTU, 1430)
	})
}
