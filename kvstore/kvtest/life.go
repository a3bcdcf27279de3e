package kvtest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// calls is every method that takes a context.
var calls = map[string]func(ctx context.Context, s kvstore.Store) error{
	"Get": func(ctx context.Context, s kvstore.Store) error {
		_, err := s.Get(ctx, []string{"a"}, true)
		return err
	},
	"Get that may be stale": func(ctx context.Context, s kvstore.Store) error {
		_, err := s.Get(ctx, []string{"a"}, false)
		return err
	},
	"List": func(ctx context.Context, s kvstore.Store) error {
		_, err := s.List(ctx, "")
		return err
	},
	"Commit": func(ctx context.Context, s kvstore.Store) error {
		return s.Commit(ctx, []kvstore.Op{put("a", "1")})
	},
	"Commit of a check": func(ctx context.Context, s kvstore.Store) error {
		return s.Commit(ctx, []kvstore.Op{check("a", kvstore.Absent)})
	},
	"Watch": func(ctx context.Context, s kvstore.Store) error {
		return s.Watch(ctx, "", func(kvstore.Batch) error { return nil })
	},
}

func testCancelled(t testing.TB, s kvstore.Store) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for name, call := range calls {
		wantError(t, call(cancelled, s), context.Canceled, "%s with a cancelled context", name)
		wantError(t, call(expired, s), context.DeadlineExceeded, "%s with an expired context", name)
	}
	err := kvstore.Update(cancelled, s, func(tx *kvstore.Tx) error { tx.Put("a", nil); return nil })
	wantError(t, err, context.Canceled, "Update with a cancelled context")
	wantAbsent(t, s, "a")
}

func testClosed(t testing.TB, s kvstore.Store) {
	closing(t, s)
	closing(t, s)
	for name, call := range calls {
		wantError(t, call(limited(t), s), kvstore.ErrClosed, "%s after Close", name)
	}
}

// testClosedWhileBusy closes a store under many calls: each is done or answers
// ErrClosed, and none hangs. A commit may have been on its way.
func testClosedWhileBusy(t testing.TB, s kvstore.Store) {
	var wg sync.WaitGroup
	var closed atomic.Bool
	started := make(chan struct{}, 4*len(calls))
	for name, call := range calls {
		for range 4 {
			wg.Go(func() {
				started <- struct{}{}
				for {
					late := closed.Load()
					err := call(limited(t), s)
					if errors.Is(err, kvstore.ErrClosed) {
						return
					}
					other := err != nil && !errors.Is(err, kvstore.ErrConflict) && !errors.Is(err, kvstore.ErrUnknown)
					if late || other {
						t.Errorf("%s while closing (closed: %v): %v", name, late, err)
						return
					}
				}
			})
		}
	}
	for range cap(started) {
		<-started
	}
	closing(t, s)
	closed.Store(true)
	wg.Wait()
}
