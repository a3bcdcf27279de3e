package kvtest

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func noFaults(string) Fault { return None }

func TestFaulty(t *testing.T) {
	Run(t, func(testing.TB) kvstore.Store { return NewFaulty(memory.New(), noFaults) })
	RunGap(t, func(testing.TB) (watcher, writer kvstore.Store, cut func(func())) {
		data := memory.New()
		faulty := NewFaulty(data, noFaults)
		return faulty, data.Session(), faulty.Cut
	})
	RunUpdate(t, func(testing.TB) kvstore.Store {
		return NewFaulty(memory.New(), Sometimes(1, Conflict, Lost, Applied, Late))
	})
}

func TestStale(t *testing.T) {
	Run(t, func(testing.TB) kvstore.Store { return Stale(memory.New()) })
	RunSessions(t, func(testing.TB) Open {
		data := memory.New()
		return func(testing.TB) kvstore.Store { return Stale(data.Session()) }
	})
	RunUpdate(t, func(testing.TB) kvstore.Store {
		return NewFaulty(Stale(memory.New()), Sometimes(2, Conflict, Lost, Applied, Late))
	})
}

// TestFaults holds each fault against what the caller is told and what is done.
func TestFaults(t *testing.T) {
	for fault, want := range map[Fault]struct {
		err      error
		now      bool // applied when Commit answers
		eventual bool // applied when the next commit is
	}{
		None:        {nil, true, true},
		Unavailable: {kvstore.ErrUnavailable, false, false},
		Conflict:    {kvstore.ErrConflict, false, false},
		Lost:        {kvstore.ErrUnknown, false, false},
		Applied:     {kvstore.ErrUnknown, true, true},
		Late:        {kvstore.ErrUnknown, false, true},
	} {
		s := NewFaulty(memory.New(), Commits(fault))
		wantError(t, s.Commit(t.Context(), []kvstore.Op{put("a", "1")}), want.err, "fault %d", fault)
		if now := read(t, s, "a").Revision != kvstore.Absent; now != want.now {
			t.Errorf("fault %d: applied at once: %v", fault, now)
		}
		commit(t, s, put("b", "1"))
		if eventual := read(t, s, "a").Revision != kvstore.Absent; eventual != want.eventual {
			t.Errorf("fault %d: applied in the end: %v", fault, eventual)
		}
	}
}

func TestUnavailable(t *testing.T) {
	s := NewFaulty(memory.New(), func(string) Fault { return Unavailable })
	for name, call := range calls {
		if name == "Watch" {
			continue // it waits for its server
		}
		wantError(t, call(t.Context(), s), kvstore.ErrUnavailable, "%s", name)
	}
}
