// Package zookeeper is the store in a ZooKeeper ensemble, 3.6 or newer.
//
// [Open] gives a session. It has two connections. One is go-zookeeper's: reads
// (read.go), commits (commit.go, plan.go) and the life of ephemeral keys depend on
// it (link.go). The other carries the events of everything below the root
// (internal/events), which say what the watches shall read again (hub.go,
// watch.go).
//
// # In ZooKeeper
//
// A key is a node below the root, its value is the node's data, so that
// ZooKeeper's own tools show both (node.go). Its revision is the transaction that
// wrote it last (mzxid), a number that never comes back.
//
// ZooKeeper can't check that number, only the version of a node, and versions
// count from 0 again after a node is deleted: a check could pass on another node
// of the same name. So a deleted key leaves its node, without data; that is also
// what a node looks like that is only there for those below it. A commit reads its
// nodes, compares revisions, and sends one transaction that holds only if every
// node is still as it was read. A reaper deletes the nodes that nobody uses
// (reap.go); it counts up the node "!epoch", which every commit checks, so that no
// commit takes a node for one that was reaped.
//
// An ephemeral key is such a node too, with an ephemeral node "!alive" below it,
// made by the same transaction; the key exists while that does. Names with a "!"
// are no keys.
package zookeeper

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/kvstore"
)

// limits leave half of what a server takes in one request (1 MiB) to the paths,
// which a transaction may name thrice.
var limits = kvstore.Limits{Ops: 128, Bytes: 512 << 10, Value: 512 << 10}

// Store is a session.
type Store struct {
	config Config
	link   *link
	acl    []zk.ACL     // of the nodes that it makes
	epoch  atomic.Int32 // a version that the node "!epoch" had; noEpoch: not known yet
	litter keySet       // whose nodes were seen to be litter
	hub    *hub

	barriers, syncs shared
	caughtUp        atomic.Int64 // the session that is not behind those before it

	closing sync.Once
}

var _ kvstore.Store = (*Store)(nil)

// Get reads keys; current ones are as they are at one moment.
func (s *Store) Get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	if err := kvstore.CheckKeys(keys); err != nil {
		return nil, err
	}
	ctx, cancel := s.link.bound(ctx)
	defer cancel()
	nodes, err := s.get(ctx, keys, current)
	if err != nil {
		return nil, &kvstore.Error{Op: "get", Err: err}
	}
	return entries(nodes), nil
}

func (s *Store) get(ctx context.Context, keys []string, current bool) ([]node, error) {
	if !current {
		return s.nodes(ctx, keys)
	}
	if err := s.barrier(ctx); err != nil {
		return nil, err
	}
	return s.together(ctx, keys)
}

// List reads all keys below prefix.
func (s *Store) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	if err := kvstore.CheckPrefix(prefix); err != nil {
		return nil, err
	}
	ctx, cancel := s.link.bound(ctx)
	defer cancel()
	entries, err := s.below(ctx, prefix)
	if err != nil {
		return nil, &kvstore.Error{Op: "list", Key: prefix, Err: err}
	}
	return entries, nil
}

// Limits are ZooKeeper's.
func (s *Store) Limits() kvstore.Limits { return limits }

// Close ends the session. Where a server can be reached the ephemeral keys go at
// once, else with the timeout of the session.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.link.close()
	})
	return nil
}
