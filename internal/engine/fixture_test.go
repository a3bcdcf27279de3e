package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/engine"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const audit = time.Minute

// fixture is a host in a synctest bubble: a store, a switch, and an engine
// between them once it is started. Its methods end the test on an error.
type fixture struct {
	*testing.T
	store  *store
	sw     *sw
	model  *network.Model
	engine *engine.Engine
	moves  []string // "<port> <move>"

	datapath string       // of the switch
	tunnelIP netip.Addr   // of this host, as configured
	log      bytes.Buffer // of the engine, to be read when it has settled
}

// run runs a test with a store that has the physical network "phys" (VXLAN,
// port vxlan0).
func run(t *testing.T, test func(*fixture)) {
	synctest.Test(t, func(t *testing.T) {
		data := memory.New()
		f := &fixture{
			T:     t,
			store: &store{Faulty: kvtest.NewFaulty(data, kvtest.Commits()), watched: map[string]int{}},
			sw:    &sw{Fake: new(ovstest.Fake), errs: map[string]error{}, seen: map[string]ovs.Port{}},
		}
		addresses := ipam.New(data, ipam.Config{Host: "h"})
		t.Cleanup(func() { f.ok(errors.Join(addresses.Close(), f.sw.Close(), data.Close())) })
		f.model = network.New(network.Config{Store: data, Allocator: addresses, Host: "h"})
		f.ok(result(f.model.CreatePhysicals(t.Context(), network.Physical{ID: "phys", Type: network.VXLAN, Ranges: []network.Range{{First: 1, Last: 99}}})))
		f.ok(result(f.model.CreatePhysicalPorts(t.Context(), network.PhysicalPort{Network: "phys", Name: "vxlan0"})))
		test(f)
	})
}

