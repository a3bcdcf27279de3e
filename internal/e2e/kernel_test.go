package e2e

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

// TestKernelDatapath shows on two hosts what is the kernel's datapath's own. The
// tunnels are of IPv6, and in the end of IPv4 one way.
func TestKernelDatapath(t *testing.T) {
	if userspace() {
		t.Skip("not run: this kernel has no module openvswitch; internal/kernellab runs it in a guest that has")
	}
	c := newClusterOn(t, "etcd", 2, func(h *testlab.Host) []string { return []string{alone, "--tunnel-ip", h.IPv6.String()} })
	h1, h2 := c.hosts[0], c.hosts[1]
	const subnets = "--subnet 10.1.0.0/24 --ipv6 --subnet fd01::/64 "
	h2.join("docker-"+h1.docker(create+subnets+"n1")+"-lognet", subnets+"n1")
	h1.docker(create + "--subnet 10.2.0.0/24 n2")
	a1 := h1.start("a1", "--network n1 --ip 10.1.0.11 --ip6 fd01::11")
	h2.start("a2", "--network n1 --ip 10.1.0.12 --ip6 fd01::12")
	for _, prefix := range []string{"10.1.0.1", "fd01::1"} {
		h1.meet("a1", prefix+"2")
		h2.meet("a2", prefix+"1")
	}

	t.Run("it is chosen", func(t *testing.T) {
		h1.in(t).equal("datapath", h1.run("ovs-vsctl get bridge dockerbr0 datapath_type"), "system")
	})
	t.Run("full packets pass", func(t *testing.T) {
		h1 := h1.in(t)
		h1.equal("MTU", a1.Interface("eth0").MTU, 1430)
		h1.full("a1", "10.1.0.12", 1430)
		h1.full("a1", "fd01::12", 1430)
	})
	t.Run("offloads stay on", func(t *testing.T) {
		h1 := h1.in(t)
		features := h1.run("nsenter -n -t " + h1.docker("inspect -f {{.State.Pid}} a1") + " ethtool -k eth0")
		for _, offload := range []string{"tx-checksumming", "tcp-segmentation-offload", "generic-segmentation-offload"} {
			if !strings.Contains(features, offload+": on") {
				t.Errorf("%s is off:\n%s", offload, features)
			}
		}
		h1.docker("exec a1 probe check -bytes 20000000 -timeout 60s 10.1.0.12:7")
	})
	t.Run("the kernel forwards", func(t *testing.T) {
		h1.in(t).eventually("packets went through the kernel's own flow into the tunnel", func() bool {
			h1.ping("a1", "10.1.0.12")
			return tunnelFlow.MatchString(h1.run("ovs-appctl dpctl/dump-flows system@ovs-system"))
		})
	})
	h2.restart("--tunnel-ip", h2.Addr.String())
	t.Run("tunnels of both families", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		h1.eventually("its tunnel port is for both", func() bool { return !strings.Contains(h1.run("ovs-vsctl get interface vxlan0 options"), "local_ip") })
		for _, prefix := range []string{"10.1.0.1", "fd01::1"} {
			h1.meet("a1", prefix+"2")
			h2.meet("a2", prefix+"1")
			h1.full("a1", prefix+"2", 1430)
			h2.full("a2", prefix+"1", 1430)
		}
	})
	t.Run("agents are killed", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		ping, err := h1.StartPing(h1.ctx, "a1", netip.MustParseAddr("fd01::12"), 5*time.Millisecond)
		check(t, err)
		before := map[*host]map[string]int{h1: h1.packets(), h2: h2.packets()}
		for h := range before {
			h.killAgent()
			h.startAgent()
		}
		h1.docker("run --rm --network n2 busybox probe dump") // flows are applied again
		stats, err := ping.Stop()
		check(t, err)
		if stats.Lost > 0 {
			t.Errorf("packets lost while the agents were away: %+v", stats)
		}
		for h, before := range before {
			h.notRewritten(before)
		}
	})
}

// tunnelFlow is a flow of the kernel's that sent packets through a tunnel.
var tunnelFlow = regexp.MustCompile(`packets:[1-9][^\n]*set\(tunnel\(`)
