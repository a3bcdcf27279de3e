package kvtest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// TestSuiteFindsMutants runs the suite on stores that break the contract.
func TestSuiteFindsMutants(t *testing.T) {
	for name, mutate := range mutants {
		t.Run(name, func(t *testing.T) {
			if by, why := caught(t, mutate); by == "" {
				t.Error("the suite finds nothing wrong with it")
			} else {
				t.Logf("found by %q: %s", by, why)
			}
		})
	}
	if by, why := caught(t, func(s *memory.Store) *mutant { return &mutant{} }); by != "" {
		t.Errorf("the suite finds fault with a right store: %q: %s", by, why)
	}
}

// caught runs the suite until a test fails: its name, and what it says. The
// random test is left out, since it would try to shrink what it found.
func caught(t *testing.T, mutate func(s *memory.Store) *mutant) (by, why string) {
	for _, c := range slices.Concat(cases, updateCases, sessionCases, reopenCases) {
		if c.title == "as the model says" {
			continue
		}
		if why := failure(t, c, mutate); why != "" {
			return c.name(), why
		}
	}
	return "", ""
}

// failure is what a test of the suite says, "" if it passes. In the bubble a
// test that waits in vain does not wait for real.
func failure(t *testing.T, c test, mutate func(s *memory.Store) *mutant) string {
	r := &recorder{TB: t}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r.ctx = func() context.Context { return ctx }
		data := memory.New()
		open := func(testing.TB) kvstore.Store {
			s := data.Session()
			m := mutate(s)
			if m.Store == nil {
				m.Store = s
			}
			return m
		}
		var test sync.WaitGroup
		test.Go(func() { c.run(r, open) }) // which Fatalf ends
		test.Wait()
		cancel()
		r.cleanUp()
	})
	return r.why
}

// recorder is a test whose failure is no failure of the test that runs it.
type recorder struct {
	testing.TB
	ctx func() context.Context

	mu       sync.Mutex
	why      string
	cleanups []func()
}

func (r *recorder) Context() context.Context { return r.ctx() }

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.why = fmt.Sprintf(format, args...)
}

func (r *recorder) Error(args ...any) { r.Errorf("%s", fmt.Sprint(args...)) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) cleanUp() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}
