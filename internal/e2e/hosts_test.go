package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// find waits until an address on another host, of which the store tells this
// one, answers a container.
func (h *host) find(container, addr string) {
	h.t.Helper()
	h.eventually(container+" finds "+addr, func() bool {
		s, err := h.Ping(h.ctx, container, netip.MustParseAddr(addr), 1)
		return err == nil && s.Received == 1
	})
}

// meet is find, and then reach.
func (h *host) meet(container, addr string) {
	h.t.Helper()
	h.find(container, addr)
	h.reach(container, addr)
}

// full checks that packets as large as the MTU pass from a container to an address.
func (h *host) full(container, addr string, mtu int) {
	h.t.Helper()
	headers := 20 + 8 // of IP and ICMP
	if strings.Contains(addr, ":") {
		headers = 40 + 8
	}
	out := h.docker(fmt.Sprintf("exec %s probe ping -c 3 -s %d %s", container, mtu-headers, addr))
	if !strings.Contains(out, `"Lost":0`) {
		h.t.Errorf("full packets from %s to %s: %s", container, addr, out)
	}
}

// join gives a host the Docker network of another host's logical network.
func (h *host) join(id, options string) {
	h.t.Helper()
	h.docker(create + "-o network=" + id + " --ipam-opt network=" + id + " " + options)
}

// TestTwoHosts has containers on two hosts reach each other, and goes on while
// the agents are dead and the store is away.
func TestTwoHosts(t *testing.T) {
	c := newCluster(t, 2, alone)
	h1, h2 := c.hosts[0], c.hosts[1]
	id := h1.docker(create + "--subnet 10.1.0.0/24 n1")
	h2.join("docker-"+id+"-lognet", "--subnet 10.1.0.0/24 n1")
	h1.start("a1", "--network n1 --ip 10.1.0.11")
	h2.start("a2", "--network n1 --ip 10.1.0.12")
	h1.meet("a1", "10.1.0.12")
	h2.meet("a2", "10.1.0.11")

	t.Run("addresses are given once", func(t *testing.T) {
		h2.in(t).refused("run --rm --network n1 --ip 10.1.0.11 busybox true", "10.1.0.11")
	})
	t.Run("nobody is needed", func(t *testing.T) {
		ping, err := h1.StartPing(h1.ctx, "a1", netip.MustParseAddr("10.1.0.12"), 5*time.Millisecond)
		check(t, err)
		c.store.cut(true)
		h1.killAgent()
		h2.killAgent()
		h1.in(t).reach("a1", "10.1.0.12")
		h1.startAgent()
		h2.startAgent()
		c.store.cut(false)
		stats, err := ping.Stop() // a new container changes routes, where the userspace datapath may lose a packet
		check(t, err)
		if stats.Lost > 0 {
			t.Errorf("packets lost meanwhile: %+v", stats)
		}
		h2.in(t).start("c2", "--network n1 --ip 10.1.0.32")
		h1.in(t).meet("a1", "10.1.0.32")
	})
	t.Run("a container is found at once", func(t *testing.T) { h1.in(t).findAtOnce("a1", h2.in(t), "10.1.0.50") })
	t.Run("isolation", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		other := h1.docker(create + "--subnet 10.1.0.0/24 n2")
		h2.join("docker-"+other+"-lognet", "--subnet 10.1.0.0/24 n2")
		h1.start("x1", "--network n2 --ip 10.1.0.11")
		h2.start("x2", "--network n2 --ip 10.1.0.42")
		h1.meet("x1", "10.1.0.42")
		h2.unreachable("a2", "10.1.0.42")
		h2.unreachable("x2", "10.1.0.12")
	})
}

// findAtOnce starts a container on another host, and reports how long its first
// answer to a ping from here takes.
func (h *host) findAtOnce(container string, other *host, addr string) {
	h.t.Helper()
	other.start("new", "--network n1 --ip "+addr)
	began := time.Now()
	ping, err := h.StartPing(h.ctx, container, netip.MustParseAddr(addr), 5*time.Millisecond)
	check(h.t, err)
	took := time.Since(began)
	_, err = ping.Stop()
	check(h.t, err)
	h.t.Logf("first answer %v after docker run, of which starting ping in the container is most", took)
	if took > 10*time.Second {
		h.t.Errorf("the first answer took %v", took)
	}
}

// TestHostDies takes the store away from agents that live, and then cuts the power
// of a host: the others go on, and nobody gets its addresses until an operator
// removes it.
func TestHostDies(t *testing.T) {
	c := newCluster(t, 2, alone, "--audit", "1s")
	h1, h2 := c.hosts[0], c.hosts[1]
	id := h1.docker(create + "--subnet 10.1.0.0/24 n1")
	h2.join("docker-"+id+"-lognet", "--subnet 10.1.0.0/24 n1")
	h1.start("a1", "--network n1 --ip 10.1.0.11")
	h1.start("b1", "--network n1 --ip 10.1.0.21")
	h2.start("a2", "--network n1 --ip 10.1.0.12")
	h1.meet("a1", "10.1.0.12")
	t.Run("the store is away", func(t *testing.T) {
		o := c.cutStore(t)
		o.whileAway()
		o.giveBack()
	})
	check(t, h2.agent.Stop(h2.ctx, syscall.SIGKILL))
	h2.Close()
	h1.reach("a1", "10.1.0.21")
	h1.start("c1", "--network n1 --ip 10.1.0.31")
	h1.reach("a1", "10.1.0.31")
	h1.refused("run --rm --network n1 --ip 10.1.0.12 busybox true", "10.1.0.12")
	program, err := plugin()
	check(t, err)
	h1.eventually("h2 is removed", func() bool {
		_, err = h1.Run(h1.ctx, program, "host", "remove", "h2")
		return err == nil || !strings.Contains(err.Error(), "its agent lives")
	})
	check(t, err)
	h1.start("d1", "--network n1 --ip 10.1.0.12")
	h1.reach("a1", "10.1.0.12")
}
