package device_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/device"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/ovs"
)

// only is a model that has these ports.
func only(ports ...string) device.Exists {
	return func(_ context.Context, port string) (bool, error) {
		for _, p := range ports {
			if p == port {
				return true, nil
			}
		}
		return false, nil
	}
}

func (f *fixture) sweep(exists device.Exists) {
	f.Helper()
	f.ok(f.Sweep(f.Context(), exists))
}

func TestSweep(t *testing.T) {
	f := newFixture(t)
	f.add("stays")
	f.add("gone")
	f.sw.set(errors.New("the agent dies here"), nil)
	f.Add(t.Context(), spec("half")) // has no port on the bridge yet
	f.sw.set(nil, nil)
	links := f.links()

	f.sweep(only("stays"))
	f.run()()
	if got := f.links(); got != links {
		t.Errorf("after one sweep: %s, want %s", got, links)
	}
	f.sweep(only("stays"))
	f.run()()
	f.want("after two", "stays")
	f.Remove("stays")
	f.run()()
}

func TestSweepNeedsTwoSightings(t *testing.T) {
	f := newFixture(t)
	f.add("a")
	for range 3 {
		f.sweep(only())
		f.sweep(only("a")) // the model was just not up to date
	}
	f.run()()
	f.want("after all", "a")
	f.Remove("a")
	f.run()()
}

// While it can't be told what is an orphan, nothing is removed.
func TestSweepWithoutAnswers(t *testing.T) {
	f := newFixture(t)
	f.add("a")
	away := errors.New("the store is away")
	f.sweep(only())
	for range 3 {
		if err := f.Sweep(t.Context(), func(context.Context, string) (bool, error) { return false, away }); !errors.Is(err, away) {
			t.Errorf("error %v", err)
		}
	}
	f.sw.Leave()
	for range 3 {
		if err := f.Sweep(t.Context(), only()); !errors.Is(err, ovs.ErrUnavailable) {
			t.Errorf("error %v", err)
		}
	}
	f.sw.Return()
	f.run()()
	f.want("after all", "a")
	f.sweep(only())
	f.run()()
	f.want("when there are answers again")
}

// A port that is made while the sweep is on its way is no orphan, whatever the
// model said before.
func TestSweepMeetsAdd(t *testing.T) {
	f := newFixture(t)
	f.add("a")
	f.sweep(only())
	f.sweep(func(ctx context.Context, port string) (bool, error) {
		f.add("a")
		return false, nil
	})
	f.run()()
	f.want("after all", "a")
	f.Remove("a")
	f.run()()
}

// What looks like an interface of vlcp may be another's: another agent's on
// this machine, or a user's.
func TestSweepLeavesOthersAlone(t *testing.T) {
	f := newFixture(t)
	c := config(t, f.sw)
	c.Bridge = "other0"
	other := &fixture{t, device.New(c), f.sw}
	f.sw.set(errors.New("it is on another bridge"), nil)
	other.Add(t.Context(), spec("half"))
	f.sw.set(nil, nil)
	f.ok(netns.CreateVeth(t.Context(), netns.Veth{Host: "vlcp-mine-tap", Peer: "vlcp-mine"}))
	f.ok(f.sw.Fake.SetPorts(t.Context(), ovs.PortChanges{Add: []ovs.PortSpec{
		{Name: "vm0", ExternalIDs: map[string]string{"iface-id": "unknown"}},
		{Name: "vxlan0", ExternalIDs: map[string]string{"vlcp": "uplink"}},
	}}))
	sandbox, err := netns.New()
	f.ok(err)
	s := spec("inside") // somebody took it off the bridge, and may put it back
	s.Netns = sandbox.Path()
	f.ok(f.Add(t.Context(), s))
	_, tap := f.Names("inside")
	f.ok(f.sw.Fake.SetPorts(t.Context(), ovs.PortChanges{Delete: []string{tap}}))

	links, ports := f.links(), f.ports()
	for range 3 {
		f.sweep(only())
	}
	f.run()()
	if f.links() != links || f.ports() != ports {
		t.Errorf("interfaces %s, ports %s; want %s and %s", f.links(), f.ports(), links, ports)
	}
	f.ok(sandbox.Close())
	f.ok(netns.DeleteAll(t.Context(), "vlcp-mine-tap", tap))
	other.Remove("half")
	other.run()()
}

func TestAway(t *testing.T) {
	f := newFixture(t)
	sandbox, err := netns.New()
	f.ok(err)
	f.add("here")
	inside := spec("inside")
	inside.Netns = sandbox.Path()
	f.ok(f.Add(t.Context(), inside))
	want := func(when string, inside bool) {
		t.Helper()
		away, err := f.Away(t.Context())
		f.ok(err)
		if away("here") || away("absent") || away("inside") != inside {
			t.Errorf("%s: here %v, absent %v, inside %v", when, away("here"), away("absent"), away("inside"))
		}
	}
	want("with the namespace", true)
	f.ok(sandbox.Close())
	_, tap := f.Names("inside")
	for strings.Contains(f.links(), tap) { // the kernel takes its time
		time.Sleep(time.Millisecond)
	}
	want("without it", false)
	f.Remove("here")
	f.Remove("inside")
	f.run()()
}
