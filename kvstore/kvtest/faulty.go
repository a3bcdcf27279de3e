package kvtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Fault is what goes wrong with one call.
type Fault uint8

// The faults. Reads know only None and Unavailable, and take others for None.
const (
	None        Fault = iota
	Unavailable       // ErrUnavailable, nothing was done
	Conflict          // ErrConflict without a reason
	Lost              // ErrUnknown, not applied
	Applied           // ErrUnknown, applied all the same
	Late              // ErrUnknown, applied right before the next commit: it was still on its way
)

// Faulty is a store on which calls fail on demand, and whose watches lose their
// connection on demand.
type Faulty struct {
	kvstore.Store

	mu   sync.Mutex
	next func(call string) Fault
	late [][]kvstore.Op // commits that are still on their way
	link link
}

// link is a connection of the watches: from one Cut to the next.
type link struct {
	down chan struct{} // closed when it is cut
	up   chan struct{} // closed when the next one is there
}

func newLink() link { return link{make(chan struct{}), make(chan struct{})} }

// NewFaulty puts faults before s. next chooses the fault of a call, which is
// "get", "list" or "commit"; it is called by one goroutine at a time.
func NewFaulty(s kvstore.Store, next func(call string) Fault) *Faulty {
	return &Faulty{Store: s, next: next, link: newLink()}
}

// Commits is a choice of faults for the commits to come, in that order; then
// all is well.
func Commits(faults ...Fault) func(call string) Fault {
	return func(call string) Fault {
		if call != "commit" || len(faults) == 0 {
			return None
		}
		fault := faults[0]
		faults = faults[1:]
		return fault
	}
}

// Sometimes is a choice of faults at random, the same for the same seed: every
// third call has one of faults.
func Sometimes(seed uint64, faults ...Fault) func(call string) Fault {
	rng := rand.New(rand.NewPCG(seed, 0))
	return func(string) Fault {
		if rng.IntN(3) > 0 {
			return None
		}
		return faults[rng.IntN(len(faults))]
	}
}

// Get reads, or is unavailable.
func (f *Faulty) Get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	if f.fault("get") == Unavailable {
		return nil, fail("get", kvstore.ErrUnavailable)
	}
	return f.Store.Get(ctx, keys, current)
}

// List lists, or is unavailable.
func (f *Faulty) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	if f.fault("list") == Unavailable {
		return nil, fail("list", kvstore.ErrUnavailable)
	}
	return f.Store.List(ctx, prefix)
}

// Commit commits, or fails in one of the ways.
func (f *Faulty) Commit(ctx context.Context, ops []kvstore.Op) error {
	f.arrive(ctx)
	switch f.fault("commit") {
	case Unavailable:
		return fail("commit", kvstore.ErrUnavailable)
	case Conflict:
		return fail("commit", kvstore.ErrConflict)
	case Lost:
		return fail("commit", kvstore.ErrUnknown)
	case Applied:
		// Whether it was applied is what the caller must not learn.
		_ = f.Store.Commit(ctx, ops)
		return fail("commit", kvstore.ErrUnknown)
	case Late:
		f.mu.Lock()
		defer f.mu.Unlock()
		f.late = append(f.late, ops)
		return fail("commit", kvstore.ErrUnknown)
	}
	return f.Store.Commit(ctx, ops)
}

// Watch watches, and begins anew after each Cut.
func (f *Faulty) Watch(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
	for {
		f.mu.Lock()
		l := f.link
		f.mu.Unlock()
		if cut, err := f.watchOn(ctx, l, prefix, fn); !cut {
			return err
		}
		select {
		case <-l.up:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Cut runs during while the watches have no connection, then gives it back.
func (f *Faulty) Cut(during func()) {
	f.mu.Lock()
	old := f.link
	f.mu.Unlock()
	close(old.down)
	during()
	f.mu.Lock()
	f.link = newLink()
	f.mu.Unlock()
	close(old.up)
}

// watchOn watches until the link is cut.
func (f *Faulty) watchOn(ctx context.Context, l link, prefix string, fn func(kvstore.Batch) error) (cut bool, err error) {
	linked, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-l.down:
			cancel()
		case <-linked.Done():
		}
	}()
	err = f.Store.Watch(linked, prefix, fn)
	cut = linked.Err() != nil && ctx.Err() == nil && errors.Is(err, context.Canceled)
	return cut, err
}

// arrive applies the commits that were still on their way. What comes of them
// nobody is told.
func (f *Faulty) arrive(ctx context.Context) {
	f.mu.Lock()
	late := f.late
	f.late = nil
	f.mu.Unlock()
	for _, ops := range late {
		_ = f.Store.Commit(ctx, ops)
	}
}

func (f *Faulty) fault(call string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next(call)
}

func fail(call string, err error) error {
	return &kvstore.Error{Op: call, Err: fmt.Errorf("%w (a fault of the test)", err)}
}
