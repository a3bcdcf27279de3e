// Package bolt is the store of one host: a single file, and nothing to install.
//
// [Open] gives the file to one process; commits that come at the same time
// share one fsync (write.go), and are on the disk when Commit answers. The
// session is the time the file is open: ephemeral keys are gone at the next
// Open, also after a power cut.
//
// Inside the file, keys are as the contract has them, and a value is its
// revision, a space, and what was put (record.go), so that any bbolt tool shows
// it. The revision is a number that the file counts up for each commit.
package bolt

import (
	"context"
	"errors"
	"sync"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/internal/feed"
)

// limits keep one commit well below what would stall the others; a value must
// still fit a ZooKeeper node, for a later move to a cluster.
var limits = kvstore.Limits{Ops: 1024, Bytes: 4 << 20, Value: 1 << 20}

// Store is an open file.
type Store struct {
	db       *bbolt.DB
	update   func(func(*bbolt.Tx) error) error // db.Update
	path     string
	feed     feed.Feed
	requests chan *request // taken by the writer as soon as it is sent
	closing  sync.Once
	closed   chan struct{}
	written  chan struct{} // closed when the writer has ended
}

var _ kvstore.Store = (*Store)(nil)

// Open opens the file at path, and makes it (mode 0600) and its directory (0700)
// if need be. [ErrInUse] means that another process has it open.
func Open(path string, opts ...Option) (*Store, error) {
	db, err := openFile(path, opts)
	if err != nil {
		return nil, &kvstore.Error{Op: "open", Key: path, Err: err}
	}
	s := &Store{
		db: db, update: db.Update, path: path,
		requests: make(chan *request), closed: make(chan struct{}), written: make(chan struct{}),
	}
	go s.write()
	return s, nil
}

// Get reads keys; it is always current.
func (s *Store) Get(ctx context.Context, keys []string, _ bool) ([]kvstore.Entry, error) {
	if err := kvstore.CheckKeys(keys); err != nil {
		return nil, err
	}
	entries := make([]kvstore.Entry, len(keys))
	err := s.view(ctx, func(b *bbolt.Bucket) error {
		for i, key := range keys {
			entries[i] = decode(key, b.Get([]byte(key)))
		}
		return nil
	})
	if err != nil {
		return nil, &kvstore.Error{Op: "get", Err: err}
	}
	return entries, nil
}

// List reads all keys below prefix.
func (s *Store) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return nil, err
	}
	entries, _, err := s.list(ctx, prefix)
	if err != nil {
		return nil, &kvstore.Error{Op: "list", Key: prefix, Err: err}
	}
	return entries, nil
}

// Limits are generous.
func (s *Store) Limits() kvstore.Limits { return limits }

// Close deletes the ephemeral keys and gives the file free.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		close(s.closed)
		<-s.written
		err = closeFile(s.db)
	})
	if err != nil {
		return &kvstore.Error{Op: "close", Key: s.path, Err: err}
	}
	return nil
}

// list reads what is below prefix, and the number of the last commit.
func (s *Store) list(ctx context.Context, prefix string) (entries []kvstore.Entry, seq uint64, err error) {
	err = s.view(ctx, func(b *bbolt.Bucket) error {
		seq = b.Sequence()
		entries = below(b, prefix)
		return nil
	})
	return entries, seq, err
}

// view runs fn on the keys as the last commit left them.
func (s *Store) view(ctx context.Context, fn func(*bbolt.Bucket) error) error {
	if s.isClosed() {
		return kvstore.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.read(fn)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return kvstore.ErrClosed
	}
	return err
}

func (s *Store) read(fn func(*bbolt.Bucket) error) error {
	return guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error { return fn(tx.Bucket(keysBucket)) })
	})
}

func (s *Store) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}
