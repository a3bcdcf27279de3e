package kvtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

func testSnapshot(t testing.TB, s kvstore.Store) {
	watching(t, s, "w/").is(t, map[string]string{})
	commit(t, s, put("w/b", "2"), put("w/a", "1"), put("w", "no"), put("w/a/x", ""), put("v/a", "no"))
	watching(t, s, "w/").is(t, map[string]string{"w/a": "1", "w/a/x": "", "w/b": "2"})
	watching(t, s, "w/a/").is(t, map[string]string{"w/a/x": ""})
	watching(t, s, "").is(t, map[string]string{"w": "no", "w/a": "1", "w/a/x": "", "w/b": "2", "v/a": "no"})
}

func testChanges(t testing.TB, s kvstore.Store) {
	commit(t, s, put("w/a", "1"), put("w/b", "1"))
	w := watching(t, s, "w/")
	w.is(t, map[string]string{"w/a": "1", "w/b": "1"})
	commit(t, s, put("w/a", "2"), del("w/b"), put("w/c", "1"))
	w.is(t, map[string]string{"w/a": "2", "w/c": "1"})
	commit(t, s, put("w/b", "back"), putEphemeral("w/e", "1"))
	w.is(t, map[string]string{"w/a": "2", "w/b": "back", "w/c": "1", "w/e": "1"})
	commit(t, s, del("w/a"), del("w/b"), del("w/c"), del("w/e"), del("w/never"))
	w.is(t, map[string]string{})
	commit(t, s, put("w/empty", ""))
	w.is(t, map[string]string{"w/empty": ""})
}

func testWatchPrefix(t testing.TB, s kvstore.Store) {
	w := watching(t, s, "w/")
	w.is(t, map[string]string{})
	commit(t, s, put("w", "1"), put("wa/a", "1"), put("v", "1"), put("w%2Fa", "1"), put("a/w/a", "1"))
	commit(t, s, del("w"), del("wa/a"), put("w/a/deep/down", "1"))
	w.is(t, map[string]string{"w/a/deep/down": "1"}) // take refuses all others
}

func testWatchOrder(t testing.TB, s kvstore.Store) {
	w := watching(t, s, "w/")
	w.is(t, map[string]string{})
	const top = 200
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, key := range []string{"w/a", "w/b"} {
		wg.Go(func() {
			for n := range top {
				ops := []kvstore.Op{put(key, strconv.Itoa(n+1))}
				if err := s.Commit(limited(t), ops); err != nil {
					t.Errorf("Commit = %v", err)
				}
			}
		})
	}
	last := strconv.Itoa(top)
	w.is(t, map[string]string{"w/a": last, "w/b": last})
	for key, values := range w.history {
		before := 0
		for _, value := range values {
			n, err := strconv.Atoi(value)
			if err != nil || n < before {
				t.Fatalf("%s was told as %q, but only grew", key, values)
			}
			before = n
		}
	}
}

// testSlowConsumer stops a watch in its first batch while much is written.
func testSlowConsumer(t testing.TB, s kvstore.Store) {
	w := watching(t, s, "w/")
	other := watching(t, s, "w/")
	other.is(t, map[string]string{})
	const n = 100
	want := map[string]string{}
	for i := range n {
		key := kvstore.Key("w", strconv.Itoa(i%10))
		want[key] = strconv.Itoa(i)
		commit(t, s, put(key, want[key]))
	}
	other.is(t, want)
	w.is(t, want)
}

func testConsumerUsesStore(t testing.TB, s kvstore.Store) {
	commit(t, s, put("w/in", "1"))
	ctx := limited(t)
	done := errors.New("done")
	err := s.Watch(ctx, "w/", func(b kvstore.Batch) error {
		if _, err := s.List(ctx, "w/"); err != nil {
			return err
		}
		if !b.Snapshot {
			return done
		}
		return s.Commit(ctx, []kvstore.Op{put("w/out", "1")})
	})
	wantError(t, err, done, "a consumer that lists and commits")
}

func testWatchEnds(t testing.TB, s kvstore.Store) {
	mine := errors.New("the consumer's own error")
	err := s.Watch(limited(t), "w/", func(kvstore.Batch) error { return mine })
	wantError(t, err, mine, "fn failed at the snapshot")

	ctx, cancel := context.WithCancel(limited(t))
	err = s.Watch(ctx, "w/", func(kvstore.Batch) error { cancel(); return nil })
	wantError(t, err, context.Canceled, "ctx was cancelled in fn")

	w := watching(t, s, "w/")
	w.is(t, map[string]string{})
	w.stop()
	wantError(t, w.end(t), context.Canceled, "ctx was cancelled while the watch was idle")

	watches := []*watcher{watching(t, s, "w/"), watching(t, s, "")}
	for _, w := range watches {
		w.is(t, map[string]string{})
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close = %v", err)
	}
	for _, w := range watches {
		wantError(t, w.end(t), kvstore.ErrClosed, "the store was closed")
	}
}

// testWatchConverges starts watches while several write, and asks each for the
// state that the store has in the end.
func testWatchConverges(t testing.TB, s kvstore.Store) {
	const writers, rounds, keys = 4, 40, 6
	var running atomic.Int32
	var wg sync.WaitGroup
	for w := range writers {
		running.Add(1)
		wg.Go(func() {
			defer running.Add(-1)
			for i := range rounds {
				a, b := (i*(w+1))%keys, (i*(w+2)+1)%keys
				ops := []kvstore.Op{put(fmt.Sprintf("w/%d", a), fmt.Sprintf("%d by %d", i, w))}
				if a != b {
					ops = append(ops, del(fmt.Sprintf("w/%d", b)))
				}
				if err := s.Commit(limited(t), ops); err != nil {
					t.Errorf("Commit = %v", err)
				}
			}
		})
	}
	var watches []*watcher
	for len(watches) < 3 || running.Load() > 0 && len(watches) < 20 {
		w := watching(t, s, "w/")
		w.until(t, "a snapshot", func() bool { return true })
		watches = append(watches, w)
	}
	wg.Wait()
	want := listed(t, s, "w/")
	for _, w := range watches {
		w.is(t, want)
	}
}
