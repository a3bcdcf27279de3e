package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// The outcome does not depend on who comes first.
func TestAnyOrder(t *testing.T) {
	run(t, func(f *fixture) {
		f.start()
		f.network("n")
		f.settled()
		f.plug("a", 0) // the interface first
		f.settled()
		f.port("a", "n")
		f.settled()
		f.port("b", "n") // the port first
		f.settled()
		f.plug("b", 0)
		f.settled()
		f.plug("c", 0) // the interface before the network
		f.settled()
		f.network("m")
		f.port("c", "m")
		f.settled()
		for _, port := range []string{"a", "b", "c"} {
			if waitsFor := f.forwarded(port); waitsFor != "" {
				f.Errorf("port %s waits for %s", port, waitsFor)
			}
		}
	})
}

// What goes goes in any order too.
func TestEverythingGoes(t *testing.T) {
	run(t, func(f *fixture) {
		f.start()
		f.settled()
		empty := f.sw.String()
		f.network("n")
		for _, port := range []string{"a", "b"} {
			f.port(port, "n")
			f.plug(port, 0)
		}
		f.settled()
		f.unplug("a")
		f.settled()
		f.deletePort("a")
		f.deletePort("b")
		f.settled()
		f.unplug("b")
		f.ok(f.model.DeleteNetworksAndSubnets(f.Context(), "n"))
		f.settled()
		if got := f.sw.String(); got != empty {
			f.Errorf("left: %s", got)
		}
	})
}

func TestRestartWritesNothing(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		stop := f.start()
		f.settled()
		stop()
		f.sw.take()
		f.start()
		f.settled()
		if got := f.sw.take(); got != "" {
			f.Errorf("applied after a restart: %s", got)
		}
		if waitsFor := f.forwarded("a"); waitsFor != "" {
			f.Errorf("the port waits for %s", waitsFor)
		}
	})
}

// world is a network with the ports a and b, both plugged in.
func (f *fixture) world() {
	f.Helper()
	f.network("n")
	for _, port := range []string{"a", "b"} {
		f.port(port, "n")
		f.plug(port, 0)
	}
}

func TestOnlyOwnFlowsAreTouched(t *testing.T) {
	run(t, func(f *fixture) {
		foreign := parse(f, "cookie=0x9999,table=0,priority=65535,in_port=7 actions=NORMAL")
		stale := ovs.Stamp(0x766c, parse(f, "table=9,priority=3,in_port=8 actions=drop"))
		f.ok(f.sw.Fake.Apply(f.Context(), ovs.Changes{Add: []ovs.Flow{foreign, stale}}))
		f.world()
		f.start()
		f.settled() // the stale one is not wanted
		all, err := f.sw.Fake.Flows(f.Context(), 0, 0)
		f.ok(err)
		if len(all) != len(f.flows())+1 || all[0].String() != foreign.String() {
			f.Errorf("the foreign flow is not as it was: %v", all[0])
		}
	})
}

func parse(f *fixture, flow string) ovs.Flow {
	f.Helper()
	parsed, err := ovs.ParseFlow(flow)
	f.ok(err)
	return parsed
}

// While the store was never read, flows that an earlier agent left stay.
func TestStoreAwayAtStart(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		stop := f.start()
		f.settled()
		stop()
		f.sw.take()
		before := f.sw.String()
		f.store.Cut(func() {
			f.start()
			time.Sleep(5 * audit)
			synctest.Wait()
			if f.sw.take() != "" || f.sw.String() != before {
				f.Error("the flows were touched")
			}
			if waitsFor := f.forwarded("a"); waitsFor != "the store to answer" {
				f.Errorf("the port waits for %q", waitsFor)
			}
			f.port("c", "n")
			f.plug("c", 0)
		})
		f.settled()
		if waitsFor := f.forwarded("c"); waitsFor != "" {
			f.Errorf("port c waits for %q", waitsFor)
		}
	})
}

// While the store is away, what it said before holds: also for a switch that
// lost its flows, and whatever is plugged in meanwhile.
func TestStoreAwayLater(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.start()
		f.settled()
		f.store.Cut(func() {
			f.plug("unknown", 0)
			f.sw.Leave()
			synctest.Wait()
			f.sw.Return()
			f.settled()
			f.unplug("b")
			f.settled()
			if waitsFor := f.forwarded("a"); waitsFor != "" {
				f.Errorf("port a waits for %q", waitsFor)
			}
			if waitsFor := f.forwarded("unknown"); waitsFor != "the store to answer" {
				f.Errorf("the unknown port waits for %q", waitsFor)
			}
			f.deletePort("a")
			f.port("unknown", "n")
		})
		f.settled()
	})
}

