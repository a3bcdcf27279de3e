package bolt

import (
	"context"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Watch calls fn with what is below prefix, then with its changes.
func (s *Store) Watch(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return err
	}
	snapshot := func() ([]kvstore.Entry, uint64, error) {
		entries, seq, err := s.list(ctx, prefix)
		if err != nil {
			return nil, 0, &kvstore.Error{Op: "watch", Key: prefix, Err: err}
		}
		return entries, seq, nil
	}
	return s.feed.Watch(ctx, s.closed, prefix, snapshot, fn)
}
