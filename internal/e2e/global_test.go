package e2e

import (
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

// newGlobal makes two hosts whose Docker shares its networks in a cluster store,
// as the guide has it. Docker 20.10 is the last that has one; it must be etcd.
func newGlobal(t *testing.T) *cluster {
	t.Helper()
	c := newPrepared(t, "etcd", []string{engine, engine}, same("--scope", "global", "--audit", "1s"))
	if version := c.hosts[0].run("dockerd --version"); !strings.Contains(version, " 20.") {
		t.Skip("not run: Docker 20.10 is the last with a --cluster-store, and this is " + version)
	}
	const port = "2379"
	store := c.lab.Outside.Addr.String() + ":" + port // as dockerd is told by the store itself
	newProxyAt(t, c.lab.Outside, port, testenv.Etcd(t, 1, "--enable-v2=true", "--advertise-client-urls=http://"+store).Addrs()[0])
	for _, h := range c.hosts {
		h.dockerd = []string{"--cluster-store=etcd://" + store + "/docker", "--cluster-advertise=" + h.Addr.String() + ":2375"}
	}
	c.up()
	return c
}

// TestGlobalScope is the guide's own flow: Docker's networks are on all hosts by
// Docker's own cluster store.
func TestGlobalScope(t *testing.T) {
	c := newGlobal(t)
	h1, h2 := c.hosts[0], c.hosts[1]
	before := [...]string{h1.traces(), h2.traces()}
	h1.run("curl -sfg -d 'type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan' http://localhost:8081/viperflow/createphysicalnetwork")
	h1.run("curl -sfg -d 'physicalnetwork=vxlan&name=vxlan0' http://localhost:8081/viperflow/createphysicalport")
	id := h1.docker("network create -d vlcp -o physicalnetwork=vxlan -o mtu=1450 --ipam-driver vlcp --subnet 192.168.1.0/24 --gateway 192.168.1.1 test_network_a")
	h2.eventually("h2 has the network", func() bool { return h2.has("test_network_a", "192.168.1.0/24") })
	h2.equal("NetworkID and scope", h2.docker("network inspect -f {{.Id}}{{.Scope}} test_network_a"), id+"global")
	h1.docker(create + "--subnet 192.168.1.0/24 --internal test_network_b")

	h2.start("test_vlcp_2", "--network test_network_a")
	h1.start("test_vlcp_1", "--network test_network_a --ip 192.168.1.9")
	h2.start("b2", "--network test_network_b --ip 192.168.1.9")
	h2.meet("test_vlcp_2", "192.168.1.9")
	h1.meet("test_vlcp_1", h2.address("test_vlcp_2", "test_network_a"))
	h2.docker("exec test_vlcp_2 probe resolve test_vlcp_1")
	h1.docker("exec test_vlcp_1 probe resolve test_vlcp_2")
	h2.equal("way out of an internal network", via(h2.state("b2"), "0.0.0.0/0").IsValid(), false)
	h2.unreachable("b2", h2.address("test_vlcp_2", "test_network_a"))
	h2.refused("run --rm --network test_network_a --ip 192.168.1.9 busybox true", "192.168.1.9")
	h2.refused("network rm test_network_a", "active endpoints")

	t.Run("agents restarted", func(t *testing.T) {
		h2 := h2.in(t)
		h2.killAgent()
		h2.startAgent()
		h2.docker("restart -t 1 test_vlcp_2")
		h2.meet("test_vlcp_2", "192.168.1.9")
	})
	h2.agent = c.hosts[1].agent
	t.Run("disconnected by another host", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		h2.start("c2", "--network test_network_a --ip 192.168.1.20")
		h1.meet("test_vlcp_1", "192.168.1.20")
		h1.docker("network disconnect -f test_network_a c2")
		h1.unreachable("test_vlcp_1", "192.168.1.20")
		h2.docker("rm -f c2")
		h1.start("c1", "--network test_network_a --ip 192.168.1.20")
		h2.meet("test_vlcp_2", "192.168.1.20")
		h1.docker("rm -f c1")
	})
	h1.docker("rm -f test_vlcp_1")
	h2.docker("rm -f test_vlcp_2 b2")
	h2.docker("network rm test_network_a test_network_b")
	h1.eventually("h1 has them no more", func() bool { return !h1.has("test_network_a", "") && !h1.has("test_network_b", "") })
	h1.run("curl -sfg -d 'name=vxlan0' http://localhost:8081/viperflow/deletephysicalport")
	h1.asBefore(before[0])
	h2.asBefore(before[1])
}
