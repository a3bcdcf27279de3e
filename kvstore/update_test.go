package kvstore_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// TestClaim claims a key for an owner, over every way a commit can end.
func TestClaim(t *testing.T) {
	for _, test := range []struct {
		name   string
		faults []kvtest.Fault
		runs   int
	}{
		{"done", nil, 1},
		{"conflict", []kvtest.Fault{kvtest.Conflict}, 2},
		{"unknown, not applied", []kvtest.Fault{kvtest.Lost}, 2},
		{"unknown, applied", []kvtest.Fault{kvtest.Applied}, 2},
		{"unknown, applied late", []kvtest.Fault{kvtest.Late}, 3},
		{"again and again", []kvtest.Fault{kvtest.Lost, kvtest.Conflict, kvtest.Late, kvtest.Applied}, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := memory.New()
			faulty := kvtest.NewFaulty(s, kvtest.Commits(test.faults...))
			runs := 0
			update(t, faulty, func(tx *kvstore.Tx) error {
				runs++
				return claim(tx, "me")
			})
			if runs != test.runs {
				t.Errorf("ran %d times, want %d", runs, test.runs)
			}
			if got := value(t, s, "claim"); got != "me" {
				t.Errorf("the claim is of %q", got)
			}
			if got := value(t, s, "claims"); got != "1" {
				t.Errorf("claimed %s times", got)
			}
		})
	}
}

var errTaken = errors.New("another owner has it")

// claim is how one claims: Get, then Put where it is absent; what is one's own
// already is done.
func claim(tx *kvstore.Tx, owner string) error {
	e, err := tx.Get("claim")
	switch {
	case err != nil:
		return err
	case string(e.Value) == owner:
		return nil
	case e.Revision != kvstore.Absent:
		return errTaken
	}
	tx.Put("claim", []byte(owner))
	n, _, err := kvstore.Load[int](tx, "claims")
	if err != nil {
		return err
	}
	return kvstore.Save(tx, "claims", n+1)
}

func TestClaimOfAnother(t *testing.T) {
	s := memory.New()
	update(t, s, func(tx *kvstore.Tx) error { return claim(tx, "other") })
	err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error { return claim(tx, "me") })
	if !errors.Is(err, errTaken) {
		t.Errorf("claiming what another has: %v", err)
	}
}

// TestCreate creates a key that is free, taken, or already the closure's own.
func TestCreate(t *testing.T) {
	for _, test := range []struct {
		name   string
		key    string
		faults []kvtest.Fault
		runs   int
		want   error
	}{
		{"free", "new", nil, 1, nil},
		{"free, but a conflict", "new", []kvtest.Fault{kvtest.Conflict}, 2, nil},
		{"taken", "old", nil, 2, kvstore.ErrExists},
		{"its own, unknowingly", "new", []kvtest.Fault{kvtest.Applied}, 2, kvstore.ErrExists},
	} {
		t.Run(test.name, func(t *testing.T) {
			faulty := kvtest.NewFaulty(withOld(t), kvtest.Commits(test.faults...))
			runs := 0
			err := kvstore.Update(t.Context(), faulty, func(tx *kvstore.Tx) error {
				runs++
				return tx.Create(test.key, []byte("mine"))
			})
			if !errors.Is(err, test.want) || runs != test.runs {
				t.Errorf("%d runs, %v, want %d runs, %v", runs, err, test.runs, test.want)
			}
		})
	}
}

// TestStaleReadsDecideNothing lets a closure read what is no longer so.
func TestStaleReadsDecideNothing(t *testing.T) {
	errNone := errors.New("there is none")
	for name, test := range map[string]struct {
		fn   func(tx *kvstore.Tx) error
		want error
	}{
		"an error": {func(tx *kvstore.Tx) error {
			if e, err := tx.Get("network"); err != nil || e.Revision == kvstore.Absent {
				return errors.Join(errNone, err)
			}
			return nil
		}, nil},
		"an error that stays": {func(tx *kvstore.Tx) error {
			_, err := tx.Get("network")
			return errors.Join(errNone, err)
		}, errNone},
		"an error of create": {func(tx *kvstore.Tx) error {
			if _, err := tx.Get("deleted"); err != nil {
				return err
			}
			return tx.Create("deleted", nil)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := memory.New()
			put(t, s, "deleted", "1")
			stale := kvtest.Stale(s.Session())
			if _, err := stale.Get(t.Context(), []string{"network", "deleted"}, false); err != nil {
				t.Fatal(err)
			}
			put(t, s, "network", "1")
			update(t, s, func(tx *kvstore.Tx) error { tx.Delete("deleted"); return nil })
			if err := kvstore.Update(t.Context(), stale, test.fn); !errors.Is(err, test.want) {
				t.Errorf("Update = %v, want %v", err, test.want)
			}
		})
	}
}