// start starts an engine, which ends with the test or by the function.
func (f *fixture) start() (stop func()) {
	f.engine = engine.New(engine.Config{
		Store: f.store, Switch: f.sw, Info: ovs.Info{SystemID: "fake", Bridge: "fake0", Datapath: f.datapath},
		VXLANPort: 4999, TunnelIP: f.tunnelIP, Audit: audit, Host: "h", Moved: f.moved, Log: slog.New(slog.NewTextHandler(io.MultiWriter(f.Output(), &f.log), &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	ctx, cancel := context.WithCancel(f.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.engine.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			f.Errorf("Run: %v", err)
		}
	})
	f.Cleanup(stop)
	synctest.Wait()
	return stop
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func result[T any](_ T, err error) error { return err }

// network creates a network with the subnet 10.0.0.0/24.
func (f *fixture) network(id string) {
	f.Helper()
	f.ok(result(f.model.CreateNetworks(f.Context(), network.Spec{
		Network: network.Network{ID: id},
		Subnets: []network.Subnet{{ID: id + "-subnet", Prefix: netip.MustParsePrefix("10.0.0.0/24")}},
	})))
}

// port creates a port with an address.
func (f *fixture) port(id, net string) {
	f.Helper()
	f.ok(result(f.model.CreatePorts(f.Context(), network.Port{ID: id, Network: net, Addresses: []network.Address{{}}})))
}

func (f *fixture) deletePort(id string) { f.Helper(); f.ok(f.model.DeletePorts(f.Context(), id)) }

// plug makes an interface tap-<id> for a port; ofport 0 is any.
func (f *fixture) plug(id string, ofport uint32) {
	f.Helper()
	f.setPorts(ovs.PortChanges{Add: []ovs.PortSpec{{Name: "tap-" + id, ExternalIDs: map[string]string{"iface-id": id}, OFPort: ofport}}})
}

func (f *fixture) unplug(id string) {
	f.Helper()
	f.setPorts(ovs.PortChanges{Delete: []string{"tap-" + id}})
}

func (f *fixture) setPorts(c ovs.PortChanges) { f.Helper(); f.ok(f.sw.Fake.SetPorts(f.Context(), c)) }

// settled waits until nothing happens any more, and checks that the flows of
// the switch are those that the model and the ports ask for.
func (f *fixture) settled() {
	f.Helper()
	synctest.Wait()
	if diff := cmp.Diff(text(f.wanted()), text(f.flows())); diff != "" {
		f.Errorf("flows that are wanted (-) and there (+):\n%s", diff)
	}
}

// flows are the flows of ours that the switch has.
func (f *fixture) flows() []ovs.Flow {
	f.Helper()
	flows, err := f.sw.Fake.Flows(f.Context(), plan.DefaultOwner<<48, ovs.OwnerMask)
	f.ok(err)
	return flows
}

func text(flows []ovs.Flow) (lines []string) {
	for _, f := range flows {
		lines = append(lines, f.String())
	}
	return lines
}

// wanted works out the flows anew, from the whole model.
func (f *fixture) wanted() []ovs.Flow {
	f.Helper()
	p := plan.New(plan.Config{Host: "h", Datapath: f.datapath})
	ports, err := f.sw.Ports(f.Context())
	f.ok(err)
	local := map[string]uint32{}
	for _, port := range ports {
		if id := port.ExternalIDs["iface-id"]; id != "" && port.OFPort != 0 {
			local[id] = port.OFPort
		} else if port.Name == "vxlan0" && port.OFPort != 0 {
			p.SetUplink("phys", port.OFPort)
		}
	}
	hosts, err := f.model.Hosts(f.Context())
	f.ok(err)
	for _, h := range hosts {
		p.SetHost(h.ID, h.Tunnel)
	}
	networks, err := f.model.Networks(f.Context())
	f.ok(err)
	for _, n := range networks {
		p.SetNetwork(n)
	}
	subnets, err := f.model.Subnets(f.Context(), "")
	f.ok(err)
	for _, s := range subnets {
		p.SetSubnet(s)
	}
	routers, err := f.model.Routers(f.Context())
	f.ok(err)
	for _, r := range routers {
		p.SetRouter(r)
	}
	interfaces, err := f.model.RouterInterfaces(f.Context(), "")
	f.ok(err)
	for _, i := range interfaces {
		p.SetRouterInterface(i)
	}
	all, err := f.model.Ports(f.Context(), "")
	f.ok(err)
	for _, port := range all {
		p.SetPort(port)
		switch at := port.Location.Host; {
		case at != "" && at != "h":
			p.SetRemote(port.ID, at)
			p.SetMember(port.Network, at)
		case local[port.ID] != 0:
			p.SetLocal(port.ID, local[port.ID])
		}
	}
	return p.Flows()
}

// locate writes where a port is.
func (f *fixture) locate(port, host string) {
	f.Helper()
	f.ok(f.model.Locate(f.Context(), port, func(network.Location) (string, bool) { return host, true }))
}

// host announces another host.
func (f *fixture) host(id, tunnel string) {
	f.Helper()
	f.ok(f.model.Announce(f.Context(), network.Host{ID: id, Tunnel: netip.MustParseAddr(tunnel)}))
}

// moved is called by the engine's goroutine.
func (f *fixture) moved(port string, m engine.Move) {
	f.moves = append(f.moves, port+" "+map[engine.Move]string{engine.Plugged: "plugged", engine.Found: "found", engine.Unplugged: "unplugged"}[m])
}

// forwarded tells whether a port waits for nothing; else for what.
func (f *fixture) forwarded(port string) (waitsFor string) {
	f.Helper()
	ctx, cancel := context.WithTimeout(f.Context(), time.Millisecond)
	defer cancel()
	err := f.engine.WaitPort(ctx, port)
	if err == nil {
		return ""
	}
	_, waitsFor, found := strings.Cut(err.Error(), "port "+port+" still waits for ")
	if !found || !errors.Is(err, context.DeadlineExceeded) {
		f.Errorf("WaitPort: %v", err)
	}
	return strings.TrimSuffix(waitsFor, ": "+context.DeadlineExceeded.Error())
}

// store is a store that knows which prefixes are watched, and whose watches
// end with an error on demand.
type store struct {
	*kvtest.Faulty
	mu      sync.Mutex
	watched map[string]int
	errs    map[string]error // by prefix
	back    chan struct{}    // while the store is away: closed when it is back
}

// Cut runs during while no watch delivers anything.
func (s *store) Cut(during func()) {
	back := make(chan struct{})
	s.mu.Lock()
	s.back = back
	s.mu.Unlock()
	s.Faulty.Cut(during)
	close(back)
}

// reach returns when the store is there.
func (s *store) reach(ctx context.Context) error {
	s.mu.Lock()
	back := s.back
	s.mu.Unlock()
	if back == nil {
		return nil
	}
	select {
	case <-back:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fail has watches of a prefix fail from now on.
func (s *store) fail(prefix string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = map[string]error{prefix: err}
}

// heal has watches work from now on.
func (s *store) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = nil
}

func (s *store) Watch(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
	if err := s.count(prefix, 1); err != nil {
		return err
	}
	defer s.count(prefix, -1)
	if err := s.reach(ctx); err != nil {
		return err
	}
	return s.Faulty.Watch(ctx, prefix, fn)
}

func (s *store) count(prefix string, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.errs[prefix]; err != nil {
		return err
	}
	if s.watched[prefix] += n; s.watched[prefix] == 0 {
		delete(s.watched, prefix)
	}
	return nil
}

// watches are the prefixes that are watched, sorted; one that is watched twice
// is there twice.
func (s *store) watches() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, prefix := range slices.Sorted(maps.Keys(s.watched)) {
		all = append(all, slices.Repeat([]string{prefix}, s.watched[prefix])...)
	}
	return strings.Join(all, " ")
}

// sw is a switch that fails on demand, shows ports otherwise than they are, and
// remembers what was applied.
type sw struct {
	*ovstest.Fake
	mu      sync.Mutex
	errs    map[string]error    // of the methods
	seen    map[string]ovs.Port // by name, instead of what is there
	applied []ovs.Changes
	tries   int // calls of Apply and SetPorts
}

func (s *sw) fail(method string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs[method] = err
}

func (s *sw) err(method string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errs[method]
}

func (s *sw) Flows(ctx context.Context, cookie, mask uint64) ([]ovs.Flow, error) {
	if err := s.err("Flows"); err != nil {
		return nil, err
	}
	return s.Fake.Flows(ctx, cookie, mask)
}

func (s *sw) Apply(ctx context.Context, c ovs.Changes) error {
	s.mu.Lock()
	s.tries++
	s.mu.Unlock()
	if err := s.err("Apply"); err != nil {
		return err
	}
	s.mu.Lock()
	s.applied = append(s.applied, c)
	s.mu.Unlock()
	return s.Fake.Apply(ctx, c)
}

func (s *sw) SetPorts(ctx context.Context, c ovs.PortChanges) error {
	s.mu.Lock()
	s.tries++
	s.mu.Unlock()
	if err := s.err("SetPorts"); err != nil {
		return err
	}
	return s.Fake.SetPorts(ctx, c)
}

func (s *sw) Ports(ctx context.Context) ([]ovs.Port, error) {
	if err := s.err("Ports"); err != nil {
		return nil, err
	}
	ports, err := s.Fake.Ports(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range ports {
		if other, found := s.seen[p.Name]; found {
			other.Name, other.ExternalIDs = p.Name, p.ExternalIDs
			ports[i] = other
		}
	}
	return ports, err
}

// pretend makes a port look otherwise from now on, without an event.
func (s *sw) pretend(name string, p ovs.Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[name] = p
}

// show makes a port look otherwise from now on, and says that ports changed.
func (s *sw) show(name string, p ovs.Port) {
	s.pretend(name, p)
	_ = s.Fake.SetPorts(context.Background(), ovs.PortChanges{})
}

// tried answers how often a change was tried since it was last asked.
func (s *sw) tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.tries
	s.tries = 0
	return n
}

// take answers what was applied since it was last asked: "+3 -1" for each
// bundle.
func (s *sw) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, c := range s.applied {
		all = append(all, fmt.Sprintf("+%d -%d", len(c.Add), len(c.Delete)))
	}
	s.applied = nil
	return strings.Join(all, ", ")
}
