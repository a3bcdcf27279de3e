package names

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// in is a container's networks, each with these aliases.
func in(networks ...string) map[string][]string {
	all := map[string][]string{}
	for _, n := range networks {
		name, aliases, _ := strings.Cut(n, " ")
		all[name] = strings.Fields(aliases)
	}
	return all
}

// A container finds another by name, alias and short id from the first moment,
// whichever Docker there is, and as long as it is there.
func TestLife(t *testing.T) {
	for name, is := range map[string]func(*dockerd){
		"Docker 20.10": func(*dockerd) {},
		"Docker 26":    func(d *dockerd) { d.late = true },
		"Docker 28":    func(d *dockerd) { d.quick = true },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(c *cluster) { c.life(is) })
		})
	}
}

func (c *cluster) life(is func(*dockerd)) {
	all := c.up("h1", "h2")
	h1, h2 := all[0], all[1]
	is(h1.dockerd)
	is(h2.dockerd)
	web := h1.run("web", in("n1 db cache"))
	if h1.quick { // who starts a container there does so some time after this one has started
		c.settle()
	}
	app := h2.run("app", in("n1"))
	for _, name := range []string{"web", "WEB", "db", "cache", web.id[:12]} {
		if got, want := finds(app.atFirst, name), h1.of(web, "n1"); got != want {
			c.Errorf("at first %s is at %q, want %q; it has\n%s", name, got, want, app.atFirst)
		}
	}
	c.settle()
	h1.leads(web, "app", h2.of(app, "n1"))
	h2.stop(app)
	c.settle()
	h2.dockerd.start(app)
	if got, want := finds(app.atFirst, "db"), h1.of(web, "n1"); got != want {
		c.Errorf("at the second start db is at %q, want %q; it has\n%s", got, want, app.atFirst)
	}

	h1.rename(web, "shop")
	c.settle()
	h2.leads(app, "shop", h1.of(web, "n1"))
	h2.leads(app, "web", "")

	h1.connect(web, "n2", "second")
	h2.connect(app, "n2")
	c.settle()
	h2.leads(app, "second", h1.of(web, "n2"))
	h2.leads(app, "shop", h1.of(web, "n1")) // the first network that has a name counts
	h2.disconnect(app, "n1")
	c.settle()
	h2.leads(app, "db", "")
	h2.leads(app, "shop", h1.of(web, "n2"))
	h1.disconnect(web, "n2")
	c.settle()
	h2.leads(app, "shop", "")
	h2.connect(app, "n1")

	h1.stop(web)
	c.settle()
	h2.leads(app, "shop", "")
	h1.dockerd.start(web)
	c.settle()
	h2.leads(app, "shop", h1.of(web, "n1"))
	h1.rm(web)
	h2.rm(app)
	c.settle()
	if left := c.published(); len(left) > 0 {
		c.Errorf("left in the store: %v", left)
	}
}

// A container may be started before Docker's events tell of it, the first time and
// again.
func TestStartedFaster(t *testing.T) {
	run(t, func(c *cluster) {
		all := c.up("h1", "h2")
		web := all[0].run("web", in("n1"))
		c.settle()
		h := all[1]
		h.late, h.mute = true, true
		app := h.run("app", in("n1"))
		for range 2 {
			if got, want := finds(app.atFirst, "web"), all[0].of(web, "n1"); got != want {
				t.Errorf("at first web is at %q, want %q; it has\n%s", got, want, app.atFirst)
			}
			c.later()
			h.stop(app)
			c.later()
			h.dockerd.start(app)
		}
	})
}

// What Docker and a user have in a hosts file stays, and counts.
func TestLinesOfOthers(t *testing.T) {
	run(t, func(c *cluster) {
		all := c.up("h1", "h2")
		web, app := all[0].run("web", in("n1 db")), all[1].run("app", in("n1"))
		c.settle()
		all[1].writeHosts(app.id, func(old string) string { return "10.9.9.9 web # mine\n" + old + "no newline" })
		c.settle()
		all[1].leads(app, "web", "10.9.9.9")
		all[1].leads(app, "db", all[0].of(web, "n1"))
		all[1].leads(app, app.id[:12], all[1].of(app, "n1"))
		for _, text := range []string{"", "\n", "127.0.0.1 localhost\n"} {
			all[1].writeHosts(app.id, func(string) string { return text })
			c.later()
			if want := all[0].of(web, "n1"); text != "" {
				all[1].leads(app, "web", want)
			}
		}
	})
}

// Who has a name longest keeps it, whatever the clocks say; on its own host each
// is found by Docker's DNS, which no hosts file hides.
func TestTwoOfOneName(t *testing.T) {
	run(t, func(c *cluster) {
		all := c.up("h1", "h2", "h3")
		apps := []*dockerContainer{all[0].run("app0", in("n1")), all[1].run("app1", in("n1")), all[2].run("app2", in("n1"))}
		first := all[0].run("web", in("n1 db"))
		c.settle()
		key := key("logical-n1", holder{"h1", first.id})
		c.update(func(tx *kvstore.Tx) error { // the clock of h1 goes ahead
			r, _, err := kvstore.Load[published](tx, key)
			if err != nil {
				return err
			}
			r.Names["web"] = time.Now().Add(time.Hour)
			return kvstore.Save(tx, key, r)
		})
		c.settle()
		second := all[1].run("WEB", in("n1 db"))
		c.settle()
		one, two := all[0].of(first, "n1"), all[1].of(second, "n1")
		all[0].leads(apps[0], "web", "")
		all[1].leads(apps[1], "web", "")
		all[2].leads(apps[2], "web", one)
		if got := len(strings.Fields(finds(all[2].file(apps[2]), "db"))); got != 4 {
			c.Errorf("an alias of two leads to %d addresses, want those of both", got)
		}
		if n := strings.Count(all[1].log.String(), "has had this name longer"); n != 1 || strings.Contains(all[0].log.String(), "longer") {
			c.Errorf("said %d times by h2, want once, and by h1 never:\n%s", n, all[0].log.String())
		}
		all[0].stop(first)
		c.settle()
		all[2].leads(apps[2], "web", two)
		all[0].dockerd.start(first)
		c.settle()
		all[2].leads(apps[2], "web", two)
		all[0].leads(apps[0], "web", "")
	})
}