func TestSwitchLosesItsFlows(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.start()
		f.settled()
		f.sw.Leave()
		time.Sleep(5 * audit)
		synctest.Wait()
		if waitsFor := f.forwarded("a"); waitsFor != "Open vSwitch to answer" {
			f.Errorf("the port waits for %q", waitsFor)
		}
		f.port("c", "n") // what happens meanwhile is not lost
		f.deletePort("b")
		synctest.Wait()
		f.sw.take()
		f.sw.Return()
		f.settled()
		if got, all := f.sw.take(), fmt.Sprintf("+%d -0", len(f.flows())); got != all {
			f.Errorf("applied after the return: %s, want %s", got, all)
		}
	})
}

// A change that is refused is tried again, with what came meanwhile.
func TestRefusedOnce(t *testing.T) {
	run(t, func(f *fixture) {
		f.network("n")
		f.start()
		f.settled()
		f.sw.fail("Apply", ovs.ErrRefused)
		f.port("a", "n")
		f.plug("a", 0)
		synctest.Wait()
		if waitsFor := f.forwarded("a"); waitsFor != "its flows" {
			f.Errorf("the port waits for %q", waitsFor)
		}
		f.deletePort("a")
		f.port("b", "n")
		f.plug("b", 0)
		synctest.Wait()
		f.sw.fail("Apply", nil)
		time.Sleep(time.Minute)
		f.settled()
		if waitsFor := f.forwarded("b"); waitsFor != "" {
			f.Errorf("port b waits for %q", waitsFor)
		}
	})
}

// What fails for long is tried ever less often.
func TestPausesGrow(t *testing.T) {
	run(t, func(f *fixture) {
		f.start()
		f.sw.fail("Apply", ovs.ErrRefused)
		f.world()
		synctest.Wait()
		f.sw.tried()
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if n := f.sw.tried(); n != 5 { // after 1, 2, 4, 8, 16 s; then 30
			f.Errorf("%d tries", n)
		}
		f.sw.fail("Apply", nil)
		time.Sleep(30 * time.Second)
		f.settled()
	})
}

// TestAudit has somebody change the bridge without an event.
func TestAudit(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.start()
		f.settled()
		lost := f.flows()[:3]
		f.ok(f.sw.Fake.Apply(f.Context(), ovs.Changes{Delete: lost}))
		f.sw.take()
		time.Sleep(audit)
		f.settled()
		if got := f.sw.take(); got != "+3 -0" {
			f.Errorf("applied: %s", got)
		}
		time.Sleep(3 * audit)
		synctest.Wait()
		if got := f.sw.take(); got != "" {
			f.Errorf("applied when nothing was wrong: %s", got)
		}
		f.sw.pretend("tap-a", ovs.Port{OFPort: 99})
		time.Sleep(audit)
		f.settled()
	})
}

// What can't be read of the switch is read again without a further event.
func TestReadsAreRepeated(t *testing.T) {
	for _, method := range []string{"Ports", "Flows"} {
		run(t, func(f *fixture) {
			f.sw.fail(method, ovs.ErrUnavailable)
			f.world()
			f.start()
			f.sw.fail(method, nil)
			time.Sleep(time.Second)
			f.settled()
			if waitsFor := f.forwarded("a"); waitsFor != "" {
				f.Errorf("port a waits for %q", waitsFor)
			}
		})
	}
}

// An object of a newer version that can't be read stays what it was, and holds
// up no other.
func TestObjectNotUnderstood(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.start()
		f.settled()
		before := f.sw.String()
		for _, key := range []string{"net/n/port/a", "net/n/info", "phys/phys/info"} {
			f.ok(f.store.Commit(f.Context(), []kvstore.Op{{Key: key, Write: kvstore.Put, Value: []byte(`{"id":7}`)}}))
		}
		synctest.Wait()
		if got := f.sw.String(); got != before {
			f.Errorf("it was\n%s\nand is\n%s", before, got)
		}
	})
}

// A watch that ends, for whatever reason, begins again.
func TestWatchEnds(t *testing.T) {
	run(t, func(f *fixture) {
		f.store.errs = map[string]error{network.NetworkPrefix("n"): errors.New("a watch that ends")}
		f.world()
		f.start()
		f.store.heal()
		time.Sleep(time.Second)
		f.settled()
	})
}

// TestStoreCut has every watch begin with a snapshot again.
func TestStoreCut(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.network("m")
		f.start()
		f.settled()
		f.store.Cut(func() {
			f.deletePort("a") // and again in another network
			f.port("a", "m")
			f.deletePort("b")
		})
		f.settled()
		if waitsFor := f.forwarded("a"); waitsFor != "" {
			f.Errorf("port a waits for %q", waitsFor)
		}
	})
}
