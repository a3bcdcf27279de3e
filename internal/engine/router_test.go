package engine_test

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
	"github.com/vlcp-go/vlcp/ovs"
)

// subnet creates a network with a subnet of the same id.
func (f *fixture) subnet(id, prefix, gateway string) {
	f.Helper()
	f.ok(result(f.model.CreateNetworks(f.Context(), network.Spec{
		Network: network.Network{ID: id},
		Subnets: []network.Subnet{{ID: id, Prefix: netip.MustParsePrefix(prefix), Gateway: netip.MustParseAddr(gateway)}},
	})))
}

// connect puts subnets in a router.
func (f *fixture) connect(router string, subnets ...string) {
	f.Helper()
	for _, s := range subnets {
		f.ok(result(f.model.CreateRouterInterfaces(f.Context(), network.RouterInterface{ID: router + s, Router: router, Subnet: s})))
	}
}

// routed is router r between the networks x (with port a, plugged in) and y (port b,
// on host g), and router q between y and z (port c).
func (f *fixture) routed() {
	f.Helper()
	f.subnet("x", "10.1.0.0/24", "10.1.0.1")
	f.subnet("y", "10.2.0.0/24", "10.2.0.1")
	f.subnet("y2", "10.4.0.0/24", "10.4.0.1")
	f.subnet("z", "fd03::/64", "fd03::1")
	f.ok(result(f.model.CreateRouters(f.Context(), network.Router{ID: "r"}, network.Router{ID: "q"})))
	f.connect("r", "x", "y")
	f.connect("q", "y2", "z")
	f.port("a", "x")
	f.port("b", "y")
	f.port("c", "z")
	f.locate("b", "g")
	f.host("g", "192.0.2.7")
	f.plug("a", 0)
}

func (f *fixture) disconnect(ids ...string) {
	f.Helper()
	f.ok(f.model.DeleteRouterInterfaces(f.Context(), ids...))
}

func TestRouters(t *testing.T) {
	run(t, func(f *fixture) {
		f.routed()
		f.start()
		f.settled()
		for _, step := range []func(){
			func() { f.deletePort("b") },
			func() { f.port("b", "y"); f.locate("b", "g") },
			func() { f.disconnect("ry") },
			func() { f.connect("r", "y") },
			func() {
				f.ok(result(f.model.UpdateRouters(f.Context(), network.Change[network.Router]{ID: "r", Edit: func(r *network.Router) error {
					r.Routes = []network.Route{{Destination: netip.MustParsePrefix("0.0.0.0/0"), NextHop: netip.MustParseAddr("10.1.0.2")}}
					return nil
				}})))
			},
			func() {
				f.ok(result(f.model.UpdateSubnets(f.Context(), network.Change[network.Subnet]{ID: "x", Edit: func(s *network.Subnet) error {
					s.Gateway = netip.MustParseAddr("10.1.0.254")
					return nil
				}})))
			},
			func() { f.plug("b", 0); f.locate("b", "h") },
			func() { f.unplug("a") },
			func() { f.plug("a", 0) },
			func() { f.unplug("b"); f.locate("b", "") },
			func() { f.unplug("a") },
		} {
			step()
			f.settled()
		}
	})
}

// Only what routers reach from here is watched, and nothing that those reach.
func TestRouterWatches(t *testing.T) {
	run(t, func(f *fixture) {
		check := func(want string) {
			f.Helper()
			synctest.Wait()
			if got := f.store.watches(); got != strings.TrimPrefix("host/ "+want, " ") {
				f.Errorf("watched: %s, want %s", got, want)
			}
		}
		f.routed()
		f.start()
		check("net/x/ net/y/ phys/ port/a/ router/r/")
		f.plug("c", 0)
		check("net/x/ net/y/ net/y2/ net/z/ phys/ port/a/ port/c/ router/q/ router/r/")
		f.unplug("a")
		check("net/y2/ net/z/ phys/ port/c/ router/q/")
		f.disconnect("qy2")
		check("net/z/ phys/ port/c/ router/q/")
		f.disconnect("qz")
		check("net/z/ phys/ port/c/")
		f.connect("q", "z")
		f.unplug("c")
		check("phys/")
		f.settled()
	})
}

// An agent that starts changes nothing before it has read what routers reach.
func TestRouterRestart(t *testing.T) {
	for _, away := range []string{network.RouterPrefix("r"), network.NetworkPrefix("y")} {
		run(t, func(f *fixture) {
			f.routed()
			stop := f.start()
			f.settled()
			stop()
			f.sw.take()
			f.store.fail(away, kvstore.ErrUnavailable)
			f.start()
			time.Sleep(5 * audit)
			if got := f.forwarded("a"); got != "the store to answer" {
				f.Errorf("without %s the port waits for %q", away, got)
			}
			f.store.heal()
			time.Sleep(time.Second)
			f.settled()
			if got := f.sw.take(); got != "" {
				f.Errorf("applied after a restart: %s", got)
			}
			if got := f.forwarded("a"); got != "" {
				f.Errorf("the port waits for %q", got)
			}
		})
	}
}