// Names stay while nothing of vlcp runs; what changed meanwhile is made up for.
func TestNobodyIsNeeded(t *testing.T) {
	run(t, func(c *cluster) {
		all := c.up("h1", "h2")
		h1, h2 := all[0], all[1]
		web, gone, app := h1.run("web", in("n1")), h1.run("gone", in("n2")), h2.run("app", in("n1", "n2"))
		left := h2.run("left", in("n1"))
		c.settle()
		h1.kill()
		h2.kill()
		c.settle()
		h2.leads(app, "web", h1.of(web, "n1"))
		h2.disconnect(left, "n1")
		h1.rm(gone)
		h2.off.Store(true)
		h2.again()
		c.later()
		h2.leads(app, "web", h1.of(web, "n1"))
		h2.off.Store(false)
		c.later()
		h2.leads(app, "web", h1.of(web, "n1"))
		h2.leads(app, "gone", h2.leadsTo(app, "gone")) // its host is to say so
		h2.leads(left, "web", "")
		h1.again()
		c.later()
		h2.leads(app, "gone", "")
	})
}

func (h *host) leadsTo(c *dockerContainer, name string) string {
	h.Helper()
	to := finds(h.file(c), name)
	if to == "" {
		h.Errorf("%s does not find %s any more", c.name, name)
	}
	return to
}

// A removed host's names go, and come back with it.
func TestRemovedHost(t *testing.T) {
	for name, without := range map[string]func(*kvstore.Tx) error{
		"removed": func(tx *kvstore.Tx) error {
			return kvstore.Save(tx, hostKey("h1"), network.Host{ID: "h1", Removed: true})
		},
		"forgotten": func(tx *kvstore.Tx) error { tx.Delete(hostKey("h1")); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(c *cluster) {
				all := c.up("h1", "h2")
				web, app := all[0].run("web", in("n1", "n2")), all[1].run("app", in("n1"))
				c.settle()
				all[0].kill()
				c.later()
				all[1].leads(app, "web", all[0].of(web, "n1"))
				c.update(without)
				c.later()
				all[1].leads(app, "web", "")
				if got := c.published(); len(got) != 1 {
					c.Errorf("in the store are %v", got)
				}
				c.update(func(tx *kvstore.Tx) error { return kvstore.Save(tx, hostKey("h1"), network.Host{ID: "h1"}) })
				all[0].again()
				c.later()
				all[1].leads(app, "web", all[0].of(web, "n1"))
			})
		})
	}
}

// Names of networks of other drivers, and of those that Docker shares, are
// Docker's own.
func TestNetworksOfOthers(t *testing.T) {
	run(t, func(c *cluster) {
		all := c.up("h1", "h2")
		for _, h := range all {
			h.addNetwork("b1", "")
			h.addNetwork("shared", "logical-shared")
			h.networks[h.name+"-shared"].scope = "global"
			h.restart()
		}
		c.settle()
		all[0].run("web", in("n1", "b1", "shared"))
		app := all[1].run("app", in("b1", "shared"))
		c.settle()
		all[1].leads(app, "web", "")
		all[1].run("web", in("b1"))
		both := all[1].run("both", in("b1", "n1"))
		c.settle()
		all[1].leads(both, "web", "") // that of b1 on this host
		if got := c.published(); len(got) != 2 {
			c.Errorf("in the store are %v", got)
		}
	})
}

// What is no hosts file of Docker's is not touched.
func TestStrangeFiles(t *testing.T) {
	for name, make := range map[string]func(path, outside string) error{
		"link":      func(path, outside string) error { return os.Symlink(outside, path) },
		"directory": func(path, _ string) error { return os.Mkdir(path, 0o755) },
		"huge":      func(path, _ string) error { return os.WriteFile(path, nil, 0o644) },
		"missing":   func(string, string) error { return nil },
		"link above": func(path, outside string) error {
			dir := filepath.Dir(path)
			return errors.Join(os.Rename(dir, dir+".away"), os.Symlink(filepath.Dir(outside), dir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(c *cluster) {
				all := c.up("h1", "h2")
				app := all[1].run("app", in("n1"))
				c.settle()
				path, outside := all[1].hosts(app.id), filepath.Join(c.TempDir(), "hosts")
				all[1].must(os.WriteFile(outside, []byte("mine\n"), 0o644))
				all[1].must(os.Remove(path))
				all[1].must(make(path, outside))
				if name == "huge" {
					all[1].must(os.Truncate(path, maxFile+1))
				}
				all[0].run("web", in("n1"))
				c.later()
				if text, err := os.ReadFile(outside); err != nil || string(text) != "mine\n" {
					c.Errorf("outside: %q, %v", text, err)
				}
				says := strings.Contains(all[1].log.String(), "can't be written")
				if want := name != "missing"; says != want {
					c.Errorf("the log says so: %v, want %v:\n%s", says, want, all[1].log.String())
				}
			})
		})
	}
}
