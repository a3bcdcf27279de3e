package netsync_test

import (
	"testing"

	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver"
)

// global makes hosts whose Docker shares its networks itself.
func (c *hosts) global(names ...string) (all []*host) {
	for _, name := range names {
		h := c.host(name, "1.41")
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
		all := c.global("h1", "h2")
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
		all := c.global("h1", "h2")
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
		global := c.global("h3")
		all[0].create("n1")
		c.later()
		c.have(all, "n1")
		c.have(global)
		all[0].rm("n1")
		c.later()
		c.left()
	})
}
