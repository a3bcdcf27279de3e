package host_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

func TestPlugReadyUnplug(t *testing.T) {
	testenv.Root(t)
	f := newFixture(t, memory.New(), "h1", nil)
	f.network("n")
	before := f.traces()
	sandbox, err := netns.New()
	f.ok(err)
	defer sandbox.Close()
	p := plug("web", "n")
	p.Netns = sandbox.Path()

	var first network.Attachment
	for i := range 3 { // the same question gets the same answer
		a, err := f.Plug(t.Context(), p)
		f.ok(err)
		if i == 0 {
			first = a
		}
		ready, err := f.Ready(t.Context(), "web")
		f.ok(err)
		for what, got := range map[string]network.Attachment{"Plug": a, "Ready": ready} {
			if diff := cmp.Diff(first, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
				t.Errorf("%s: (-first +now)\n%s", what, diff)
			}
		}
	}
	if first.Port.Owner.Host != "h1" || first.Port.Owner.Boot == "" || first.Port.Location != (network.Location{Host: "h1", Epoch: 1}) {
		t.Errorf("port %+v", first.Port)
	}
	for range 2 {
		f.ok(f.Unplug(t.Context(), "web"))
	}
	f.asBefore(before)
	if _, err := f.Ready(t.Context(), "web"); !errors.Is(err, network.ErrNotFound) {
		t.Errorf("Ready after Unplug: %v", err)
	}
}

// The same port id again and again: the last call counts.
func TestPlugAgainAtOnce(t *testing.T) {
	testenv.Root(t)
	f := newFixture(t, memory.New(), "h1", nil)
	f.network("n")
	for range 20 {
		f.ok(f.Unplug(t.Context(), "web"))
		_, err := f.Plug(t.Context(), plug("web", "n"))
		f.ok(err)
		_, err = f.Ready(t.Context(), "web")
		f.ok(err)
	}
	if got := f.sw.String(); strings.Count(got, "iface-id=web") != 1 {
		t.Errorf("the bridge has %s", got)
	}
	f.ok(f.Unplug(t.Context(), "web"))
}

// TestPlugUndone has each step of Plug fail.
func TestPlugUndone(t *testing.T) {
	testenv.Root(t)
	f := newFixture(t, memory.New(), "h1", nil)
	f.network("n")
	sandbox, err := netns.New()
	f.ok(err)
	defer sandbox.Close()
	before := f.traces()
	refused := errors.New("refused by the test")
	for _, tt := range []struct {
		name string
		plug func() error
		want error
	}{
		{"no such namespace", func() error {
			p := plug("web", "n")
			p.Netns = "/run/netns/absent"
			_, err := f.Plug(t.Context(), p)
			return err
		}, os.ErrNotExist},
		{"a name that an interface can't have", func() error {
			p := plug("web", "n")
			p.Netns, p.Interface = sandbox.Path(), "a-name-that-is-too-long"
			_, err := f.Plug(t.Context(), p)
			return err
		}, nil},
		{"the switch refuses", func() error {
			f.sw.refuse(refused)
			defer f.sw.refuse(nil)
			_, err := f.Plug(t.Context(), plug("web", "n"))
			return err
		}, refused},
		{"the call ends", func() error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := f.Plug(ctx, plug("web", "n"))
			return err
		}, context.Canceled},
		{"no such network", func() error {
			_, err := f.Plug(t.Context(), plug("web", "m"))
			return err
		}, network.ErrNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.plug()
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			f.asBefore(before)
		})
	}
}

// TestPlugWithFaults has each call to the store fail in each way.
func TestPlugWithFaults(t *testing.T) {
	testenv.Root(t)
	f := newFixture(t, memory.New(), "h1", nil)
	f.network("n")
	before := f.traces()
	for name, fault := range map[string]kvtest.Fault{
		"unavailable": kvtest.Unavailable, "conflict": kvtest.Conflict, "lost": kvtest.Lost, "applied": kvtest.Applied, "late": kvtest.Late,
	} {
		t.Run(name, func(t *testing.T) {
			for nth, unhurt := 1, false; !unhurt; nth++ {
				f.faults.arm(nth, fault)
				a, err := f.Plug(t.Context(), plug("web", "n"))
				unhurt = f.faults.disarm()
				switch {
				case err == nil:
					f.ok(f.Unplug(t.Context(), a.Port.ID))
				case !errors.Is(err, kvstore.ErrUnavailable):
					t.Errorf("call %d: %v", nth, err)
				}
				f.asBefore(before)
			}
		})
	}
}

