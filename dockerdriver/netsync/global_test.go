package netsync_test

import (
	"testing"

	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver"
)

// global makes hosts whose Docker shares its networks itself.
func (c *hosts) global(version string, names ...string) (all []*host) {
	for _, name := range names {
		h := c.host(name, version)
		h.scope = dockerdriver.ScopeGlobal
		h.docker.show = func(n *network.Inspect) { n.Scope = "global" }
		h.again()
		all = append(all, h)
	}
	c.settle()
	return all
}

// Networks that Docker itself shares are left alone, also while Docker does not
// show them because its cluster store is away.
func TestGlobalNetworks(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.global("1.41", "h1", "h2")
		all[0].create("n1")
		logical := all[0].logical("n1")
		c.later()
		c.have(all[1:])
		all[0].docker.restart(true)
		c.later()
		if _, err := all[0].fake.Network(t.Context(), logical); err != nil {
			t.Errorf("the logical network went: %v", err)
		}
	})
}

// Of the hosts that share them, the one that was asked to remove one knows that
// it was removed.
func TestGlobalNetworkRemovedWithoutThePlugin(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.global("1.41", "h1", "h2")
		all[0].create("n1")
		c.settle()
		all[0].stop()
		all[0].rm("n1")
		all[0].again()
		c.settle()
		c.left()
	})
}

// Networks of hosts that don't have this scope are not made.
func TestNothingIsMadeWhereNetworksAreGlobal(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		global := c.global("1.41", "h3")
		all[0].create("n1")
		c.later()
		c.have(all, "n1")
		c.have(global)
		all[0].rm("n1")
		c.later()
		c.left()
	})
}

// Newer Dockers take networks to share, and don't.
func TestGlobalNetworksOfANewerDocker(t *testing.T) {
	run(t, func(c *hosts) {
		h := c.global("1.51", "h1")[0]
		h.create("n1")
		c.later()
		h.says("set scope to local")
	})
}

// A Docker that can't have a network without IPv4 is not asked to make one.
func TestNoIPv4(t *testing.T) {
	run(t, func(c *hosts) {
		older, newer, newest := c.start("h1")[0], c.host("h2", "1.48"), c.host("h3", "1.51")
		newer.again()
		newest.again()
		newer.create("n1", func(r *network.CreateRequest) {
			r.EnableIPv4, r.EnableIPv6 = new(bool), new(true)
			r.IPAM.Config = []network.IPAMConfig{{Subnet: "fd00:1::/64"}}
		})
		c.later()
		c.have([]*host{older})
		c.have([]*host{newer, newest}, "n1")
		older.says("needs Docker 28 or newer")
	})
}
