package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

func TestWaitPortSaysWhatItWaitsFor(t *testing.T) {
	for _, tt := range []struct {
		waitsFor string
		setup    func(f *fixture)
	}{
		{"its interface in Open vSwitch", func(f *fixture) { f.port("a", "n") }},
		{"somebody to create it: the store does not have it", func(f *fixture) { f.plug("a", 0) }},
		{"Open vSwitch to number it", func(f *fixture) { f.port("a", "n"); f.plug("a", 0); f.sw.show("tap-a", ovs.Port{}) }},
		{"Open vSwitch, which says: no such device", func(f *fixture) {
			f.port("a", "n")
			f.plug("a", 0)
			f.sw.show("tap-a", ovs.Port{Error: "no such device"})
		}},
		{"Open vSwitch to answer", func(f *fixture) {
			f.port("a", "n")
			f.plug("a", 0)
			synctest.Wait()
			f.sw.fail("Ports", ovs.ErrUnavailable)
		}},
		{"its flows", func(f *fixture) { f.sw.fail("Apply", ovs.ErrRefused); f.port("a", "n"); f.plug("a", 0) }},
		{"", func(f *fixture) { f.port("a", "n"); f.plug("a", 0) }},
	} {
		run(t, func(f *fixture) {
			f.network("n")
			f.start()
			tt.setup(f)
			synctest.Wait()
			if got := f.forwarded("a"); got != tt.waitsFor {
				f.Errorf("the port waits for %q, want %q", got, tt.waitsFor)
			}
		})
	}
}

func TestWaitPortWithoutAnEngineAtWork(t *testing.T) {
	run(t, func(f *fixture) {
		f.start()()
		if got := f.forwarded("a"); !strings.HasPrefix(got, "the agent to begin") {
			f.Errorf("the port waits for %q", got)
		}
	})
}

// TestWaitPortReturns has many wait before there is anything.
func TestWaitPortReturns(t *testing.T) {
	run(t, func(f *fixture) {
		f.start()
		const n = 200 // more than the engine takes at once
		errs := make(chan error, n)
		for range n {
			go func() { errs <- f.engine.WaitPort(f.Context(), "a") }()
		}
		synctest.Wait()
		f.network("n")
		f.plug("a", 0)
		f.port("a", "n")
		for range n {
			f.ok(<-errs)
		}
	})
}

// Between one life of a port and the next the interface is another: what was
// true of the first does not count.
func TestWaitPortOfANewInterface(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.start()
		f.settled()
		f.sw.show("tap-a", ovs.Port{}) // the event of this may still be on its way
		ctx, cancel := context.WithTimeout(f.Context(), time.Millisecond)
		defer cancel()
		if err := f.engine.WaitPort(ctx, "a"); err == nil {
			f.Error("the port is forwarded, though its interface has no number yet")
		}
	})
}

// A port's interface changes; the flows and what WaitPort says follow.
func TestInterfaceChanges(t *testing.T) {
	for name, change := range map[string]struct {
		waits bool
		do    func(f *fixture)
	}{
		"another number":        {false, func(f *fixture) { f.plug("a", 77) }},
		"the number of another": {false, func(f *fixture) { f.unplug("b"); f.plug("a", 2) }},
		"no number any more":    {true, func(f *fixture) { f.sw.show("tap-a", ovs.Port{}) }},
		"an error":              {true, func(f *fixture) { f.sw.show("tap-a", ovs.Port{Error: "it is gone"}) }},
		"an error and back": {false, func(f *fixture) {
			f.sw.show("tap-a", ovs.Port{Error: "it is gone"})
			synctest.Wait()
			f.sw.show("tap-a", ovs.Port{OFPort: 5})
		}},
		"unplugged": {true, func(f *fixture) { f.unplug("a") }},
		"plugged elsewhere": {false, func(f *fixture) {
			f.setPorts(ovs.PortChanges{
				Add:    []ovs.PortSpec{{Name: "other", ExternalIDs: map[string]string{"iface-id": "a"}}},
				Delete: []string{"tap-a"},
			})
		}},
		"another port on the interface": {true, func(f *fixture) {
			f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: "tap-a", ExternalIDs: map[string]string{"iface-id": "b"}}}, Delete: []string{"tap-b"}})
		}},
		"no iface-id any more": {true, func(f *fixture) { f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: "tap-a"}}}) }},
		"others without a number": {false, func(f *fixture) {
			for _, name := range []string{"a-too", "z-too"} { // names before and after its own
				f.sw.show(name, ovs.Port{Error: "no such device"})
				f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: name, ExternalIDs: map[string]string{"iface-id": "a"}}}})
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(f *fixture) {
				f.world()
				f.start()
				f.settled()
				change.do(f)
				f.settled()
				if waitsFor := f.forwarded("a"); (waitsFor != "") != change.waits {
					f.Errorf("port a waits for %q", waitsFor)
				}
			})
		})
	}
}

// A port that is deleted and created again in another network is there, however
// the two watches interleave.
func TestPortChangesNetwork(t *testing.T) {
	run(t, func(f *fixture) {
		f.world() // b keeps n watched
		f.network("m")
		f.port("c", "m")
		f.plug("c", 0)
		f.start()
		f.settled()
		for range 20 {
			for _, net := range []string{"m", "n"} {
				f.deletePort("a")
				f.port("a", net)
				f.settled()
				if waitsFor := f.forwarded("a"); waitsFor != "" {
					f.Fatalf("the port in %s waits for %q", net, waitsFor)
				}
			}
		}
	})
}

// Only what ports here need is watched, and no longer than they need it.
func TestWatches(t *testing.T) {
	run(t, func(f *fixture) {
		f.start()
		check := func(want ...string) {
			f.Helper()
			synctest.Wait()
			want = slices.Sorted(slices.Values(append(want, "host/", "phys/")))
			if got := f.store.watches(); got != strings.Join(want, " ") {
				f.Errorf("watched: %s, want %v", got, want)
			}
		}
		f.network("n")
		f.network("m")
		f.port("elsewhere", "m")
		check()
		f.port("a", "n")
		f.plug("a", 0)
		check("net/n/", "port/a/")
		f.port("b", "n")
		f.plug("b", 0)
		f.plug("unknown", 0)
		f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: "theirs", ExternalIDs: map[string]string{"iface-id": strings.Repeat("long", 200)}}}})
		check("net/n/", "port/a/", "port/b/", "port/unknown/")
		f.unplug("b")
		check("net/n/", "port/a/", "port/unknown/")
		f.deletePort("a")
		check("port/a/", "port/unknown/")
		f.unplug("a")
		check("port/unknown/")
		f.settled()
	})
}