// A port that was there before stays, whatever fails.
func TestFailedPlugLeavesWhatWasThere(t *testing.T) {
	testenv.Root(t)
	f := newFixture(t, memory.New(), "h1", nil)
	f.network("n")
	_, err := f.Plug(t.Context(), plug("web", "n"))
	f.ok(err)
	_, err = f.Ready(t.Context(), "web")
	f.ok(err)
	before := f.traces()
	f.sw.refuse(errors.New("refused by the test"))
	if _, err := f.Plug(t.Context(), plug("web", "n")); err == nil {
		t.Error("no error")
	}
	f.sw.refuse(nil)
	other := plug("web", "n")
	other.Port.Hostname = "other"
	if _, err := f.Plug(t.Context(), other); !errors.Is(err, network.ErrExists) {
		t.Errorf("another port with its id: %v", err)
	}
	f.end() // does what was to be removed
	if diff := cmp.Diff(before, f.traces()); diff != "" {
		t.Errorf("before (-), now (+):\n%s", diff)
	}
	links, err := netns.Links(t.Context(), "vlcp")
	f.ok(err)
	for _, l := range links {
		f.ok(netns.Delete(t.Context(), l.Name))
	}
}

// What the same owner made before the host was booted is taken over.
func TestEarlierBoot(t *testing.T) {
	testenv.Root(t)
	f := newFixture(t, memory.New(), "h1", nil)
	earlier := network.Owner{Face: "test", Host: "h1", Boot: "the boot before"}
	s, p := spec("n"), plug("web", "n")
	s.Network.Owner, p.Port.Owner = earlier, earlier
	_, err := f.CreateNetwork(t.Context(), s)
	f.ok(err)
	old, err := f.Plug(t.Context(), p)
	f.ok(err)

	s.Network.Owner.Boot, p.Port.Owner.Boot = "", ""
	_, err = f.CreateNetwork(t.Context(), s)
	f.ok(err)
	a, err := f.Plug(t.Context(), p)
	f.ok(err)
	if a.Port.Owner.Boot == earlier.Boot || a.Port.MAC != old.Port.MAC {
		t.Errorf("the port is %+v, it was %+v", a.Port, old.Port)
	}

	s.Network.Owner.Host, p.Port.Owner.Host = "h2", "h2"
	if _, err = f.CreateNetwork(t.Context(), s); !errors.Is(err, network.ErrExists) {
		t.Errorf("the network of another host: %v", err)
	}
	if _, err = f.Plug(t.Context(), p); !errors.Is(err, network.ErrExists) {
		t.Errorf("the port of another host: %v", err)
	}
	f.ok(f.Unplug(t.Context(), "web"))
}

// TestTwoHosts has two hosts plug into one network at the same time.
func TestTwoHosts(t *testing.T) {
	testenv.Root(t)
	data := memory.New()
	hosts := []*fixture{newFixture(t, data, "h1", at(t, "192.0.2.1")), newFixture(t, data, "h2", at(t, "192.0.2.2"))}
	hosts[0].network("n")
	var wg sync.WaitGroup
	for _, f := range hosts {
		for _, name := range []string{"a", "b", "c", "d"} {
			wg.Go(func() {
				id := name + "-" + f.ID
				if _, err := f.Plug(t.Context(), plug(id, "n")); err != nil {
					t.Error(err)
					return
				}
				if _, err := f.Ready(t.Context(), id); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	ports, err := hosts[0].Model.Ports(t.Context(), "n")
	hosts[0].ok(err)
	seen := map[netip.Addr]bool{}
	for _, p := range ports {
		seen[p.Addresses[0].Address] = true
		for _, f := range hosts {
			f.eventually("each host forwards to "+p.ID, func() bool { return strings.Contains(f.sw.String(), p.MAC) })
			if here := strings.Contains(f.sw.String(), "iface-id="+p.ID); here != strings.HasSuffix(p.ID, f.ID) {
				t.Errorf("%s has an interface on %s: %v", p.ID, f.ID, here)
			}
		}
	}
	if len(seen) != 8 {
		t.Errorf("8 ports have %d addresses", len(seen))
	}
	for _, p := range ports {
		for _, f := range hosts {
			if f.ID == p.Location.Host {
				f.ok(f.Unplug(t.Context(), p.ID))
			}
		}
	}
}

// TestReadySaysWhatItWaitsFor has a port that is nowhere plugged in.
func TestReadySaysWhatItWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, memory.New(), "h1", nil)
		f.network("n")
		_, err := f.Model.CreatePorts(t.Context(), network.Port{ID: "web", Network: "n"})
		f.ok(err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = f.Ready(ctx, "web")
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "port web still waits for its interface in Open vSwitch") {
			t.Errorf("error %v", err)
		}
	})
}
