package device_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/device"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovstest"
)

func TestMain(m *testing.M) { testenv.Alone(func() { goleak.VerifyTestMain(m) }) }

// fixture is a bridge in memory, with interfaces that are real. Its methods end
// the test on an error.
type fixture struct {
	testing.TB
	*device.Devices
	sw *sw
}

func newFixture(t testing.TB) *fixture {
	testenv.Root(t)
	sw := &sw{Fake: new(ovstest.Fake)}
	f := &fixture{t, device.New(config(t, sw)), sw}
	t.Cleanup(func() {
		f.ok(sw.Close())
		if left := f.links(); left != "" {
			t.Errorf("interfaces left: %s", left)
		}
	})
	return f
}

func config(t testing.TB, s ovs.Switch) device.Config {
	return device.Config{
		Switch: s, Bridge: "fake0", Prefix: "vlcp", Userspace: true,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// run has removals done until the function is called, which returns when no
// removal is left.
func (f *fixture) run() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			f.Errorf("Run: %v", err)
		}
	})
	f.Cleanup(end)
	return end
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) add(port string) {
	f.Helper()
	f.ok(f.Add(f.Context(), spec(port)))
}

func spec(port string) device.Spec {
	return device.Spec{Port: port, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 9}, MTU: 1450}
}

// links are the names of the veths on this side, and ports those of the
// bridge, sorted.
func (f *fixture) links() string {
	f.Helper()
	links, err := netns.Links(context.Background(), "")
	f.ok(err)
	var names []string
	for _, l := range links {
		names = append(names, l.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func (f *fixture) ports() string {
	f.Helper()
	ports, err := f.sw.Fake.Ports(f.Context())
	f.ok(err)
	var names []string
	for _, p := range ports {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

// want checks which ports' interfaces there are.
func (f *fixture) want(when string, ports ...string) {
	f.Helper()
	links, taps := map[string]bool{}, map[string]bool{}
	for _, port := range ports {
		container, tap := f.Names(port)
		links[container], links[tap], taps[tap] = true, true, true
	}
	if got, want := f.links(), strings.Join(slices.Sorted(maps.Keys(links)), " "); got != want {
		f.Errorf("%s: interfaces %q, want %q", when, got, want)
	}
	if got, want := f.ports(), strings.Join(slices.Sorted(maps.Keys(taps)), " "); got != want {
		f.Errorf("%s: ports of the bridge %q, want %q", when, got, want)
	}
}

// sw is a switch whose SetPorts fails, or stands still, on demand.
type sw struct {
	*ovstest.Fake
	mu   sync.Mutex
	fail error
	hold func(ovs.PortChanges) // called before a change
}

func (s *sw) SetPorts(ctx context.Context, c ovs.PortChanges) error {
	s.mu.Lock()
	fail, hold := s.fail, s.hold
	s.mu.Unlock()
	if hold != nil {
		hold(c)
	}
	if fail != nil {
		return fail
	}
	return s.Fake.SetPorts(ctx, c)
}

func (s *sw) set(fail error, hold func(ovs.PortChanges)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail, s.hold = fail, hold
}
