package e2e

import (
	"net"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/netns"
)

// TestIPv6Underlay has tunnels between IPv6 addresses, and the reports of a host
// on what it can't put right.
func TestIPv6Underlay(t *testing.T) {
	c := newClusterOn(t, "etcd", 2, func(h *testlab.Host) []string {
		return []string{alone, "--audit", "1s", "--tunnel-ip", h.IPv6.String()}
	})
	h1, h2 := c.hosts[0], c.hosts[1]
	const subnets = "--ipv6 --subnet 10.1.0.0/24 --subnet fd01::/64 n1"
	id := h1.docker(create + subnets)
	h2.join("docker-"+id+"-lognet", subnets)
	s := h1.start("a1", "--network n1 --ip 10.1.0.11 --ip6 fd01::11")
	h2.start("a2", "--network n1 --ip 10.1.0.12 --ip6 fd01::12")
	h1.equal("MTU", s.Interface("eth0").MTU, 1430)
	for _, last := range []string{"10.1.0.1", "fd01::1"} {
		h1.meet("a1", last+"2")
		h2.meet("a2", last+"1")
	}

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