// A port that is plugged in waits for what it is routed to.
func TestWaitPortForRouters(t *testing.T) {
	for away, want := range map[string]string{
		network.RouterPrefix("r"):  "virtual router r to be read from the store",
		network.NetworkPrefix("y"): "logical network y, which virtual router r reaches, to be read from the store",
	} {
		run(t, func(f *fixture) {
			f.routed()
			f.unplug("a")
			f.start()
			f.settled()
			f.store.fail(away, kvstore.ErrUnavailable)
			f.plug("a", 0)
			synctest.Wait()
			if got := f.forwarded("a"); got != want {
				f.Errorf("the port waits for %q, want %q", got, want)
			}
			f.store.heal()
			time.Sleep(time.Second)
			f.settled()
			if got := f.forwarded("a"); got != "" {
				f.Errorf("the port waits for %q", got)
			}
		})
	}
}

// Real devices are told where a port is when it is plugged in, and not when its
// network comes to a router.
func TestRouterIsNotAnnounced(t *testing.T) {
	run(t, func(f *fixture) {
		f.ok(result(f.model.CreatePhysicals(f.Context(), network.Physical{ID: "trunk", Type: network.Native})))
		f.ok(result(f.model.CreatePhysicalPorts(f.Context(), network.PhysicalPort{Network: "trunk", Name: "eth1"})))
		f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: "eth1"}}})
		f.ok(result(f.model.CreateNetworks(f.Context(), network.Spec{
			Network: network.Network{ID: "v", Physical: "trunk"},
			Subnets: []network.Subnet{{ID: "v", Prefix: netip.MustParsePrefix("10.9.0.0/24"), Gateway: netip.MustParseAddr("10.9.0.1")}},
		})))
		f.ok(result(f.model.CreateRouters(f.Context(), network.Router{ID: "r"})))
		f.start()
		synctest.Wait()
		f.port("a", "v")
		f.plug("a", 0)
		synctest.Wait()
		if n := len(f.sw.Sent()); n != 1 {
			f.Errorf("a port that is plugged in is announced %d times", n)
		}
		f.store.fail(network.RouterPrefix("r"), kvstore.ErrUnavailable)
		f.connect("r", "v")
		synctest.Wait()
		if f.forwarded("a") == "" {
			f.Error("the port does not wait for its router")
		}
		f.store.heal()
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(f.sw.Sent()); n != 1 || f.forwarded("a") != "" {
			f.Errorf("announced %d times, waits for %q", n, f.forwarded("a"))
		}
	})
}

// On the kernel's datapath the agent answers for the addresses of routers, and not
// without end.
func TestQuestions(t *testing.T) {
	run(t, func(f *fixture) {
		f.datapath = "system"
		f.routed()
		f.plug("c", 40)
		f.plug("a", 41)
		f.start()
		f.settled()
		n, err := f.model.Network(f.Context(), "z")
		f.ok(err)
		ask := func(cookie uint64, port uint32, times int) (answers int) {
			in := ovs.PacketIn{InPort: port, Table: 60, Cookie: cookie<<48 | 1, Match: ovs.NewMatch(ovs.Uint(ovs.Reg0, uint64(n.Number))), Data: solicitation("fd03::2", "fd03::1")}
			before := len(f.sw.Sent())
			for range times {
				f.sw.Receive(in)
			}
			synctest.Wait()
			return len(f.sw.Sent()) - before
		}
		for _, test := range []struct {
			what   string
			cookie uint64
			port   uint32
			times  int
			want   int
		}{
			{"one", plan.DefaultOwner, 40, 1, 1},
			{"somebody else's", 0x1234, 40, 1, 0},
			{"a flood", plan.DefaultOwner, 40, 100, 19},
			{"another port", plan.DefaultOwner, 41, 100, 20},
		} {
			if got := ask(test.cookie, test.port, test.times); got != test.want {
				f.Errorf("%s: %d answers, want %d", test.what, got, test.want)
			}
		}
		time.Sleep(time.Second)
		if got := ask(plan.DefaultOwner, 40, 1); got != 1 {
			f.Errorf("%d answers a second later", got)
		}
		time.Sleep(time.Second)
		all := 0
		for port := range uint32(100) {
			all += ask(plan.DefaultOwner, 100+port, 20)
		}
		if all != 1000 {
			f.Errorf("%d answers to 2,000 questions", all)
		}
	})
}

// solicitation is a frame with a neighbour solicitation to all that may have an
// address, as far as is looked at.
func solicitation(from, target string) []byte {
	data := make([]byte, 14+40+24+8)
	copy(data, []byte{0x33, 0x33, 0xff, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x86, 0xdd, 0x60})
	data[14+6] = 58
	copy(data[14+8:], netip.MustParseAddr(from).AsSlice())
	data[14+40] = 135
	copy(data[14+40+8:], netip.MustParseAddr(target).AsSlice())
	return data
}
