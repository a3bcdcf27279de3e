package memory

import (
	"context"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Watch calls fn with what is below prefix, then with its changes.
func (s *Store) Watch(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
	if err := s.ready(ctx); err != nil {
		return &kvstore.Error{Op: "watch", Key: prefix, Err: err}
	}
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return err
	}
	snapshot := func() ([]kvstore.Entry, uint64, error) {
		entries, seq := s.data.list(prefix)
		return entries, seq, nil
	}
	return s.data.feed.Watch(ctx, s.closed, prefix, snapshot, fn)
}
