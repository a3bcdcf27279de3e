package e2e

import (
	"strings"
	"testing"
)

// TestSeveralNetworks starts a container on several networks at once, and
// connects it to one more.
func TestSeveralNetworks(t *testing.T) {
	h := newHost(t)
	for _, n := range []string{"1", "2", "3", "4"} {
		h.docker(create + "--ipv6 --subnet 10." + n + ".0.0/24 --subnet fd00:" + n + "::/64 n" + n)
		h.start("c"+n, "--network n"+n)
	}
	h.docker("create --name all --network n1 -p 8007:7 busybox")
	h.docker("network connect n2 all")
	h.docker("network connect n3 all")
	h.docker("start all")
	h.docker("network connect n4 all")
	for _, n := range []string{"1", "2", "3", "4"} {
		h.reach("all", "10."+n+".0.2")
		h.reach("all", "fd00:"+n+"::2")
		h.reach("c"+n, "10."+n+".0.3")
		h.docker("exec c" + n + " probe resolve all")
	}
	h.unreachable("c1", "10.2.0.2")
	h.published("127.0.0.1:8007")
	h.docker("network disconnect n1 all")
	h.docker("restart -t 1 all")
	h.reach("all", "10.4.0.2")
	h.published("127.0.0.1:8007")
}

// TestNames has networks and options with names of any characters.
func TestNames(t *testing.T) {
	h := newHost(t)
	before := h.traces()
	for _, name := range []string{"a/b c", "ünï*cödé", "-x", `"'` + "`;$(false)`", strings.Repeat("long", 60)} {
		_, err := h.Docker(h.ctx, "network", "create", "-d", "vlcp", "--ipam-driver", "vlcp", "--subnet", "10.1.0.0/24",
			"-o", "rack "+name+"/='"+name, "-o", "subnet:"+name+"=%2f\n"+name, "--", name)
		check(t, err)
		_, err = h.Docker(h.ctx, "run", "--rm", "--network", name, "busybox", "true")
		check(t, err)
		list := h.run("curl -sf http://localhost:8081/viperflow/listlogicalnetworks")
		if !strings.Contains(list, `"rack `) {
			t.Errorf("network %q: the option is not kept: %s", name, list)
		}
		_, err = h.Docker(h.ctx, "network", "rm", "--", name)
		check(t, err)
	}
	h.asBefore(before)
	h.equal("keys in the store", strings.Join(h.stored(), " "), "schema")
}
