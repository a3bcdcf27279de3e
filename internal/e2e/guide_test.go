package e2e

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

// TestGuide runs the commands of the integration guide on two hosts, from "Setup
// Central Database" to "Remove Networks and Containers", on each store: what is
// different is the configuration, which names the store, and the image.
func TestGuide(t *testing.T) {
	onEachStore(t, func(t *testing.T, scheme string) {
		guide(newClusterOn(t, scheme, 2, same()))
	})
}

func guide(c *cluster) {
	h1, h2 := c.hosts[0], c.hosts[1]
	before := [...]string{h1.traces(), h2.traces()}

	// Configure Physical Network: on the first server by hand, on the second by
	// the agent.
	h1.run("ovs-vsctl add-port dockerbr0 vxlan0 -- set interface vxlan0 type=vxlan options:local_ip=" + h1.Addr.String() +
		" options:remote_ip=flow options:key=flow options:dst_port=4999")
	h1.run("curl -sfg -d 'type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan' 'http://localhost:8081/viperflow/createphysicalnetwork'")
	h1.run("curl -sfg -d 'physicalnetwork=vxlan&name=vxlan0' 'http://localhost:8081/viperflow/createphysicalport'")

	// Create Network in Docker
	h1.run(`docker network create -d vlcp -o physicalnetwork=vxlan -o mtu=1450 --ipam-driver vlcp \
         --subnet 192.168.1.0/24 --gateway 192.168.1.1 test_network_a`)
	h1.run("docker network create -d vlcp -o physicalnetwork=vxlan --ipam-driver vlcp " +
		"-o subnet:disablegateway='`True`' -o subnet:host_routes='[[\"10.9.0.0/16\",\"192.168.2.1\"]]' " +
		"-o subnet:allocated_start=192.168.2.100 -o subnet:allocated_end=192.168.2.101 " +
		"--subnet 192.168.2.0/24 --gateway 192.168.2.1 test_network_b")
	for _, name := range []string{"test_network_a", "test_network_b"} {
		h2.eventually("h2 has "+name, func() bool { return h2.has(name, "") })
	}

	// Create Containers in VLCP network in Docker
	h1.run("docker run -it -d --network test_network_a --name test_vlcp_1 busybox")
	first := h1.address("test_vlcp_1", "test_network_a")
	pinging := h2.run("docker run -it -d --network test_network_a busybox ping test_vlcp_1")
	h2.eventually("the guide's ping is answered", func() bool { return strings.Contains(h2.docker("logs "+pinging), "bytes from "+first) })
	h2.run("docker run -it -d --network test_network_a --name test_vlcp_2 busybox")
	h1.meet("test_vlcp_1", h2.address("test_vlcp_2", "test_network_a"))
	h2.meet("test_vlcp_2", first)
	h1.equal("MTU", h1.state("test_vlcp_1").Interface("eth0").MTU, 1450)
	guideOptions(h1, h2)

	// Remove Networks and Containers
	h1.run("docker stop -t 1 test_vlcp_1 && docker rm test_vlcp_1 && docker rm -f opts")
	h2.run("docker rm -f " + pinging + " test_vlcp_2 opts")
	h1.run("docker network rm test_network_a test_network_b")
	for _, name := range []string{"test_network_a", "test_network_b"} {
		h2.eventually("h2 has no "+name, func() bool { return !h2.has(name, "") })
	}
	h1.run("curl -sfg -d 'name=vxlan0' http://localhost:8081/viperflow/deletephysicalport")
	h1.apiAtLast("deletephysicalnetwork", "id=vxlan")
	h1.run("ovs-vsctl del-port dockerbr0 vxlan0")
	h1.asBefore(before[0])
	h2.asBefore(before[1])
	c.nothingStored()
}

// guideOptions runs a container on each host in a network with the guide's
// options of a subnet.
func guideOptions(h1, h2 *host) {
	addrs := map[string]string{}
	for _, h := range []*host{h1, h2} {
		s := h.start("opts", "--network test_network_b")
		h.equal("default route", via(s, "0.0.0.0/0"), gwbridge(s))
		h.equal("host route", via(s, "10.9.0.0/16").String(), "192.168.2.1")
		addrs[h.Name] = h.address("opts", "test_network_b")
	}
	h1.equal("addresses", addrs["h1"]+" "+addrs["h2"], "192.168.2.100 192.168.2.101")
	h1.meet("opts", addrs["h2"])
	h2.meet("opts", addrs["h1"])
	h2.refused("run --rm --network test_network_b busybox true", "192.168.2.100", "192.168.2.101")
}

// nothingStored waits until the store has nothing but what tells of the hosts.
func (c *cluster) nothingStored() {
	h := c.hosts[0]
	h.t.Helper()
	s, err := c.open(h.ctx)
	check(h.t, err)
	defer s.Close()
	var keys []string
	h.t.Cleanup(func() {
		if len(keys) > 0 {
			h.t.Logf("left in the store: %s", keys)
		}
	})
	h.eventually("nothing is left in the store", func() bool {
		entries, err := s.List(h.ctx, "")
		check(h.t, err)
		keys = nil
		for _, e := range entries {
			if !ofHosts.MatchString(e.Key) {
				keys = append(keys, e.Key)
			}
		}
		return len(keys) == 0
	})
}

// ofHosts are the keys that tell of the hosts.
var ofHosts = regexp.MustCompile("^(schema|host|tunnel|alive|docker/making)(/|$)")

// open opens the store from outside the lab.
func (c *cluster) open(ctx context.Context) (kvstore.Store, error) {
	url := c.url
	for _, p := range c.store {
		url = strings.Replace(url, p.addr, p.server, 1)
	}
	switch {
	case strings.HasPrefix(url, "zk:"):
		return zookeeper.Open(ctx, url)
	case strings.HasPrefix(url, "consul:"):
		return consul.Open(ctx, url)
	}
	return etcd.Open(ctx, url)
}
