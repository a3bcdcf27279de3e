package netsync_test

import (
	"errors"
	"testing"
	"time"
)

// A network that a user made again while a host removes the old one, of the same
// logical network, stays.
func TestMadeAgainWhileItIsRemoved(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2", "h3")
		all[0].logicalNetwork("net1")
		all[0].create("n1", attachedTo("net1"))
		c.settle()
		again := false
		all[1].docker.set(func(d *dockerd) {
			d.removing = func() {
				if !again {
					again = true
					all[0].create("n1", attachedTo("net1"))
					time.Sleep(5 * time.Millisecond) // it is everybody's
				}
			}
		})
		all[0].rm("n1")
		c.settle()
		c.have(all, "n1")
		c.same(all, "n1")
		all[2].rm("n1")
		c.settle()
		c.have(all)
	})
}

// A network that Docker is just removing is not made again on that host.
func TestSlowlyRemoved(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].create("n1")
		c.settle()
		all[1].docker.set(func(d *dockerd) { d.hidden = func() { time.Sleep(20 * time.Second) } })
		c.users.Go(func() { all[1].rm("n1") })
		c.settle()
		all[0].create("n2") // so that h2 looks
		c.settle()
		c.have(all[1:], "n2")
		c.users.Wait()
		c.later()
		c.have(all, "n2")
	})
}

// A network that Docker takes long to create is not lost meanwhile.
func TestCreatedSlowly(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].docker.set(func(d *dockerd) { d.creating = func() error { time.Sleep(20 * time.Second); return nil } })
		c.users.Go(func() { all[0].create("n1") })
		c.settle()
		all[1].create("n2") // so that h1 looks
		c.settle()
		all[0].docker.set(func(d *dockerd) { d.creating = nil })
		c.users.Wait()
		c.later()
		c.have(all, "n1", "n2")
		if _, err := all[0].fake.Network(t.Context(), all[0].logical("n1")); err != nil {
			t.Error(err)
		}
	})
}

// A network that Docker can't make on a host, after the plugin has, is removed
// nowhere.
func TestDockerFailsToMakeIt(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[1].docker.set(func(d *dockerd) { d.creating = func() error { return errors.New("no space left on device") } })
		all[0].create("n1")
		c.later()
		c.have(all[:1], "n1")
		c.have(all[1:])
		all[1].says("no space left on device")
		all[1].docker.set(func(d *dockerd) { d.creating = nil })
		c.later()
		c.have(all, "n1")
		all[1].rm("n1")
		c.settle()
		c.have(all)
		c.left()
	})
}
