package kvtest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/vlcp-go/vlcp/kvstore"
)

// mutant is a store that breaks the contract in one way.
type mutant struct {
	kvstore.Store
	get    func(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error)
	list   func(ctx context.Context, prefix string) ([]kvstore.Entry, error)
	commit func(ctx context.Context, ops []kvstore.Op) error
	watch  func(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error
	close  func() error
}

func (m *mutant) Get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	if m.get != nil {
		return m.get(ctx, keys, current)
	}
	return m.Store.Get(ctx, keys, current)
}

func (m *mutant) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	if m.list != nil {
		return m.list(ctx, prefix)
	}
	return m.Store.List(ctx, prefix)
}

func (m *mutant) Commit(ctx context.Context, ops []kvstore.Op) error {
	if m.commit != nil {
		return m.commit(ctx, ops)
	}
	return m.Store.Commit(ctx, ops)
}

func (m *mutant) Watch(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
	if m.watch != nil {
		return m.watch(ctx, prefix, fn)
	}
	return m.Store.Watch(ctx, prefix, fn)
}

func (m *mutant) Close() error {
	if m.close != nil {
		return m.close()
	}
	return m.Store.Close()
}

// altered watches s and alters each batch; last is a variable of each watch.
func altered(s kvstore.Store, alter func(b *kvstore.Batch, last *kvstore.Entry)) func(context.Context, string, func(kvstore.Batch) error) error {
	return func(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
		var last kvstore.Entry
		return s.Watch(ctx, prefix, func(b kvstore.Batch) error {
			alter(&b, &last)
			return fn(b)
		})
	}
}

// restarting counts the writes of each key, and begins again after a delete, as
// the versions of ZooKeeper do.
func restarting(s kvstore.Store) *mutant {
	var mu sync.Mutex
	version := map[string]int{}
	revision := func(key string) kvstore.Revision {
		if version[key] == 0 {
			return kvstore.Absent
		}
		return kvstore.Revision(fmt.Sprint(version[key]))
	}
	m := &mutant{Store: s}
	m.get = func(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
		mu.Lock()
		defer mu.Unlock()
		entries, err := s.Get(ctx, keys, current)
		for i := range entries {
			entries[i].Revision = revision(entries[i].Key)
		}
		return entries, err
	}
	m.commit = func(ctx context.Context, ops []kvstore.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if err := s.Limits().Check(ops); err != nil {
			return err
		}
		ops = slices.Clone(ops)
		for i, op := range ops {
			if op.Check && op.Revision != revision(op.Key) {
				return kvstore.ErrConflict
			}
			ops[i].Check, ops[i].Revision = false, kvstore.Absent
		}
		ops = slices.DeleteFunc(ops, func(op kvstore.Op) bool { return op.Write == kvstore.None })
		for _, op := range ops {
			version[op.Key]++
			if op.Write == kvstore.Delete {
				delete(version, op.Key)
			}
		}
		return s.Commit(ctx, ops)
	}
	return m
}

// rewriting changes each operation of a commit that is well formed.
func rewriting(s kvstore.Store, rewrite func(op *kvstore.Op)) *mutant {
	var mu sync.Mutex
	return &mutant{Store: s, commit: func(ctx context.Context, ops []kvstore.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if err := s.Limits().Check(ops); err != nil {
			return err
		}
		ops = slices.Clone(ops)
		for i := range ops {
			rewrite(&ops[i])
		}
		return s.Commit(ctx, ops)
	}}
}
