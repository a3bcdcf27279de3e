package netsync_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/vlcp-go/vlcp/kvstore"
)

// A host that was down has what the others have when it is back.
func TestHostWasDown(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2", "h3")
		all[0].create("n1")
		all[0].create("n2")
		all[0].create("n3")
		c.settle()
		c.have(all, "n1", "n2", "n3")
		all[1].stop()
		all[0].rm("n1")
		all[2].rm("n2")
		c.settle()
		all[0].create("n2")
		all[0].create("n4")
		c.later()
		c.have(all[1:2], "n1", "n2", "n3")
		all[1].again()
		c.settle()
		c.have(all, "n2", "n3", "n4")
		c.same(all, "n2")
		for _, name := range []string{"n2", "n3", "n4"} {
			all[1].rm(name)
		}
		c.settle()
		c.have(all)
		c.left()
	})
}

// Networks that were there before the network sync are everybody's when it
// starts.
func TestStartedLater(t *testing.T) {
	run(t, func(c *hosts) {
		a, b := c.host("h1", "1.41"), c.host("h2", "1.41")
		a.startPlugin()
		a.create("n1")
		c.later()
		a.startSync()
		b.again()
		c.settle()
		c.have([]*host{a, b}, "n1")
	})
}

// Docker tells a removal once. If nobody hears it, Docker's own events say so.
func TestRemovedWithoutThePlugin(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2", "h3")
		all[0].create("n1")
		c.settle()
		for _, h := range all[:2] {
			h.stop()
		}
		all[1].rm("n1")
		c.later()
		for _, h := range all[:2] {
			h.again()
		}
		c.settle()
		c.have(all)
		c.left()
	})
}

// A removal of which neither Docker nor anybody else tells is none, also where
// Docker has a younger network; it is said, and the next one counts.
func TestRemovedAndForgotten(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].create("n1")
		all[0].create("n2")
		c.settle()
		all[1].stop()
		all[1].rm("n1")
		all[1].docker.restart(false)
		all[1].again()
		c.later()
		c.have(all, "n1", "n2")
		all[1].says("nobody is known to have removed it, and it is made again")
		all[1].rm("n1")
		c.settle()
		c.have(all, "n2")
	})
}

// Networks that Docker lost come back: they were not removed.
func TestDockerLostItsData(t *testing.T) {
	for lost := range 2 { // on the host where it was created, and on another
		run(t, func(c *hosts) {
			all := c.start("h1", "h2")
			all[0].create("n1")
			c.settle()
			id := all[0].logical("n1")
			all[lost].docker.restart(true)
			c.later()
			c.have(all, "n1")
			all[lost].says("nobody is known to have removed it, and it is made again")
			for _, h := range all {
				if n := h.network("n1"); n.ID != strings.TrimSuffix(strings.TrimPrefix(id, "docker-"), "-lognet") && n.Options["network"] != id {
					t.Errorf("n1 of %s is not that of before: %+v", h.name, n)
				}
			}
			all[1].rm("n1")
			c.settle()
			c.have(all)
			c.left()
		})
	}
}

// Where all Dockers lost their data, the network outlives them.
func TestAllDockersLostTheirData(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].create("n1")
		c.settle()
		for _, h := range all {
			h.stop()
			h.docker.restart(true)
		}
		for _, h := range all {
			h.again()
		}
		c.later()
		c.have(all, "n1")
		c.same(all, "n1")
		all[0].rm("n1")
		c.settle()
		c.left()
	})
}

// While Docker or the store can't be reached, nothing is made nor removed.
func TestAway(t *testing.T) {
	for name, away := range map[string]func(h *host, away bool){
		"Docker": func(h *host, away bool) { h.docker.away.Store(away) },
		"store":  func(h *host, away bool) { h.away.Store(away) },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(c *hosts) {
				all := c.start("h1", "h2")
				all[0].create("n1")
				c.settle()
				away(all[1], true)
				all[0].rm("n1")
				all[0].create("n2")
				c.later()
				c.have(all[1:], "n1")
				away(all[1], false)
				c.later()
				c.have(all, "n2")
			})
		})
	}
}

// Docker may start long after the plugin; that is no news.
func TestDockerStartsLater(t *testing.T) {
	run(t, func(c *hosts) {
		a, b := c.host("h1", "1.41"), c.host("h2", "1.41")
		b.docker.away.Store(true)
		a.again()
		b.again()
		a.create("n1")
		c.later()
		b.docker.away.Store(false)
		c.later()
		c.have([]*host{a, b}, "n1")
		b.says("the network sync waits")
		if strings.Contains(b.log.String(), "level=WARN") {
			t.Errorf("the log:\n%s", b.log.String())
		}
	})
}

// A store that has nothing, or less than it had, removes nothing.
func TestStoreLostItsData(t *testing.T) {
	for name, prefix := range map[string]string{"all": "", "claims": "docker/network/", "records": "docker/net/", "what is of Docker": "docker/"} {
		t.Run(name, func(t *testing.T) {
			run(t, func(c *hosts) {
				all := c.start("h1", "h2")
				all[0].create("n1")
				c.settle()
				for _, h := range all {
					h.stop()
				}
				c.erase(prefix)
				for _, h := range all {
					h.again()
				}
				c.later()
				c.have(all, "n1")
			})
		})
	}
}

