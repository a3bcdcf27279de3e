package ipam_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// bound makes a pool with a gateway, in a network of its own.
func bound(t testing.TB, s kvstore.Store, prefix string) ipam.Pool {
	t.Helper()
	return create(t, s, prefix, ipam.Binding{Network: "n", Subnet: "s", Host: "h"})
}

func create(t testing.TB, s kvstore.Store, prefix string, b ipam.Binding) (p ipam.Pool) {
	t.Helper()
	update(t, s, func(tx *kvstore.Tx) (err error) {
		p, err = ipam.Create(tx, netip.MustParsePrefix(prefix), b)
		return err
	})
	return p
}

func update(t testing.TB, s kvstore.Store, fn func(*kvstore.Tx) error) {
	t.Helper()
	if err := kvstore.Update(t.Context(), s, fn); err != nil {
		t.Fatal(err)
	}
}

func request(t testing.TB, a *ipam.Allocator, pool string) netip.Addr {
	t.Helper()
	got, err := a.RequestAddress(t.Context(), pool, ipam.AddressRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return got.Addr()
}

func candidate(t testing.TB, a *ipam.Allocator, pool, want string) {
	t.Helper()
	got, err := a.Candidate(t.Context(), pool)
	if err != nil || got.String() != want {
		t.Errorf("Candidate = %s, %v; want %s", got, err, want)
	}
}

func TestCandidate(t *testing.T) {
	s := memory.New()
	a := allocator(t, s, "h")
	p := bound(t, s, "10.1.0.0/29")
	candidate(t, a, p.ID, "10.1.0.1")
	candidate(t, a, p.ID, "10.1.0.2")
	a.Unused(p.ID, netip.MustParseAddr("10.1.0.1"))
	candidate(t, a, p.ID, "10.1.0.1")
	a.Used("other", netip.MustParseAddr("10.1.0.1"))
	a.Unused("other", netip.MustParseAddr("10.1.0.1"))
	if _, err := a.Candidate(t.Context(), "other"); !errors.Is(err, ipam.ErrNotFound) {
		t.Errorf("Candidate of no pool: %v", err)
	}
}

// TestCandidateFull: offers that came to nothing do not fill a pool.
func TestCandidateFull(t *testing.T) {
	s := memory.New()
	a := allocator(t, s, "h")
	p := bound(t, s, "192.0.2.4/31")
	for range 5 {
		if _, err := a.Candidate(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	first := request(t, a, p.ID)
	second := request(t, a, p.ID)
	if first == second {
		t.Errorf("%s was given twice", first)
	}
	if got, err := a.Candidate(t.Context(), p.ID); !errors.Is(err, ipam.ErrExhausted) {
		t.Errorf("Candidate of a full pool = %s, %v", got, err)
	}
}

// TestCandidateRange: another range of the subnet counts at once.
func TestCandidateRange(t *testing.T) {
	s := memory.New()
	a := allocator(t, s, "h")
	p := bound(t, s, "10.1.0.0/24")
	candidate(t, a, p.ID, "10.1.0.1")
	b := ipam.Binding{Network: "n", Subnet: "s", Start: netip.MustParseAddr("10.1.0.50"), End: netip.MustParseAddr("10.1.0.60")}
	update(t, s, func(tx *kvstore.Tx) error {
		_, err := ipam.Bind(tx, p.ID, b)
		return err
	})
	candidate(t, a, p.ID, "10.1.0.50")
}

// TestLowestAgain: what another host frees is found again, and after quiet
// times too.
func TestLowestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memory.New()
		here, there := ipam.New(s, ipam.Config{Host: "here"}), ipam.New(s.Session(), ipam.Config{Host: "there"})
		defer here.Close()
		defer there.Close()
		p := bound(t, s, "10.1.0.0/24")
		for range 3 {
			request(t, here, p.ID)
		}
		for _, pause := range []time.Duration{0, time.Minute, time.Hour} {
			time.Sleep(pause)
			freed := netip.MustParseAddr("10.1.0.2")
			if err := there.ReleaseAddress(t.Context(), p.ID, freed); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got := request(t, here, p.ID); got != freed {
				t.Errorf("after %s: %s, want %s", pause, got, freed)
			}
		}
	})
}

func TestClosed(t *testing.T) {
	s := memory.New()
	a := ipam.New(s, ipam.Config{})
	p := bound(t, s, "10.1.0.0/24")
	request(t, a, p.ID)
	a.Close()
	a.Close()
	if _, err := a.RequestAddress(t.Context(), p.ID, ipam.AddressRequest{}); err == nil {
		t.Error("a closed allocator gave an address")
	}

	b := ipam.New(s, ipam.Config{})
	defer b.Close()
	s.Close()
	if _, err := b.RequestAddress(t.Context(), p.ID, ipam.AddressRequest{}); !errors.Is(err, kvstore.ErrClosed) {
		t.Errorf("RequestAddress on a closed store: %v", err)
	}
}

// mute is a store whose watches say nothing.
type mute struct{ kvstore.Store }

func (mute) Watch(ctx context.Context, _ string, _ func(kvstore.Batch) error) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestPatience: a request ends with its context, whatever the store does.
func TestPatience(t *testing.T) {
	s := memory.New()
	a := allocator(t, mute{s}, "h")
	p := bound(t, s, "10.1.0.0/24")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := a.RequestAddress(ctx, p.ID, ipam.AddressRequest{}); !errors.Is(err, context.Canceled) {
		t.Errorf("RequestAddress: %v", err)
	}
}

// TestUnavailable: a request that the store refused leaves nothing behind, in
// the index neither.
func TestUnavailable(t *testing.T) {
	s := memory.New()
	p := bound(t, s, "10.1.0.0/24")
	a := allocator(t, kvtest.NewFaulty(s, kvtest.Commits(kvtest.Unavailable)), "h")
	if _, err := a.RequestAddress(t.Context(), p.ID, ipam.AddressRequest{}); !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("RequestAddress: %v", err)
	}
	if got := request(t, a, p.ID); got != ip("10.1.0.1") {
		t.Errorf("then %s, want 10.1.0.1", got)
	}
}
