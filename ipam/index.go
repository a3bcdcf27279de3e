package ipam

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

const (
	// maxSpread is among how many free addresses one is chosen at random, at
	// most, while others compete for them.
	maxSpread = 256
	// offerTime is how long an address that was offered is not offered again,
	// unless the store says that it is free.
	offerTime = 5 * time.Second
)

// index guesses which addresses of a pool are free. It follows the store by a
// watch, and is wrong at times: an address that it offers may be taken, and the
// store then says so. Of several in contest it offers any, the more of them the
// more often it was wrong (as Ethernet backs off); else the lowest.
type index struct {
	window
	known chan struct{} // closed when it knows what the store has
	ended chan struct{} // closed when it follows the store no more
	err   error         // why it ended
	once  sync.Once     // closes known
	stop  context.CancelFunc
	idle  *time.Timer

	mu      sync.Mutex
	used    set // with what is offered
	offered map[uint32]time.Time
	spread  int // 1: the lowest free address
}

func newIndex(w window, stop context.CancelFunc) *index {
	return &index{
		window: w, stop: stop, spread: 1, offered: map[uint32]time.Time{},
		known: make(chan struct{}), ended: make(chan struct{}),
	}
}

// offer picks a free address; false where none is known.
func (x *index) offer() (netip.Addr, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Now()
	for n, since := range x.offered {
		if now.Sub(since) >= offerTime {
			x.withdraw(n)
		}
	}
	n, ok := x.used.missing(rand.IntN(x.spread), x.size)
	if !ok {
		return netip.Addr{}, false
	}
	x.used.add(n)
	x.offered[n] = now
	return above(x.first, uint64(n)), true
}

func (x *index) withdraw(n uint32) {
	delete(x.offered, n)
	x.used.remove(n)
}

// follow takes in what the store says.
func (x *index) follow(b kvstore.Batch) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if b.Snapshot {
		x.used = set{}
		for n := range x.offered {
			x.used.add(n)
		}
		x.once.Do(func() { close(x.known) })
	}
	for _, e := range b.Entries {
		if a, ok := addressOf(e.Key); ok {
			x.see(a, e.Revision != kvstore.Absent)
		}
	}
	return nil
}

// see takes in that an address is used, or is free. That an offered one is free
// is old news.
func (x *index) see(a netip.Addr, used bool) {
	n, ok := x.number(a)
	if !ok {
		return
	}
	_, offered := x.offered[n]
	switch {
	case used:
		x.settle(n)
	case !offered:
		x.used.remove(n)
	}
}

// settle notes that an address is used. If it was offered, the offer was good.
func (x *index) settle(n uint32) {
	x.used.add(n)
	if _, offered := x.offered[n]; offered {
		delete(x.offered, n)
		x.spread = max(1, x.spread-(x.spread+7)/8)
	}
}

// contest notes that an address was offered in vain.
func (x *index) contest(n uint32) {
	delete(x.offered, n)
	x.used.add(n)
	x.spread = min(2*x.spread, maxSpread)
}

// restart forgets everything but what the store has.
func (x *index) restart(entries []kvstore.Entry) {
	x.mu.Lock()
	clear(x.offered)
	x.mu.Unlock()
	x.follow(kvstore.Batch{Snapshot: true, Entries: entries})
}

// note calls what for an address of the index.
func (x *index) note(a netip.Addr, what func(n uint32)) {
	if n, ok := x.number(a); ok {
		x.mu.Lock()
		defer x.mu.Unlock()
		what(n)
	}
}
