package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// trace notes what ran, and fails what is told to fail.
type trace struct {
	mu   sync.Mutex
	ran  []string
	errs map[string]error
}

func (t *trace) fail(id string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.errs == nil {
		t.errs = map[string]error{}
	}
	t.errs[id] = err
}

func (t *trace) job(id string) *job {
	return &job{call: "test", id: id, run: func(ctx context.Context) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		if err := errors.Join(ctx.Err(), t.errs[id]); err != nil {
			return err
		}
		t.ran = append(t.ran, id)
		return nil
	}}
}

func (t *trace) unplug(id string, addresses ...netip.Addr) *job {
	j := t.job(id)
	j.port, j.addresses = true, addresses
	return j
}

func (t *trace) release(id string, a netip.Addr) *job {
	j := t.job(id)
	j.frees = a
	return j
}

func (t *trace) wants(tt *testing.T, ran ...string) {
	tt.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Equal(t.ran, ran) {
		tt.Errorf("ran %v, want %v", t.ran, ran)
	}
	t.ran = nil
}

var errFlaky = errors.New("flaky")

// background runs s.Run until the returned function is called.
func background(s *Server) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { s.Run(ctx) })
	return func() { cancel(); wg.Wait() }
}

func TestDeletesAreFinishedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, tr := &Server{}, &trace{}
		defer background(s)()
		tr.fail("a", errFlaky)
		s.do(t.Context(), tr.job("a"))
		s.do(t.Context(), tr.job("b"))
		tr.wants(t, "b")
		time.Sleep(time.Hour)
		tr.wants(t)
		tr.fail("a", nil)
		time.Sleep(maxPause)
		synctest.Wait()
		tr.wants(t, "a")
		tr.fail("c", errFlaky) // and once more, from the start
		s.do(t.Context(), tr.job("c"))
		tr.fail("c", nil)
		time.Sleep(2 * minPause)
		synctest.Wait()
		tr.wants(t, "c")
	})
}

// An address is freed only after its port is gone: before, the IPAM would
// leave it alone, and it would never be freed.
func TestAddressesWaitForTheirPort(t *testing.T) {
	a, b := addr("192.168.1.2"), addr("192.168.1.3")
	for name, tt := range map[string]struct {
		known []netip.Addr
		early []string
		late  []string
	}{
		"addresses known":   {[]netip.Addr{a}, []string{"free b"}, []string{"port", "free a"}},
		"addresses unknown": {nil, nil, []string{"port", "free a", "free b"}},
		"no addresses":      {[]netip.Addr{}, []string{"free a", "free b"}, []string{"port"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, tr := &Server{}, &trace{}
				defer background(s)()
				tr.fail("port", errFlaky)
				s.do(t.Context(), tr.unplug("port", tt.known...))
				s.do(t.Context(), tr.release("free a", a))
				s.do(t.Context(), tr.release("free b", b))
				time.Sleep(time.Minute)
				tr.wants(t, tt.early...)
				tr.fail("port", nil)
				s.tryAll(t.Context())
				tr.wants(t, tt.late...)
			})
		})
	}
}

// An address that waits to be freed is free for the next container that wants it.
func TestSettle(t *testing.T) {
	a, b := addr("192.168.1.2"), addr("192.168.1.3")
	s, tr := &Server{}, &trace{}
	for _, id := range []string{"port", "free a"} {
		tr.fail(id, errFlaky)
	}
	s.do(t.Context(), tr.unplug("port", a))
	s.do(t.Context(), tr.release("free a", a))
	tr.fail("port", nil)
	tr.fail("free a", nil)
	s.settle(t.Context(), b)
	tr.wants(t)
	s.settle(t.Context(), a)
	tr.wants(t, "port", "free a")
}

func TestStoreAwayEndsAPass(t *testing.T) {
	s, tr := &Server{}, &trace{}
	for i := range 5 {
		id := fmt.Sprint(i)
		tr.fail(id, kvstore.ErrUnavailable)
		s.do(t.Context(), tr.job(id))
		tr.fail(id, nil)
	}
	tr.fail("1", kvstore.ErrUnavailable)
	s.tryAll(t.Context())
	tr.wants(t, "0")
	tr.fail("1", nil)
	s.tryAll(t.Context())
	tr.wants(t, "1", "2", "3", "4")
}

func TestHangingDeleteDoesNotHoldDocker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{}
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		start := time.Now()
		s.do(t.Context(), &job{id: "hangs", run: hang})
		if took := time.Since(start); took != patience {
			t.Errorf("took %v, want %v", took, patience)
		}
		if s.later.len() != 1 {
			t.Error("the delete was forgotten")
		}
	})
}

func TestPanicInBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, tr := &Server{}, &trace{}
		defer background(s)()
		s.do(t.Context(), &job{run: func(context.Context) error { panic("out of order") }})
		time.Sleep(maxPause)
		s.do(t.Context(), tr.job("a"))
		tr.wants(t, "a")
		if s.later.len() != 1 {
			t.Error("the delete was forgotten")
		}
	})
}
