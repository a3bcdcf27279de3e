package netsync_test

import (
	"testing"
)

func TestCreateAndRemove(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2", "h3")
		all[0].create("n1")
		c.settle()
		c.have(all, "n1")
		for _, h := range all[1:] {
			if got, want := h.logical("n1"), all[0].logical("n1"); got != want {
				t.Errorf("%s has %s, want %s", h.name, got, want)
			}
		}
		all[1].rm("n1")
		c.settle()
		c.have(all)
		c.left()
	})
}
