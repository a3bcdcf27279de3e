package netsync_test

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// way is the way of a host to the store.
type way struct {
	kvstore.Store
	slow   bool                // calls take some time each, so that those of several hosts overlap
	listed func(prefix string) // is called after a list; may be nil

	calls atomic.Int64
}

func (w *way) take() {
	if w.slow {
		time.Sleep(time.Duration(w.calls.Add(1)*7%11) * 100 * time.Microsecond)
	}
}

// Get is Store.Get.
func (w *way) Get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	w.take()
	return w.Store.Get(ctx, keys, current)
}

// List is Store.List.
func (w *way) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	w.take()
	entries, err := w.Store.List(ctx, prefix)
	if w.listed != nil {
		w.listed(prefix)
	}
	return entries, err
}

// Commit is Store.Commit.
func (w *way) Commit(ctx context.Context, ops []kvstore.Op) error {
	w.take()
	return w.Store.Commit(ctx, ops)
}
