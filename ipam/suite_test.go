package ipam_test

import (
	"context"
	"net/netip"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/ipam/ipamtest"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	ipamtest.Run(t, func(t *testing.T) ipamtest.System {
		s := memory.New()
		return system(t, s, s.Session())
	})
}

func TestBolt(t *testing.T) {
	ipamtest.Run(t, func(t *testing.T) ipamtest.System {
		s, err := bolt.Open(filepath.Join(t.TempDir(), "vlcp.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return system(t, s, s)
	})
}

// TestFaults: a commit that is refused, lost or answered too late is nothing
// that a user of the IPAM could tell.
func TestFaults(t *testing.T) {
	ipamtest.Run(t, func(t *testing.T) ipamtest.System {
		s := memory.New()
		sometimes := func(seed uint64) func(string) kvtest.Fault {
			return kvtest.Sometimes(seed, kvtest.Conflict, kvtest.Lost, kvtest.Applied, kvtest.Late)
		}
		return system(t, kvtest.NewFaulty(s, sometimes(1)), kvtest.NewFaulty(s.Session(), sometimes(2)))
	})
}

func TestStale(t *testing.T) {
	ipamtest.Run(t, func(t *testing.T) ipamtest.System {
		s := memory.New()
		return system(t, kvtest.Stale(s), kvtest.Stale(s.Session()))
	})
}

// system is an Allocator as network uses it, and one of another host.
func system(t *testing.T, here, there kvstore.Store) ipamtest.System {
	a := allocator(t, here, "here")
	update := func(ctx context.Context, fn func(*kvstore.Tx) error) error {
		return kvstore.Update(ctx, here, fn)
	}
	return ipamtest.System{
		IPAM:  a,
		Other: allocator(t, there, "there"),
		Bind: func(ctx context.Context, pool string, b ipam.Binding) error {
			return update(ctx, func(tx *kvstore.Tx) error {
				_, err := ipam.Bind(tx, pool, b)
				return err
			})
		},
		Hold: func(ctx context.Context, pool string, addr netip.Addr, port string) error {
			return update(ctx, func(tx *kvstore.Tx) error { return ipam.Hold(tx, pool, addr, port, "here") })
		},
		Unhold: func(ctx context.Context, pool string, addr netip.Addr, port string) error {
			return update(ctx, func(tx *kvstore.Tx) error { return ipam.Unhold(tx, pool, addr, port) })
		},
	}
}

func allocator(t testing.TB, s kvstore.Store, host string) *ipam.Allocator {
	a := ipam.New(s, ipam.Config{Host: host})
	t.Cleanup(func() { a.Close() })
	return a
}
