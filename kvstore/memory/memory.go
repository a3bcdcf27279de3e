// Package memory is the store that forgets: in one process, for tests, for
// trials, and as the model of what the other back-ends do.
//
// [New] makes empty data and a first session on it; [Store.Session] opens
// further ones, as other hosts would.
package memory

import (
	"context"

	"github.com/vlcp-go/vlcp/kvstore"
)

// limits are the narrowest of all back-ends (Consul's: 64 operations, and
// 512 KiB of JSON with base64), so that what fits here fits everywhere.
var limits = kvstore.Limits{Ops: 64, Bytes: 384 << 10, Value: 384 << 10}

// Store is one session on data in memory.
type Store struct {
	data   *data
	closed chan struct{} // closed under data.mu
}

var _ kvstore.Store = (*Store)(nil)

// New makes a store that holds nothing.
func New() *Store {
	return newSession(&data{records: map[string]record{}})
}

// Session opens another session on the same data, with ephemeral keys of its
// own. It outlives s.
func (s *Store) Session() *Store { return newSession(s.data) }

func newSession(d *data) *Store {
	return &Store{data: d, closed: make(chan struct{})}
}

// Get reads keys; it is always current.
func (s *Store) Get(ctx context.Context, keys []string, _ bool) ([]kvstore.Entry, error) {
	if err := s.ready(ctx); err != nil {
		return nil, &kvstore.Error{Op: "get", Err: err}
	}
	if err := kvstore.CheckKeys(keys); err != nil {
		return nil, err
	}
	return s.data.get(keys), nil
}

// List reads all keys below prefix.
func (s *Store) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	if err := s.ready(ctx); err != nil {
		return nil, &kvstore.Error{Op: "list", Key: prefix, Err: err}
	}
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return nil, err
	}
	entries, _ := s.data.list(prefix)
	return entries, nil
}

// Commit applies ops.
func (s *Store) Commit(ctx context.Context, ops []kvstore.Op) error {
	if err := ctx.Err(); err != nil {
		return &kvstore.Error{Op: "commit", Err: err}
	}
	if err := limits.Check(ops); err != nil {
		return err
	}
	return s.data.commit(s, ops)
}

// Limits are those of the narrowest back-end.
func (s *Store) Limits() kvstore.Limits { return limits }

// Close ends the session and deletes its ephemeral keys.
func (s *Store) Close() error {
	s.data.end(s)
	return nil
}

func (s *Store) ready(ctx context.Context) error {
	if s.isClosed() {
		return kvstore.ErrClosed
	}
	return ctx.Err()
}

func (s *Store) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}
