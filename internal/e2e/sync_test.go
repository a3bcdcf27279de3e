package e2e

import (
	"strings"
	"testing"
)

// TestNetworkSync creates networks on one host and uses and removes them on
// another.
func TestNetworkSync(t *testing.T) {
	c := newCluster(t, 2)
	h1, h2 := c.hosts[0], c.hosts[1]
	h1.docker(create + "--subnet 10.1.0.0/24 --gateway 10.1.0.1 --ip-range 10.1.0.128/25 --aux-address dns=10.1.0.5 " +
		"--label team=blue --attachable --internal -o mtu=1400 -o color=red --ipam-opt level=7 n1")
	h2.eventually("h2 has the network", func() bool { return h2.has("n1", "") })
	belongs := strings.NewReplacer(" network:"+h1.logical("n1"), "", " synced:true", "")
	if a, b := h1.inspect("n1"), h2.inspect("n1"); a != belongs.Replace(b) {
		t.Errorf("not the same:\n%s\n%s", a, b)
	}
	h1.start("a1", "--network n1")
	h2.start("a2", "--network n1")
	h1.reach("a1", h2.address("a2", "n1"))
	h2.reach("a2", h1.address("a1", "n1"))
	h2.refused("run --rm --network n1 --ip 10.1.0.5 busybox true", "10.1.0.5")

	h1.docker("rm -f a1")
	h1.docker("network rm n1")
	h1.docker(create + "--subnet 10.2.0.0/24 n1")
	h2.docker("stop -t 1 a2")
	h2.docker("start a2") // whoever has containers in the old one keeps it
	h2.equal("old subnet", h2.has("n1", "10.1.0.0/24"), true)
	h2.docker("rm -f a2")
	h2.eventually("h2 has the new one", func() bool { return h2.has("n1", "10.2.0.0/24") })
}

// TestNetworkSyncCatchesUp changes networks while a plugin does not run.
func TestNetworkSyncCatchesUp(t *testing.T) {
	c := newCluster(t, 2)
	h1, h2 := c.hosts[0], c.hosts[1]
	h1.docker(create + "n1")
	h2.eventually("h2 has the network", func() bool { return h2.has("n1", "") })

	h2.killAgent()
	h1.docker("network rm n1")
	h1.docker(create + "n2")
	h2.startAgent()
	h2.eventually("h2 has what h1 has", func() bool { return !h2.has("n1", "") && h2.has("n2", "") })

	h2.killAgent()
	h2.docker("network rm n2") // Docker tries to call the plugin for a while
	h2.startAgent()
	h1.eventually("h1 has it no more", func() bool { return !h1.has("n2", "") })
	h2.equal("h2 has it", h2.has("n2", ""), false)
}

// has tells whether a host has a network with a subnet; "": any.
func (h *host) has(network, subnet string) bool {
	h.t.Helper()
	out, err := h.Docker(h.ctx, "network", "inspect", network)
	return err == nil && strings.Contains(out, subnet)
}

// logical is the logical network that a network of this host was made with.
func (h *host) logical(network string) string {
	h.t.Helper()
	return "docker-" + h.docker("network inspect -f {{.Id}} "+network) + "-lognet"
}

// inspect is what a network is like on all hosts.
func (h *host) inspect(network string) string {
	h.t.Helper()
	return h.docker("network inspect -f {{.Name}}{{.Scope}}{{.Driver}}{{.EnableIPv6}}{{.IPAM}}{{.Internal}}{{.Attachable}}{{.Options}}{{.Labels}} " + network)
}

func (h *host) address(container, network string) string {
	h.t.Helper()
	return h.docker("inspect -f {{.NetworkSettings.Networks." + network + ".IPAddress}} " + container)
}
