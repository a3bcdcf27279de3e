package e2e

import (
	"slices"
	"strings"
	"testing"
)

// TestNamesAcrossHosts has containers find those of another host by their names.
func TestNamesAcrossHosts(t *testing.T) {
	c := newCluster(t, 2)
	h1, h2 := c.hosts[0], c.hosts[1]
	h1.docker(create + "--ipv6 --subnet 10.1.0.0/24 --subnet fd00:1::/64 n1")
	h1.docker(create + "--subnet 10.2.0.0/24 n2")
	for _, name := range []string{"n1", "n2"} {
		h2.eventually("h2 has "+name, func() bool { return h2.has(name, "") })
	}

	// At once, from the first moment of a container's life.
	h1.docker("run -d --name web --network n1 --network-alias db --ip 10.1.0.11 --ip6 fd00:1::11 busybox")
	web := "10.1.0.11 fd00:1::11"
	h2.runs("web", "--network n1", "web", web)
	h2.runs("db", "--network n1", "db", web)
	h1.docker("run -d --name other --network n1 --ip 10.1.0.12 --ip6 fd00:1::12 busybox")
	h2.start("a2", "--network n1 --ip 10.1.0.21 --ip6 fd00:1::21")
	h2.docker("exec a2 ping -c 1 web")
	h2.runs("in another network", "--network n2", "web", "")
	h2.runs("where nothing can be written", "--read-only --network n1", "web", web)
	h2.runs("in a2's network", "--network container:a2", "web", web)
	h2.runs("what the user said", "--add-host web:10.9.9.9 --network n1", "web", "10.9.9.9")
	h2.run("echo 10.9.9.9 mine > /run/hosts")
	h2.runs("with a file of the user's", "-v /run/hosts:/etc/hosts --network n1", "web", "")
	h2.equal("that file", h2.run("cat /run/hosts"), "10.9.9.9 mine")

	h1.docker("rename web shop")
	h2.resolves("a2", "shop", web)
	h2.resolves("a2", "web", "")
	h1.docker("network connect --ip 10.2.0.11 --alias second n2 shop")
	h2.docker("network connect --ip 10.2.0.21 n2 a2")
	h2.resolves("a2", "second", "10.2.0.11")
	h1.docker("network disconnect n2 shop")
	h2.resolves("a2", "second", "")
	h1.docker("stop -t 1 shop")
	h2.resolves("a2", "shop", "")
	h1.docker("start shop")
	h2.resolves("a2", "shop", web)
	h2.docker("restart -t 1 a2")
	h2.resolves("a2", "shop", web)

	t.Run("two of one name", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		h2.docker("run -d --name shop --network n1 --ip 10.1.0.22 --ip6 fd00:1::22 busybox")
		h2.eventually("the log says it", func() bool { return strings.Contains(c.lab.Logs(), "another container has had this name longer") })
		h2.resolves("a2", "shop", "") // Docker's DNS has it
		h2.docker("exec a2 probe resolve shop")
		h1.resolves("other", "shop", "")
		h1.docker("rm -f shop")
		h1.resolves("other", "shop", "10.1.0.22 fd00:1::22")
		h2.docker("rm -f shop")
		h1.resolves("other", "shop", "")
	})
	t.Run("nobody is needed", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		h2.resolves("a2", "other", "10.1.0.12 fd00:1::12")
		h1.killAgent()
		h2.killAgent()
		c.store.cut(true)
		h2.equal("other", h2.asks("a2", "other"), "10.1.0.12 fd00:1::12")
		h1.equal("a2", h1.asks("other", "a2"), "10.1.0.21 fd00:1::21")
		h1.docker("rename other late") // nobody hears of it
		h2.startAgent()
		h2.docker("exec a2 probe resolve other")
		c.store.cut(false)
		h1.startAgent()
		h2.resolves("a2", "late", "10.1.0.12 fd00:1::12")
		h2.resolves("a2", "other", "")
	})
}

// runs checks where a name leads the first process of a new container.
func (h *host) runs(what, options, name, want string) {
	h.t.Helper()
	h.equal(what, h.lookUp("run --rm "+options+" busybox", name), want)
}

// asks is what a name leads to for a running container.
func (h *host) asks(container, name string) string {
	h.t.Helper()
	return h.lookUp("exec "+container, name)
}

// lookUp looks a name up where a docker command line leads: in the hosts file
// first, since DNS takes some seconds for a name that nobody has.
func (h *host) lookUp(command, name string) string {
	h.t.Helper()
	there := "grep -w " + name + " /etc/hosts > /dev/null"
	script := there + " || exit 0; probe resolve " + name + " || ! " + there // it may go just then
	out, err := h.Docker(h.ctx, append(strings.Fields(command), "sh", "-c", script)...)
	check(h.t, err)
	lines := strings.Fields(out)
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

// resolves waits until a name leads a container to these addresses; "": nowhere.
func (h *host) resolves(container, name, want string) {
	h.t.Helper()
	var got string
	defer func() {
		if h.t.Failed() {
			h.t.Logf("%s finds %q at %q, want %q; it has\n%s", container, name, got, want, h.docker("exec "+container+" cat /etc/hosts"))
		}
	}()
	h.eventually(container+" finds "+name, func() bool { got = h.asks(container, name); return got == want })
}
