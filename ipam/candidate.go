package ipam

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// idleTime is how long the index of a pool outlives its last use.
const idleTime = 10 * time.Minute

var errClosed = errors.New("the address allocator is closed")

// Candidate is an address of a bound pool that is probably free: the lowest
// one, while nobody competes. It is not claimed ([Take] does that), but is not
// offered again for some seconds; tell [Allocator.Used] when it was taken by
// another, [Allocator.Unused] when it is not needed after all. [ErrExhausted]
// when the store itself has no free one.
func (a *Allocator) Candidate(ctx context.Context, pool string) (netip.Addr, error) {
	p, err := a.Pool(ctx, pool)
	if err != nil {
		return netip.Addr{}, err
	}
	addr, err := a.candidate(ctx, p)
	return addr, opError("find a free address in", p.Prefix.String(), err)
}

// Used tells that a candidate turned out to be taken.
func (a *Allocator) Used(pool string, addr netip.Addr) {
	if x := a.lookup(pool); x != nil {
		x.note(addr, x.contest)
	}
}

// Unused tells that a candidate is not needed.
func (a *Allocator) Unused(pool string, addr netip.Addr) {
	if x := a.lookup(pool); x != nil {
		x.note(addr, x.withdraw)
	}
}

func (a *Allocator) candidate(ctx context.Context, p Pool) (netip.Addr, error) {
	x, err := a.index(ctx, p)
	if err != nil {
		return netip.Addr{}, err
	}
	if addr, ok := x.offer(); ok {
		return addr, nil
	}
	entries, err := a.store.List(ctx, claimsPrefix(p.ID))
	if err != nil {
		return netip.Addr{}, err
	}
	x.restart(entries)
	if addr, ok := x.offer(); ok {
		return addr, nil
	}
	return netip.Addr{}, p.exhausted(len(entries))
}

func (p Pool) exhausted(used int) error {
	first, last := p.automatic()
	if last.Less(first) {
		return fmt.Errorf("%w: the range %s leaves no automatic address, name one with --ip", ErrExhausted, p.Range)
	}
	return fmt.Errorf("%w: all automatic addresses, %s to %s, are in use (%d are used in the subnet); remove what is not needed, or name a free one with --ip",
		ErrExhausted, first, last, used)
}

// index is the index of a pool, once it knows what the store has.
func (a *Allocator) index(ctx context.Context, p Pool) (*index, error) {
	for {
		x, err := a.open(p)
		if err != nil {
			return nil, err
		}
		select {
		case <-x.known:
			return x, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-x.ended:
			if !errors.Is(x.err, context.Canceled) {
				return nil, x.err
			}
		}
	}
}

// open is the index of a pool, begun if need be. One for another range of
// addresses is replaced.
func (a *Allocator) open(p Pool) (*index, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, errClosed
	}
	w := p.window()
	if x := a.indexes[p.ID]; x != nil && x.window == w {
		x.idle.Reset(idleTime)
		return x, nil
	}
	a.drop(p.ID)
	x := a.begin(p.ID, w)
	a.indexes[p.ID] = x
	return x, nil
}

// begin makes an index that follows the store until it is stopped.
func (a *Allocator) begin(pool string, w window) *index {
	ctx, stop := context.WithCancel(context.Background())
	x := newIndex(w, stop)
	x.idle = time.AfterFunc(idleTime, stop)
	a.watches.Go(func() {
		x.err = a.store.Watch(ctx, claimsPrefix(pool), x.follow)
		close(x.ended)
		x.idle.Stop()
		stop()
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.indexes[pool] == x {
			delete(a.indexes, pool)
		}
	})
	return x
}

// drop ends the index of a pool. a.mu is held.
func (a *Allocator) drop(pool string) {
	if x := a.indexes[pool]; x != nil {
		x.stop()
		delete(a.indexes, pool)
	}
}

func (a *Allocator) lookup(pool string) *index {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.indexes[pool]
}
