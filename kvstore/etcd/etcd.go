// Package etcd keeps the store in a cluster of etcd 3.4 or newer.
//
// [Open] connects by a URL; [New] takes a client that the caller made. Each call
// is one transaction of etcd (call.go): it is tried again while that can do no
// harm and the patience lasts, and a commit is sent once at most. What a failure
// says about the outcome is decided in errors.go.
//
// A key is below the root, /vlcp unless [Root] says otherwise, and holds exactly
// what was put, so that etcdctl shows it. A revision is the key's mod_revision,
// which never comes back. Ephemeral keys hang on one lease of this session
// (session.go). A watch is a list and then etcd's own watch from there
// (watch.go).
package etcd

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/vlcp-go/vlcp/kvstore"
)

// limits are etcd's defaults (--max-txn-ops 128, --max-request-bytes 1.5 MiB),
// less what goes with the keys: a checked one is sent three times, with the root.
// A value must still fit a ZooKeeper node, for a later move.
var limits = kvstore.Limits{Ops: 128, Bytes: 1280 << 10, Value: 1 << 20}

// Store is a session on a cluster.
type Store struct {
	options
	client  *clientv3.Client
	session session
	seen    atomic.Int64 // the newest revision of the cluster that was answered

	ending sync.Once
	closed chan struct{} // closed under mu
	mu     sync.Mutex
	calls  sync.WaitGroup // that are under way
	rewind chan struct{}  // closed when the cluster was found at an older revision
}

var _ kvstore.Store = (*Store)(nil)

// New makes a session by a client, which stays its caller's to close, after the
// Store. It does not ask the servers for anything.
func New(client *clientv3.Client, opts ...Option) (*Store, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, &kvstore.Error{Op: "open", Err: err}
	}
	return newStore(client, o), nil
}

func newStore(client *clientv3.Client, o options) *Store {
	return &Store{
		options: o, client: client, session: newSession(),
		closed: make(chan struct{}), rewind: make(chan struct{}),
	}
}

// Get reads keys: current ones from the leader, others from any server.
func (s *Store) Get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	if err := kvstore.CheckKeys(keys); err != nil {
		return nil, err
	}
	entries := make([]kvstore.Entry, 0, len(keys))
	for chunk := range slices.Chunk(keys, limits.Ops) {
		found, err := s.get(ctx, chunk, current)
		if err != nil {
			return nil, &kvstore.Error{Op: "get", Err: err}
		}
		entries = append(entries, found...)
	}
	return entries, failed("get", s.stopped(ctx))
}

// List reads all keys below prefix, from any server.
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

// Limits are those of servers with etcd's defaults.
func (s *Store) Limits() kvstore.Limits { return limits }

// Close ends the session: its ephemeral keys are deleted at once, or, where the
// servers can't be reached, go by themselves when the lease has expired.
func (s *Store) Close() (err error) {
	s.ending.Do(func() {
		s.mu.Lock()
		close(s.closed)
		s.mu.Unlock()
		s.calls.Wait()
		err = errors.Join(s.endSession(), s.hangUp())
	})
	return failed("close", err)
}

// failed puts err into an Error, if it is one.
func failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &kvstore.Error{Op: op, Err: err}
}