// A store with older data removes nothing either: what it does not know stays.
func TestOlderStore(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].create("n1")
		c.settle()
		older, err := c.data.List(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		all[0].create("n2")
		all[1].create("n3")
		c.settle()
		for _, h := range all {
			h.stop()
		}
		c.erase("")
		for _, e := range older {
			if err := c.data.Commit(t.Context(), []kvstore.Op{{Key: e.Key, Write: kvstore.Put, Value: e.Value}}); err != nil {
				t.Fatal(err)
			}
		}
		for _, h := range all {
			h.again()
		}
		c.later()
		c.have(all, "n1", "n2", "n3")
		all[0].rm("n1")
		all[0].rm("n2")
		c.later()
		c.have(all[:1], "n3")
		c.have(all[1:], "n2", "n3")
	})
}

func (c *hosts) erase(prefix string) {
	c.Helper()
	entries, err := c.data.List(c.Context(), prefix)
	if err != nil {
		c.Fatal(err)
	}
	for _, e := range entries {
		if err := c.data.Commit(c.Context(), []kvstore.Op{{Key: e.Key, Write: kvstore.Delete}}); err != nil {
			c.Fatal(err)
		}
	}
}

// A host that dies right after its Docker made a network for the sync goes on
// where it was, also if the network was removed meanwhile.
func TestDiesWhileMaking(t *testing.T) {
	for _, removed := range []bool{false, true} {
		t.Run(fmt.Sprint("removed ", removed), func(t *testing.T) {
			run(t, func(c *hosts) {
				all := c.start("h1", "h2")
				all[1].docker.set(func(d *dockerd) { d.created = func(string) { all[1].away.Store(true) } })
				all[0].create("n1")
				c.settle()
				all[1].stop()
				all[1].docker.set(func(d *dockerd) { d.created = nil })
				c.have(all, "n1")
				if removed {
					all[0].rm("n1")
					c.settle()
				}
				all[1].away.Store(false)
				all[1].again()
				c.settle()
				if removed {
					c.have(all)
					c.left()
					return
				}
				c.have(all, "n1")
				all[0].rm("n1")
				c.settle()
				c.have(all)
				c.left()
			})
		})
	}
}

// Who removes a network as soon as it is there does not get it back, whether its
// plugin dies meanwhile or not.
func TestRemovedAtOnce(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(fmt.Sprint("dies ", dies), func(t *testing.T) {
			run(t, func(c *hosts) {
				all := c.start("h1", "h2", "h3")
				all[1].docker.set(func(d *dockerd) {
					d.created = func(id string) {
						if dies {
							all[1].away.Store(true)
							d.use(nil)
						}
						if err := d.remove(id); err != nil {
							t.Error(err)
						}
					}
				})
				all[0].create("n1")
				c.settle()
				all[1].docker.set(func(d *dockerd) { d.created = nil })
				if dies {
					all[1].kill()
					all[1].away.Store(false)
					all[1].again()
				}
				c.settle()
				c.have(all)
				c.left()
			})
		})
	}
}

// What Docker was told to make for a plugin that died it may do later, when it is
// not wanted any more.
func TestMadeTooLate(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2", "h3")
		all[1].docker.dieAt(4) // CreateNetwork, after what the pool takes
		all[0].create("n1")
		c.settle()
		all[1].kill()
		all[2].docker.put("c1", "n1", container.StateRunning) // so that the logical network stays
		all[0].rm("n1")
		c.settle()
		all[1].again()
		time.Sleep(time.Minute) // Docker finds the plugin again
		c.settle()
		c.have(all[:2])
		c.have(all[2:], "n1")
		all[2].docker.put("c1", "", "")
		c.settle()
		c.have(all)
		c.left()
	})
}

// Networks of which the store lost the records are as before, where their names
// are theirs still.
func TestRecordsLost(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].create("n1")
		c.settle()
		c.erase("docker/net/")
		c.erase("docker/use/")
		c.later()
		c.have(all, "n1")
		all[1].rm("n1")
		c.settle()
		c.have(all)
		c.left()
	})
}

// Networks of which the store knows nothing are told.
func TestUnknown(t *testing.T) {
	run(t, func(c *hosts) {
		h := c.start("h1")[0]
		h.create("n1")
		c.settle()
		c.erase("docker/")
		c.later()
		h.says("the store does not know the network")
	})
}

// A removal of which the store knows only half when the host dies is finished
// when it is back.
func TestDiesWhileRemoving(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].create("n1")
		c.settle()
		all[0].away.Store(true)
		all[0].rm("n1")
		c.later()
		all[0].stop() // with what it had in memory
		c.have(all[1:], "n1")
		all[0].away.Store(false)
		all[0].again()
		c.settle()
		c.have(all)
		c.left()
	})
}
