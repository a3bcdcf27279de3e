package e2e

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testlab/probe"
)

// TestEngines has a host with the machine's own Docker beside one with a newer
// Docker: what users do with networks and containers on the newer one, and what
// the two have of each other. `make test-all` runs all tests on each.
func TestEngines(t *testing.T) {
	if engine != "" {
		t.Skip("not run: all tests run on Docker " + engine)
	}
	for _, with := range []struct{ version, store string }{{"26", "zk"}, {"28", "etcd"}, {"29", "consul"}} {
		version := with.version
		t.Run("Docker "+version+" and "+with.store, func(t *testing.T) {
			if version == "29" && os.Getenv("VLCP_ALL") != "1" {
				t.Skip("not run: make test-all does")
			}
			c := newPrepared(t, with.store, []string{"", version}, same())
			c.up()
			older, newer := c.hosts[0], c.hosts[1]
			before := newer.traces()
			newer.makeTwins()
			older.eventually("the older one has all networks", func() bool { return older.has("n1", "") && older.has("n2", "") && older.has("n3", "") })
			newer.liveOn(older)
			older.returns(newer)
			if version != "26" {
				newer.withoutIPv4(older)
			}
			newer.docker("rm -f c1 c2 x2")
			newer.docker("network rm n1 n2 n3")
			older.eventually("the older one has none any more", func() bool { return !older.has("n1", "") && !older.has("n2", "") && !older.has("n3", "") })
			newer.asBefore(before)
		})
	}
}

// makeTwins makes two networks of one subnet and another network, all at the same moment.
func (h *host) makeTwins() {
	h.t.Helper()
	var creating sync.WaitGroup
	for _, rest := range []string{
		"--subnet 10.1.0.0/24 n1", "--subnet 10.1.0.0/24 n2",
		"--ipv6 --subnet 10.3.0.0/24 --subnet fd00:3::/64 --ip-range 10.3.0.128/25 --gateway 10.3.0.1 --aux-address a=10.3.0.128 -o mtu=1400 -o subnet:disablegateway=true n3",
	} {
		creating.Go(func() { h.docker(create + rest) })
	}
	creating.Wait()
}

// liveOn takes containers of this host through their life, beside one of another
// host.
func (h *host) liveOn(other *host) {
	h.t.Helper()
	s := h.start("c1", "--network n1 --ip 10.1.0.11 -p 8007:7")
	h.equal("default route", via(s, "0.0.0.0/0"), gwbridge(s))
	h.equal("MTU", s.Interface("eth0").MTU, 1450)
	h.start("c2", "--network n1")
	h.start("x2", "--network n2 --ip 10.1.0.11")
	other.start("a1", "--network n1")
	h.reach("c2", "10.1.0.11")
	h.outside(s)
	h.published("127.0.0.1:8007")
	other.meet("a1", "10.1.0.11")
	h.unreachable("x2", other.address("a1", "n1"))

	other.docker("run --rm --network n1 busybox ping -c 1 c2")
	other.resolves("a1", "c1", "10.1.0.11")
	h.resolves("c1", "a1", other.address("a1", "n1"))
	h.docker("exec c1 probe resolve c2")

	h.docker("restart -t 1 c1")
	other.meet("a1", "10.1.0.11")
	h.docker("network connect n3 c2")
	h.docker("network connect n3 x2")
	s = h.state("c2")
	h.equal("MTU of n3", s.Interface("eth2").MTU, 1400)
	h.inRange(s)
	other.docker("network connect n3 a1")
	for _, a := range s.Interface("eth2").Addresses {
		if !a.Addr().IsLinkLocalUnicast() {
			h.reach("x2", a.Addr().String())
			other.meet("a1", a.Addr().String())
		}
	}
	h.docker("network disconnect n3 c2")
	h.reach("c2", "10.1.0.11")
	other.docker("rm -f a1")
}

// inRange checks that the addresses in n3 are of its range, and both families.
func (h *host) inRange(s probe.State) {
	h.t.Helper()
	var families string
	for _, a := range s.Interface("eth2").Addresses {
		switch {
		case a.Addr().Is4():
			families += "4"
			if a.Addr().As4()[3] < 129 {
				h.t.Errorf("address %s is not of the range", a)
			}
		case !a.Addr().IsLinkLocalUnicast():
			families += "6"
		}
	}
	h.equal("families", families, "46")
}

// returns makes a network on this host, which another one removes.
func (h *host) returns(other *host) {
	h.t.Helper()
	h.docker(create + "--internal --label team=blue --subnet 10.4.0.0/24 n4")
	other.eventually("the other one has n4", func() bool { return other.has("n4", "team") })
	h.start("a4", "--network n4")
	other.start("c4", "--network n4")
	other.meet("c4", h.address("a4", "n4"))
	h.meet("a4", other.address("c4", "n4"))
	other.docker("rm -f c4")
	h.docker("rm -f a4")
	other.docker("network rm n4")
	h.eventually("n4 is removed", func() bool { return !h.has("n4", "") })
	h.equal("kept", strings.Contains(h.docker("network ls"), "n4"), false)
}

// withoutIPv4 makes a network that has no IPv4, which Docker 28 is the first to
// make: older ones can't have it, and say so.
func (h *host) withoutIPv4(older *host) {
	h.t.Helper()
	h.docker(create + "--ipv4=false --ipv6 --subnet fd00:5::/64 n5")
	s := h.start("c5", "--network n5")
	h.wantAddress(s, "fd00:5::2/64")
	h.start("d5", "--network n5 --ip6 fd00:5::99")
	h.reach("d5", "fd00:5::2")
	h.eventually("the older one says that it can't have it", func() bool { return strings.Contains(older.agent.Log(), "needs Docker 28 or newer") })
	h.docker("rm -f c5 d5")
	h.docker("network rm n5")
}
