package zookeeper

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/kvstore"
)

// inFlight is how many requests of one read are on their way at once.
const inFlight = 32

// read runs fn, which reads, on a connection that is not behind what this store
// has seen. If the connection is lost it runs fn again.
func read[T any](ctx context.Context, s *Store, fn func() (T, error)) (result T, err error) {
	for try := 0; ; try++ {
		if err := s.link.pause(ctx, try); err != nil {
			return result, err
		}
		session, err := s.link.wait(ctx)
		if err != nil {
			return result, err
		}
		if err = s.catchUp(ctx, session); err == nil {
			result, err = do(ctx, s.link, fn)
		}
		if isFinal(err) && s.link.isIn(session) {
			return result, explain(err)
		}
	}
}

// catchUp makes the first read of a session wait for all that earlier sessions
// have seen, which ZooKeeper remembers for one session only.
func (s *Store) catchUp(ctx context.Context, session int) error {
	if s.caughtUp.Load() == int64(session) {
		return nil
	}
	if err := s.barriers.do(ctx, s.link); err != nil {
		return err
	}
	if s.link.isIn(session) {
		s.caughtUp.Store(int64(session))
	}
	return nil
}

// nodes reads the nodes of keys.
func (s *Store) nodes(ctx context.Context, keys []string) ([]node, error) {
	return read(ctx, s, func() ([]node, error) { return each(ctx, keys, s.node) })
}

// together reads the nodes of keys as they are at one moment: two times, until
// both find the same. Since that a node was made and deleted in between is only
// seen in the epoch, it is one of them.
func (s *Store) together(ctx context.Context, keys []string) ([]node, error) {
	if len(keys) < 2 {
		return s.nodes(ctx, keys)
	}
	keys = append(slices.Clone(keys), epochName)
	nodes, err := s.nodes(ctx, keys)
	for err == nil {
		before := nodes
		nodes, err = s.nodes(ctx, keys)
		if slices.EqualFunc(before, nodes, node.isAs) {
			break
		}
	}
	return nodes[:max(len(nodes)-1, 0)], err
}

func entries(nodes []node) []kvstore.Entry {
	entries := make([]kvstore.Entry, len(nodes))
	for i, n := range nodes {
		entries[i] = n.entry()
	}
	return entries
}

// below reads the keys with a prefix, sorted.
func (s *Store) below(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	nodes, err := read(ctx, s, func() ([]node, error) { return s.tree(ctx, prefix) })
	if err != nil {
		return nil, err
	}
	var entries []kvstore.Entry
	for _, n := range nodes {
		switch {
		case n.isKey():
			entries = append(entries, n.entry())
		case n.isLitter():
			s.litter.add(n.key)
		}
	}
	slices.SortFunc(entries, func(a, b kvstore.Entry) int { return cmp.Compare(a.Key, b.Key) })
	return entries, nil
}

// tree reads all nodes below a prefix, one level after the other.
func (s *Store) tree(ctx context.Context, prefix string) (nodes []node, err error) {
	keys, err := s.children(strings.TrimSuffix(prefix, "/"))
	for err == nil && len(keys) > 0 {
		var level []node
		if level, err = each(ctx, keys, s.node); err != nil {
			break
		}
		nodes = append(nodes, level...)
		var parents []string
		for _, n := range level {
			if n.children > 0 {
				parents = append(parents, n.key)
			}
		}
		var families [][]string
		families, err = each(ctx, parents, s.children)
		keys = slices.Concat(families...)
	}
	return nodes, err
}

// children are the keys one level below parent, "" being the root.
func (s *Store) children(parent string) (keys []string, err error) {
	names, _, err := s.link.conn.Children(s.path(parent))
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		return nil, err
	}
	for _, name := range names {
		if key := strings.TrimPrefix(parent+"/"+name, "/"); kvstore.CheckKey(key) == nil {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// node reads the node of a key.
func (s *Store) node(key string) (n node, err error) {
	for {
		data, stat, err := s.link.conn.Get(s.path(key))
		if errors.Is(err, zk.ErrNoNode) {
			return node{key: key}, nil
		} else if err != nil {
			return n, err
		}
		n = newNode(key, data, stat)
		if !n.isEphemeral() || n.children == 0 {
			return n, nil
		}
		if settled, err := s.vitality(&n); settled || err != nil {
			return n, err
		}
	}
}

// vitality finds out whether an ephemeral key is alive, unless it was written
// since it was read.
func (s *Store) vitality(n *node) (settled bool, err error) {
	exists, stat, err := s.link.conn.Exists(s.alivePath(n.key))
	if err != nil {
		return false, err
	}
	if n.alive = exists && stat.Czxid == n.mzxid; n.alive {
		return true, nil
	}
	exists, stat, err = s.link.conn.Exists(s.path(n.key))
	return exists && stat.Mzxid == n.mzxid, err
}

// each runs fn for all items, several at a time, until one fails.
func each[T, R any](ctx context.Context, items []T, fn func(T) (R, error)) ([]R, error) {
	results := make([]R, len(items))
	var next, failed atomic.Int64
	var first error
	var once sync.Once
	work := func() {
		for i := next.Add(1) - 1; i < int64(len(items)) && failed.Load() == 0 && ctx.Err() == nil; i = next.Add(1) - 1 {
			var err error
			if results[i], err = fn(items[i]); err != nil {
				once.Do(func() { first = err })
				failed.Store(1)
			}
		}
	}
	var workers sync.WaitGroup
	for range min(inFlight, len(items)) - 1 {
		workers.Go(work)
	}
	work()
	workers.Wait()
	return results, cmp.Or(first, ctx.Err())
}
