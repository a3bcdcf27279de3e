// Package consul is the store of a cluster that has Consul (1.8 or newer)
// already: nothing beside it is to be run.
//
// [Open] takes a URL, [New] a client of Consul's own library. A commit is one
// transaction of Consul (commit.go), and plan.go says of which of its operations.
// Ephemeral keys are locked by a session of ours, which Consul ends soon after our
// process did (session.go). A watch is a blocking query for a whole prefix,
// compared with what it answered before (watch.go). What an error of Consul means,
// above all whether something was written, is in errors.go; how long a call goes on
// without Consul in call.go.
//
// Keys are Consul's, below a root, and values are as they were put, so that
// Consul's own tools show both. A revision is the key's ModifyIndex, whether it is
// ephemeral, and a checksum of the key. ModifyIndex is the number of a change in
// the log of the cluster, so it never comes back, unless an operator restores a
// snapshot into another cluster.
//
// All reads are consistent ones: Consul asks a majority whether its leader still
// leads. The cheaper modes could go back, and nothing in their answers would tell:
// what they call the index is that of the key that was asked for.
package consul

import (
	"context"
	"sync"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// limits leave room in a transaction of Consul for the names and the punctuation
// around 64 operations, and for base64.
var limits = kvstore.Limits{Ops: 64, Bytes: 368 << 10, Value: 368 << 10}

// Store is one session with a Consul.
type Store struct {
	options
	client  *api.Client
	session *session

	closing sync.Once
	closed  chan struct{}
	asking  sync.RWMutex   // held for reading while Consul is asked something
	keepers sync.WaitGroup // of the session
}

var _ kvstore.Store = (*Store)(nil)

// New makes a store of a client, with whatever address, token and TLS that has; one
// whose requests have no time limit, since a watch takes minutes. New does not ask
// Consul for anything yet. Idle connections stay the client's.
func New(client *api.Client, opts ...Option) (*Store, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, &kvstore.Error{Op: "open", Err: err}
	}
	return newStore(client, o), nil
}

func newStore(client *api.Client, o options) *Store {
	return &Store{options: o, client: client, session: newSession(), closed: make(chan struct{})}
}

// Get reads keys, always current. Up to 64 keys are read at one moment.
func (s *Store) Get(ctx context.Context, keys []string, _ bool) ([]kvstore.Entry, error) {
	if err := kvstore.CheckKeys(keys); err != nil {
		return nil, err
	}
	var entries []kvstore.Entry
	err := s.persist(ctx, func(ctx context.Context) (err error) {
		entries, err = s.get(ctx, keys)
		return err
	})
	if err != nil {
		return nil, &kvstore.Error{Op: "get", Err: err}
	}
	return entries, nil
}

// List reads all keys below prefix, current too.
func (s *Store) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return nil, err
	}
	var entries []kvstore.Entry
	err := s.persist(ctx, func(ctx context.Context) (err error) {
		entries, _, err = s.list(prefix, consistent(ctx))
		return err
	})
	if err != nil {
		return nil, &kvstore.Error{Op: "list", Key: prefix, Err: err}
	}
	return entries, nil
}

// Limits are those of Consul, less what its format takes.
func (s *Store) Limits() kvstore.Limits { return limits }

// Close ends the session, and with it its ephemeral keys, at once; if Consul is
// away they go when it misses the session.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		close(s.closed)
		s.asking.Lock() // when all calls have ended
		s.keepers.Wait()
		s.asking.Unlock()
		err = s.endSession()
		s.hangUp()
	})
	if err != nil {
		return &kvstore.Error{Op: "close", Err: err}
	}
	return nil
}