// TestRoundTrips holds Update to its cost.
func TestRoundTrips(t *testing.T) {
	for _, test := range []struct {
		name          string
		fn            func(tx *kvstore.Tx) error
		gets, commits int
	}{
		{"write blindly", func(tx *kvstore.Tx) error { tx.Put("a", nil); return nil }, 0, 1},
		{"read and write", func(tx *kvstore.Tx) error { tx.GetAll("a", "b"); tx.Put("a", nil); return nil }, 1, 1},
		{"read", func(tx *kvstore.Tx) error { tx.Get("a"); return nil }, 1, 1},
		{"fail after reading", func(tx *kvstore.Tx) error { tx.Get("a"); return errTaken }, 1, 1},
		{"fail at once", func(tx *kvstore.Tx) error { tx.Put("a", nil); return errTaken }, 0, 0},
		{"nothing", func(tx *kvstore.Tx) error { return nil }, 0, 0},
	} {
		s := &spy{Store: memory.New()}
		err := kvstore.Update(t.Context(), s, test.fn)
		if err != nil && !errors.Is(err, errTaken) {
			t.Fatal(err)
		}
		if len(s.gets) != test.gets || len(s.commits) != test.commits {
			t.Errorf("%s: %d gets and %d commits, want %d and %d", test.name, len(s.gets), len(s.commits), test.gets, test.commits)
		}
		if err != nil && value(t, s.Store, "a") != "" {
			t.Errorf("%s: it wrote, and failed", test.name)
		}
	}
}

func TestRerunsReadCurrentData(t *testing.T) {
	s := &spy{Store: kvtest.NewFaulty(memory.New(), kvtest.Commits(kvtest.Conflict, kvtest.Lost))}
	update(t, s, func(tx *kvstore.Tx) error { return claim(tx, "me") })
	want := []bool{false, false, true, true, true, true} // two reads each run
	if !slices.Equal(s.current, want) {
		t.Errorf("current reads: %v, want %v", s.current, want)
	}
}

func TestFailedReadIsNotCommittedOver(t *testing.T) {
	s := memory.New()
	faulty := kvtest.NewFaulty(s, func(call string) kvtest.Fault {
		if call == "get" {
			return kvtest.Unavailable
		}
		return kvtest.None
	})
	err := kvstore.Update(t.Context(), faulty, func(tx *kvstore.Tx) error {
		_, err := tx.Get("a")
		_, again := tx.Get("b")
		if !errors.Is(err, kvstore.ErrUnavailable) || !errors.Is(again, kvstore.ErrUnavailable) {
			t.Errorf("Get = %v, then %v", err, again)
		}
		tx.Put("a", []byte("1"))
		return nil
	})
	if !errors.Is(err, kvstore.ErrUnavailable) || value(t, s, "a") != "" {
		t.Errorf("Update over a failed read = %v", err)
	}
}

func TestOutcomeStaysUnknown(t *testing.T) {
	faulty := kvtest.NewFaulty(memory.New(), kvtest.Commits(kvtest.Applied, kvtest.Unavailable))
	err := kvstore.Update(t.Context(), faulty, func(tx *kvstore.Tx) error { tx.Put("a", nil); return nil })
	if !errors.Is(err, kvstore.ErrUnknown) || !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("unknown, then unavailable: %v", err)
	}
	faulty = kvtest.NewFaulty(memory.New(), kvtest.Commits(kvtest.Lost, kvtest.Unavailable))
	err = kvstore.Update(t.Context(), faulty, func(tx *kvstore.Tx) error { _, err := tx.Get("a"); return err })
	if errors.Is(err, kvstore.ErrUnknown) {
		t.Errorf("nothing was to be written, but: %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	s := memory.New()
	runs := 0
	for limit, fn := range map[string]func(tx *kvstore.Tx){
		"64":     func(tx *kvstore.Tx) { tx.GetAll(keys(40)...); putAll(tx, keys(65)) },
		"393216": func(tx *kvstore.Tx) { tx.Put("a", make([]byte, 400_000)) },
	} {
		runs = 0
		err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error { runs++; fn(tx); return nil })
		if !errors.Is(err, kvstore.ErrTooLarge) || runs != 1 {
			t.Errorf("%d runs, %v, want one and ErrTooLarge", runs, err)
		}
		wantMessage(t, err, limit)
	}
	entries, err := s.List(t.Context(), "")
	if err != nil || len(entries) > 0 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

func keys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = "k" + strings.Repeat("x", i)
	}
	return keys
}

func putAll(tx *kvstore.Tx, keys []string) {
	for _, key := range keys {
		tx.Put(key, nil)
	}
}

func TestUpdateGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kvtest.NewFaulty(memory.New(), func(call string) kvtest.Fault { return kvtest.Conflict })
		start, runs := time.Now(), 0
		err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error { runs++; tx.Put("a", nil); return nil })
		if !errors.Is(err, kvstore.ErrConflict) {
			t.Errorf("Update = %v", err)
		}
		wantMessage(t, err, "64 times")
		if took := time.Since(start); runs != 64 || took > 7*time.Second {
			t.Errorf("gave up after %d runs in %v", runs, took)
		}
	})
}

func TestUpdateEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for fault, unknown := range map[kvtest.Fault]bool{kvtest.Conflict: false, kvtest.Lost: true} {
			s := kvtest.NewFaulty(memory.New(), func(call string) kvtest.Fault { return fault })
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			start := time.Now()
			err := kvstore.Update(ctx, s, func(tx *kvstore.Tx) error { tx.Put("a", nil); return nil })
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, kvstore.ErrUnknown) != unknown {
				t.Errorf("Update = %v", err)
			}
			if took := time.Since(start); took != 50*time.Millisecond {
				t.Errorf("Update ended after %v", took)
			}
		}
	})
}

func put(t *testing.T, s kvstore.Store, key, value string) {
	t.Helper()
	update(t, s, func(tx *kvstore.Tx) error { tx.Put(key, []byte(value)); return nil })
}

func value(t *testing.T, s kvstore.Store, key string) string {
	t.Helper()
	entries, err := s.Get(t.Context(), []string{key}, true)
	if err != nil {
		t.Fatal(err)
	}
	return string(entries[0].Value)
}
