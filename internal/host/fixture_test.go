package host_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/host"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovstest"
)

func TestMain(m *testing.M) { testenv.Alone(func() { goleak.VerifyTestMain(m) }) }

// fixture is a host with a bridge in memory and interfaces that are real. Its
// methods end the test on an error.
type fixture struct {
	testing.TB
	*host.Host
	data   *memory.Store
	faults *faults // of the store
	sw     *sw
	end    func() // ends the host; it may be called before the test's end
}

// newFixture starts a host on the store, under its id.
func newFixture(t testing.TB, data *memory.Store, id string, edit func(*host.Config)) *fixture {
	t.Helper()
	f := &fixture{TB: t, data: data, faults: new(faults), sw: &sw{Fake: new(ovstest.Fake)}}
	info, err := f.sw.Info(t.Context())
	f.ok(err)
	info.Bridge = id + "-br" // so that two hosts have interfaces of their own
	c := host.Config{
		Store: kvtest.NewFaulty(data.Session(), f.faults.next), Switch: f.sw, Info: info, ID: id, VXLANPort: 4999, VethPrefix: "vlcp", Audit: time.Minute,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if edit != nil {
		edit(&c)
	}
	f.Host = host.New(c)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	f.end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		f.ok(errors.Join(f.sw.Close(), c.Store.Close()))
	})
	t.Cleanup(f.end)
	return f
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// network creates a network with the subnet 10.0.0.0/24, and returns when the
// host has set the bridge up.
func (f *fixture) network(id string) {
	f.Helper()
	_, err := f.CreateNetwork(f.Context(), spec(id))
	f.ok(err)
	f.eventually("the bridge is set up", func() bool {
		bridge := f.sw.String()
		return strings.Contains(bridge, "vxlan0") && strings.Contains(bridge, "cookie=0x766c")
	})
}

func spec(id string) network.Spec {
	return network.Spec{
		Network: network.Network{ID: id},
		Subnets: []network.Subnet{{ID: id + "-subnet", Prefix: netip.MustParsePrefix("10.0.0.0/24")}},
	}
}

func plug(id, net string) network.Plug {
	return network.Plug{Port: network.Port{ID: id, Network: net, Addresses: []network.Address{{}}}}
}

// keys are the keys of the store, but for those of the hosts themselves.
func (f *fixture) keys() (keys []string) {
	f.Helper()
	entries, err := f.data.List(context.Background(), "")
	f.ok(err)
	for _, e := range entries {
		root, _, _ := strings.Cut(e.Key, "/")
		if !slices.Contains([]string{"schema", "host", "alive", "tunnel"}, root) {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

// traces is what there is in the store, on the bridge and in the kernel, as far
// as a port has a part in it.
func (f *fixture) traces() string {
	f.Helper()
	links, err := netns.Links(context.Background(), "")
	f.ok(err)
	names := []string{}
	for _, l := range links {
		names = append(names, l.Name)
	}
	slices.Sort(names)
	return fmt.Sprintf("%s\n%s\n%s", strings.Join(f.keys(), "\n"), strings.Join(names, " "), f.sw)
}

// at gives a host a tunnel address that this machine has.
func at(t testing.TB, addr string) func(*host.Config) {
	testenv.Root(t)
	for _, args := range [][]string{{"link", "set", "lo", "up"}, {"addr", "replace", addr, "dev", "lo"}} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return func(c *host.Config) { c.TunnelIP = netip.MustParseAddr(addr) }
}

// asBefore waits until the traces are those that were.
func (f *fixture) asBefore(before string) {
	f.Helper()
	f.Cleanup(func() {
		if f.Failed() {
			f.Logf("before (-), now (+):\n%s", cmp.Diff(before, f.traces()))
		}
	})
	f.eventually("nothing is left", func() bool { return f.traces() == before })
}

// eventually waits until something holds.
func (f *fixture) eventually(what string, holds func() bool) {
	f.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			f.Fatalf("not within 20 s: %s", what)
		}
	}
}

// sw is a switch whose SetPorts fails on demand.
type sw struct {
	*ovstest.Fake
	mu   sync.Mutex
	fail error
}

func (s *sw) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *sw) SetPorts(ctx context.Context, c ovs.PortChanges) error {
	s.mu.Lock()
	err := s.fail
	s.mu.Unlock()
	if err != nil && len(c.Add) > 0 && c.Add[0].Type == "" {
		return err
	}
	return s.Fake.SetPorts(ctx, c)
}

// faults chooses the faults of a store's calls: one for the nth after arm, or
// one for all.
type faults struct {
	mu    sync.Mutex
	all   kvtest.Fault
	left  int
	fault kvtest.Fault
}

func (f *faults) always(fault kvtest.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = fault
}

func (f *faults) arm(nth int, fault kvtest.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.fault = nth, fault
}

// disarm tells whether the fault did not happen.
func (f *faults) disarm() (unhurt bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	unhurt = f.left > 0
	f.left = 0
	return unhurt
}

func (f *faults) next(string) kvtest.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left == 0 {
		return f.fault
	}
	return f.all
}
