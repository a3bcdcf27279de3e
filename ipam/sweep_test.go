package ipam_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// sweeper is a host that sweeps, in a synctest bubble.
type sweeper struct {
	*testing.T
	*ipam.Allocator
	store kvstore.Store
	used  map[netip.Addr]bool
}

func sweeps(t *testing.T, test func(*sweeper)) {
	synctest.Test(t, func(t *testing.T) {
		s := memory.New()
		a := ipam.New(s, ipam.Config{Host: "here", Lapse: time.Minute})
		defer a.Close()
		test(&sweeper{t, a, s, map[netip.Addr]bool{}})
	})
}

func (s *sweeper) sweep(after time.Duration) {
	s.Helper()
	time.Sleep(after)
	if err := s.Sweep(s.Context(), func(c ipam.Claim) bool { return s.used[c.Address] }); err != nil {
		s.Fatal(err)
	}
}

func (s *sweeper) pool(a *ipam.Allocator) ipam.Pool {
	s.Helper()
	p, err := a.RequestPool(s.Context(), ipam.PoolRequest{Space: "s", Prefix: netip.MustParsePrefix("10.1.0.0/24")})
	if err != nil {
		s.Fatal(err)
	}
	return p
}

func (s *sweeper) ask(pool string, r ipam.AddressRequest) netip.Addr {
	s.Helper()
	got, err := s.RequestAddress(s.Context(), pool, r)
	if err != nil {
		s.Fatal(err)
	}
	return got.Addr()
}

// wants tells which addresses of a pool are in use.
func (s *sweeper) wants(pool string, want ...string) {
	s.Helper()
	claims, err := s.Claims(s.Context(), pool)
	if err != nil {
		s.Fatal(err)
	}
	got := map[string]bool{}
	for _, c := range claims {
		got[c.Address.String()] = true
	}
	for _, a := range want {
		if !got[a] {
			s.Errorf("%s is free", a)
		}
	}
	if len(got) != len(want) {
		s.Errorf("in use are %v, want %v", got, want)
	}
}

// TestSweepPools: an unbound pool goes after a minute, only by its own host,
// and with its reservations.
func TestSweepPools(t *testing.T) {
	sweeps(t, func(s *sweeper) {
		there := ipam.New(s.store, ipam.Config{Host: "there"})
		defer there.Close()
		mine, theirs, taken := s.pool(s.Allocator), s.pool(there), s.pool(s.Allocator)
		s.ask(mine.ID, ipam.AddressRequest{Gateway: true})
		s.ask(mine.ID, ipam.AddressRequest{Address: ip("10.1.0.9")})
		s.sweep(time.Hour)
		update(s.T, s.store, func(tx *kvstore.Tx) error {
			_, err := ipam.Bind(tx, taken.ID, ipam.Binding{Network: "n", Subnet: "s"})
			return err
		})
		s.sweep(59 * time.Second)
		s.wants(mine.ID, "10.1.0.1", "10.1.0.9")
		s.sweep(time.Second)
		s.wants(mine.ID)
		s.sweep(time.Hour)
		for id, want := range map[string]bool{mine.ID: false, theirs.ID: true, taken.ID: true} {
			if _, err := s.Pool(s.Context(), id); (err == nil) != want {
				s.Errorf("pool %s: %v, want it there: %t", id, err, want)
			}
		}
	})
}

// TestSweepAddresses: what no port holds goes after a minute unless its face
// still uses it. Reservations stay.
func TestSweepAddresses(t *testing.T) {
	sweeps(t, func(s *sweeper) {
		p := s.pool(s.Allocator)
		s.ask(p.ID, ipam.AddressRequest{Address: ip("10.1.0.9")})
		update(s.T, s.store, func(tx *kvstore.Tx) error {
			_, err := ipam.Bind(tx, p.ID, ipam.Binding{Network: "n", Subnet: "s", Gateway: ip("10.1.0.1")})
			return err
		})
		s.ask(p.ID, ipam.AddressRequest{Address: ip("10.1.0.8"), Reserve: true})
		free, used, held := s.ask(p.ID, ipam.AddressRequest{}), s.ask(p.ID, ipam.AddressRequest{}), s.ask(p.ID, ipam.AddressRequest{})
		s.used[used] = true
		hold := func(fn func(tx *kvstore.Tx) error) { update(s.T, s.store, fn) }
		hold(func(tx *kvstore.Tx) error { return ipam.Hold(tx, p.ID, held, "port", "here") })
		stay := []string{"10.1.0.1", "10.1.0.8", "10.1.0.9", used.String(), held.String()}

		s.sweep(time.Hour)
		s.wants(p.ID, append(stay, free.String())...)
		s.sweep(time.Minute)
		s.wants(p.ID, stay...)

		hold(func(tx *kvstore.Tx) error { return ipam.Unhold(tx, p.ID, held, "port") })
		s.sweep(time.Hour)
		s.wants(p.ID, stay...)
		s.ask(p.ID, ipam.AddressRequest{Address: held})
		s.sweep(time.Minute)
		s.wants(p.ID, stay...)
		s.sweep(time.Minute)
		s.wants(p.ID, "10.1.0.1", "10.1.0.8", "10.1.0.9", used.String())
	})
}

// TestSweepElsewhere: another host's claims stay for ever.
func TestSweepElsewhere(t *testing.T) {
	sweeps(t, func(s *sweeper) {
		there := ipam.New(s.store, ipam.Config{Host: "there"})
		defer there.Close()
		p := bound(s.T, s.store, "10.1.0.0/24")
		request(s.T, there, p.ID)
		s.sweep(time.Hour)
		s.sweep(time.Hour)
		s.wants(p.ID, "10.1.0.1")
	})
}

// TestSweepRemoved: a removal that somebody began is finished.
func TestSweepRemoved(t *testing.T) {
	sweeps(t, func(s *sweeper) {
		p := bound(s.T, s.store, "10.1.0.0/24")
		request(s.T, s.Allocator, p.ID)
		update(s.T, s.store, func(tx *kvstore.Tx) error { return ipam.Remove(tx, p.ID) })
		if err := s.Sweep(s.Context(), nil); err != nil {
			s.Fatal(err)
		}
		wantEmpty(s.T, s.store)
	})
}
