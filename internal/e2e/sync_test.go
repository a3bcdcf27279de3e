package e2e

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
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
	h1.meet("a1", h2.address("a2", "n1"))
	h2.meet("a2", h1.address("a1", "n1"))
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

// TestNetworkSyncCatchesUp changes networks while a plugin does not run, and has a
// Docker lose its data.
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
	check(t, h1.StopDocker(h1.ctx, syscall.SIGTERM))
	h1.run("rm -r /var/lib/docker/network")
	check(t, h1.StartDocker(h1.ctx))
	h2.docker("network rm n2") // Docker tries to call the plugin for a while
	h1.eventually("h1 has again what Docker lost", func() bool { return h1.has("n2", "") })
	h2.startAgent()
	h1.eventually("h1 has it no more", func() bool { return !h1.has("n2", "") })
	h2.equal("h2 has it", h2.has("n2", ""), false)
}

// TestNetworkSyncStays has networks that stay on their host, and reaches one of
// the Dockers by TLS.
func TestNetworkSyncStays(t *testing.T) {
	c := newCluster(t, 2, alone)
	h1, h2 := c.hosts[0], c.hosts[1]
	for _, h := range c.hosts {
		h.docker(create + "--subnet 10.1.0.0/24 both")
	}
	h1.docker("network create -d vlcp --subnet 10.5.0.0/24 other")
	h1.restart("--docker=unix:///var/run/docker.sock")
	h2.restart(h2.dockerByTLS()...)

	h1.says("create it with --ipam-driver vlcp")
	winner, loser := h1, h2
	const says = "on the others the name is another network's"
	h1.eventually("the name is one host's", func() bool {
		if strings.Contains(h1.agent.Log(), says) {
			winner, loser = h2, h1
		}
		return strings.Contains(loser.agent.Log(), says)
	})
	loser.docker("network rm both")
	loser.eventually("the other host's comes", func() bool { return loser.has("both", winner.logical("both")) })

	h1.docker(create + "--subnet 10.2.0.0/24 kept")
	h2.eventually("h2 has the network", func() bool { return h2.has("kept", "") })
	h2.start("c2", "--network kept")
	h2.docker("stop -t 1 c2")
	h1.docker("system prune -f")
	h1.equal("h1 has it after the prune", h1.has("kept", ""), false)
	h2.says("it stays here until its last container is removed or disconnected")
	h2.docker("start c2")
	h2.docker("rm -f c2")
	h2.eventually("h2 has it no more", func() bool { return !h2.has("kept", "") })
	h2.equal("h2 has the one of another IPAM driver", h2.has("other", ""), false)
}

// restart starts the agent again, with more flags.
func (h *host) restart(flags ...string) {
	h.t.Helper()
	h.killAgent()
	h.flags = append(h.flags, flags...)
	h.startAgent()
}

// dockerByTLS has Docker serve its API by TLS, to who has a key, and gives the
// agent's flags for that.
func (h *host) dockerByTLS() (flags []string) {
	h.t.Helper()
	certs := testenv.NewCerts(h.t)
	h.run("mkdir -p /etc/certs")
	for name, from := range map[string]string{"ca.pem": certs.CA, "cert.pem": certs.ClientCert, "key.pem": certs.ClientKey,
		"server.pem": certs.ServerCert, "server.key": certs.ServerKey} {
		content, err := os.ReadFile(from)
		check(h.t, err)
		check(h.t, os.WriteFile(h.Path("/etc/certs/"+name), content, 0o600))
	}
	check(h.t, h.StopDocker(h.ctx, syscall.SIGTERM))
	check(h.t, h.StartDocker(h.ctx, "--host=tcp://127.0.0.1:2376", "--tlsverify",
		"--tlscacert=/etc/certs/ca.pem", "--tlscert=/etc/certs/server.pem", "--tlskey=/etc/certs/server.key"))
	return []string{"--docker=tcp://127.0.0.1:2376", "--docker-certs=/etc/certs"}
}

// says waits until the agent's log says something.
func (h *host) says(text string) {
	h.t.Helper()
	h.eventually("the log says "+text, func() bool { return strings.Contains(h.agent.Log(), text) })
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
