package vlcp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp"
	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovstest"
)

func TestMain(m *testing.M) { testenv.Alone(func() { goleak.VerifyTestMain(m) }) }

// start runs an agent until the function is called, and closes its store and
// switch then.
func start(t testing.TB, a *vlcp.Agent) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		if err := errors.Join(a.Store.Close(), a.Switch.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(end)
	return end
}

// logTo logs to a test's output, as long as it runs.
func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func TestAgentIsADockerDriver(t *testing.T) {
	testenv.Root(t)
	drivertest.Run(t, func(t *testing.T) (dockerdriver.Driver, ipam.IPAM) {
		t.Cleanup(func() { deleteLinks(t) })
		a := &vlcp.Agent{Store: memory.New(), Switch: new(ovstest.Fake), Log: logTo(t.Output())}
		start(t, a)
		return a, a.Addresses()
	})
}

// deleteLinks deletes the interfaces of ports that a test left plugged in.
func deleteLinks(t *testing.T) {
	links, err := netns.Links(context.Background(), "vlcp")
	for _, l := range links {
		err = errors.Join(err, netns.Delete(context.Background(), l.Name))
	}
	if err != nil {
		t.Error(err)
	}
}

func TestIncompleteAgent(t *testing.T) {
	for name, a := range map[string]*vlcp.Agent{
		"nothing":   {},
		"no switch": {Store: memory.New()},
		"no store":  {Switch: new(ovstest.Fake)},
	} {
		for call, err := range calls(t.Context(), a) {
			if !errors.Is(err, vlcp.ErrIncomplete) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
		if err := a.Run(t.Context()); !errors.Is(err, vlcp.ErrIncomplete) {
			t.Errorf("%s, Run: %v", name, err)
		}
	}
}

// calls makes every call but Run.
func calls(ctx context.Context, a *vlcp.Agent) map[string]error {
	errs := map[string]error{
		"DeleteNetwork":  a.DeleteNetwork(ctx, "n"),
		"Unplug":         a.Unplug(ctx, "p"),
		"ReleasePool":    a.Addresses().ReleasePool(ctx, "pool"),
		"ReleaseAddress": a.Addresses().ReleaseAddress(ctx, "pool", netip.Addr{}),
	}
	_, errs["HostID"] = a.HostID(ctx)
	_, errs["Model"] = a.Model(ctx)
	_, errs["CreateNetwork"] = a.CreateNetwork(ctx, network.Spec{})
	_, errs["Network"] = a.Network(ctx, "n")
	_, errs["Ports"] = a.Ports(ctx, "n")
	_, errs["Plug"] = a.Plug(ctx, network.Plug{})
	_, errs["Ready"] = a.Ready(ctx, "p")
	_, errs["RequestPool"] = a.Addresses().RequestPool(ctx, ipam.PoolRequest{})
	_, errs["FindPool"] = a.Addresses().FindPool(ctx, "space", netip.Prefix{})
	_, errs["RequestAddress"] = a.Addresses().RequestAddress(ctx, "pool", ipam.AddressRequest{})
	return errs
}

// While the switch was never reached, calls fail soon, and Run waits.
func TestSwitchComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bridge := new(ovstest.Fake)
		bridge.Leave()
		a := &vlcp.Agent{Store: memory.New(), Switch: bridge}
		defer start(t, a)()
		for call, err := range calls(t.Context(), a) {
			if !errors.Is(err, ovs.ErrUnavailable) {
				t.Errorf("%s: %v", call, err)
			}
		}
		time.Sleep(time.Hour)
		bridge.Return()
		synctest.Wait()
		if bridge.String() == "" {
			t.Error("the agent does nothing")
		}
	})
}

// slow is a switch that needs a while to say what it is.
type slow struct{ *ovstest.Fake }

func (s slow) Info(ctx context.Context) (ovs.Info, error) {
	select {
	case <-time.After(10 * time.Second):
		return s.Fake.Info(ctx)
	case <-ctx.Done():
		return ovs.Info{}, fmt.Errorf("read bridge: %w", ctx.Err())
	}
}

// While the switch is slow to answer, calls fail soon, and Run waits.
func TestSwitchIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bridge := slow{new(ovstest.Fake)}
		a := &vlcp.Agent{Store: memory.New(), Switch: bridge}
		defer start(t, a)()
		if _, err := a.HostID(t.Context()); !errors.Is(err, ovs.ErrUnavailable) {
			t.Errorf("error %v", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if bridge.String() == "" {
			t.Error("the agent does nothing")
		}
	})
}

// A call just after the switch was opened finds it connecting.
func TestSwitchComesInAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bridge := new(ovstest.Fake)
		bridge.Leave()
		a := &vlcp.Agent{Store: memory.New(), Switch: bridge}
		time.AfterFunc(100*time.Millisecond, bridge.Return)
		if id, err := a.HostID(t.Context()); id != "fake" || err != nil {
			t.Errorf("host %q, error %v", id, err)
		}
		defer start(t, a)()
	})
}

// An agent that ends while it waits says so.
func TestRunEndsWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bridge := new(ovstest.Fake)
		bridge.Leave()
		end := start(t, &vlcp.Agent{Store: memory.New(), Switch: bridge})
		time.Sleep(time.Minute)
		end()
	})
}

func TestHostID(t *testing.T) {
	for want, a := range map[string]*vlcp.Agent{
		"fake": {Store: memory.New(), Switch: new(ovstest.Fake)},
		"mine": {Store: memory.New(), Switch: new(ovstest.Fake), Host: "mine"},
	} {
		if id, err := a.HostID(t.Context()); id != want || err != nil {
			t.Errorf("host %q, error %v, want %q", id, err, want)
		}
		if _, err := a.Model(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// An embedder's own IPAM is asked instead of the agent's.
func TestOwnIPAM(t *testing.T) {
	own := drivertest.NewFake(t).IPAM
	a := &vlcp.Agent{Store: memory.New(), Switch: new(ovstest.Fake), IPAM: own}
	pool, err := a.Addresses().RequestPool(t.Context(), ipam.PoolRequest{Prefix: netip.MustParsePrefix("192.168.1.0/24")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.RequestAddress(t.Context(), pool.ID, ipam.AddressRequest{Gateway: true}); err != nil {
		t.Errorf("the agent's IPAM has not the pool: %v", err)
	}
}
