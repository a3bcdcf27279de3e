package ipam_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

const hosts = 8

// ledger tells who has which address, beside the store.
type ledger struct {
	*testing.T
	mu     sync.Mutex
	owners map[netip.Addr]int
}

func (l *ledger) take(a netip.Addr, host int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, taken := l.owners[a]; taken {
		l.Errorf("%s was given to host %d while host %d has it", a, host, other)
	}
	l.owners[a] = host
}

// give notes that a host lets go of an address, before it does.
func (l *ledger) give(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.owners, a)
}

// TestHosts: eight hosts take and free addresses of one pool at random, through
// stores with faults. No address is in two hands, and none is lost.
func TestHosts(t *testing.T) {
	s := memory.New()
	p := bound(t, s, "10.1.0.0/26")
	l := &ledger{T: t, owners: map[netip.Addr]int{}}
	var wg sync.WaitGroup
	for i := range hosts {
		h := newHost(l, i, s.Session(), p)
		wg.Go(func() {
			for range 150 {
				h.step()
			}
		})
	}
	wg.Wait()
	claims, err := ipam.New(s, ipam.Config{}).Claims(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claims {
		if _, taken := l.owners[c.Address]; !taken {
			t.Errorf("nobody has %s, but it is claimed: %+v", c.Address, c)
		}
	}
	if len(claims) != len(l.owners) {
		t.Errorf("%d addresses are claimed, hosts have %d", len(claims), len(l.owners))
	}
}

// host is one of many that share a pool.
type host struct {
	*ledger
	*ipam.Allocator
	number int
	store  kvstore.Store
	pool   ipam.Pool
	rng    *rand.Rand
	own    []netip.Addr
	held   map[netip.Addr]string // by ports, which claimed them by themselves
}

func newHost(l *ledger, number int, s kvstore.Store, p ipam.Pool) *host {
	seed := uint64(number)
	faulty := kvtest.NewFaulty(s, kvtest.Sometimes(seed, kvtest.Conflict, kvtest.Lost, kvtest.Applied))
	return &host{
		ledger: l, Allocator: allocator(l.T, faulty, fmt.Sprint(number)), number: number, store: faulty, pool: p,
		rng: rand.New(rand.NewPCG(seed, 0)), held: map[netip.Addr]string{},
	}
}

func (h *host) step() {
	switch n := h.rng.IntN(10); {
	case n < 4 && len(h.own) > 0:
		h.free(h.rng.IntN(len(h.own)))
	case n < 5:
		guess := ip("10.1.0.0").As4()
		guess[3] = byte(1 + h.rng.IntN(62))
		h.request(ipam.AddressRequest{Address: netip.AddrFrom4(guess), Owner: fmt.Sprint(h.number, h.rng.Uint64())})
	case n < 7:
		h.plug()
	default:
		h.request(ipam.AddressRequest{})
	}
}

func (h *host) request(r ipam.AddressRequest) {
	got, err := h.RequestAddress(h.Context(), h.pool.ID, r)
	switch {
	case err == nil:
		h.got(got.Addr())
	case !errors.Is(err, ipam.ErrTaken) && !errors.Is(err, ipam.ErrExhausted):
		h.Errorf("RequestAddress(%+v): %v", r, err)
	}
}

// plug finds an address for a port as package network does.
func (h *host) plug() {
	for {
		a, err := h.Candidate(h.Context(), h.pool.ID)
		if errors.Is(err, ipam.ErrExhausted) {
			return
		}
		if err != nil {
			h.Errorf("Candidate: %v", err)
			return
		}
		port := fmt.Sprint("port ", h.number, h.rng.Uint64())
		err = kvstore.Update(h.Context(), h.store, func(tx *kvstore.Tx) error {
			return ipam.Take(tx, h.pool.ID, a, port, fmt.Sprint(h.number))
		})
		if err == nil {
			h.held[a] = port
			h.got(a)
			return
		}
		if !errors.Is(err, ipam.ErrTaken) {
			h.Errorf("Take: %v", err)
			return
		}
		h.Used(h.pool.ID, a)
	}
}

func (h *host) got(a netip.Addr) {
	h.take(a, h.number)
	h.own = append(h.own, a)
}

func (h *host) free(i int) {
	a := h.own[i]
	h.own = slices.Delete(h.own, i, i+1)
	h.give(a)
	if port, held := h.held[a]; held {
		delete(h.held, a)
		if err := kvstore.Update(h.Context(), h.store, func(tx *kvstore.Tx) error {
			return ipam.Unhold(tx, h.pool.ID, a, port)
		}); err != nil {
			h.Errorf("Unhold: %v", err)
		}
		return
	}
	if err := h.ReleaseAddress(h.Context(), h.pool.ID, a); err != nil {
		h.Errorf("ReleaseAddress: %v", err)
	}
}
