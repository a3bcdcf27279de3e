package kvtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// mutants are mistakes that a back-end could make. Each must fail the suite.
var mutants = map[string]func(s *memory.Store) *mutant{
	"a commit is applied one by one": func(s *memory.Store) *mutant {
		return &mutant{commit: func(ctx context.Context, ops []kvstore.Op) error {
			if err := s.Limits().Check(ops); err != nil {
				return err
			}
			err := s.Commit(ctx, nil)
			for _, op := range ops {
				err = errors.Join(err, s.Commit(ctx, []kvstore.Op{op}))
			}
			return err
		}}
	},
	"checks are not atomic with writes": func(s *memory.Store) *mutant {
		return &mutant{commit: func(ctx context.Context, ops []kvstore.Op) error {
			if err := s.Limits().Check(ops); err != nil {
				return err
			}
			var checks, writes []kvstore.Op
			for _, op := range ops {
				if op.Check {
					checks = append(checks, check(op.Key, op.Revision))
				}
				op.Check, op.Revision = false, kvstore.Absent
				if op.Write != kvstore.None {
					writes = append(writes, op)
				}
			}
			if err := s.Commit(ctx, checks); err != nil {
				return err
			}
			time.Sleep(time.Millisecond) // in the bubble: until all others have got as far
			return s.Commit(ctx, writes)
		}}
	},
	"checks of what is written are forgotten": func(s *memory.Store) *mutant {
		return rewriting(s, func(op *kvstore.Op) {
			if op.Write != kvstore.None {
				op.Check, op.Revision = false, kvstore.Absent
			}
		})
	},
	"limits are not looked at": func(s *memory.Store) *mutant {
		return &mutant{commit: func(ctx context.Context, ops []kvstore.Op) error {
			if err := s.Commit(ctx, ops); !errors.Is(err, kvstore.ErrTooLarge) {
				return err
			}
			return nil
		}}
	},
	"revisions begin again": func(s *memory.Store) *mutant {
		return restarting(s)
	},
	"ephemeral is durable": func(s *memory.Store) *mutant {
		return rewriting(s, func(op *kvstore.Op) { op.Ephemeral = false })
	},
	"a plain write stays ephemeral": func(s *memory.Store) *mutant {
		ephemeral := map[string]bool{}
		return rewriting(s, func(op *kvstore.Op) {
			ephemeral[op.Key] = ephemeral[op.Key] || op.Ephemeral
			op.Ephemeral = op.Write == kvstore.Put && ephemeral[op.Key]
		})
	},
	"its own writes are not seen": func(s *memory.Store) *mutant {
		return &mutant{Store: Stale(s), commit: s.Commit}
	},
	"current reads are stale": func(s *memory.Store) *mutant {
		old := Stale(s)
		return &mutant{Store: old, get: func(ctx context.Context, keys []string, _ bool) ([]kvstore.Entry, error) {
			return old.Get(ctx, keys, false)
		}}
	},
	"a list is older than a get": func(s *memory.Store) *mutant {
		var mu sync.Mutex
		lists := map[string][]kvstore.Entry{}
		return &mutant{list: func(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
			mu.Lock()
			defer mu.Unlock()
			before := lists[prefix]
			now, err := s.List(ctx, prefix)
			lists[prefix] = now
			return before, err
		}}
	},
	"absent keys are left out": func(s *memory.Store) *mutant {
		return &mutant{get: func(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
			entries, err := s.Get(ctx, keys, current)
			return slices.DeleteFunc(entries, func(e kvstore.Entry) bool { return e.Revision == kvstore.Absent }), err
		}}
	},
	"a prefix is any beginning": func(s *memory.Store) *mutant {
		return &mutant{list: func(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
			if err := kvstore.CheckPrefix(prefix); err != nil {
				return nil, err
			}
			all, err := s.List(ctx, "")
			path := strings.TrimSuffix(prefix, "/")
			return slices.DeleteFunc(all, func(e kvstore.Entry) bool { return !strings.HasPrefix(e.Key, path) }), err
		}}
	},
	"a watch has no snapshot": func(s *memory.Store) *mutant {
		return &mutant{watch: altered(s, func(b *kvstore.Batch, last *kvstore.Entry) { b.Snapshot = false })}
	},
	"a watch does not tell of deletes": func(s *memory.Store) *mutant {
		return &mutant{watch: altered(s, func(b *kvstore.Batch, last *kvstore.Entry) {
			if !b.Snapshot {
				b.Entries = slices.DeleteFunc(b.Entries, func(e kvstore.Entry) bool { return e.Revision == kvstore.Absent })
			}
		})}
	},
	"a watch goes back": func(s *memory.Store) *mutant {
		return &mutant{watch: altered(s, func(b *kvstore.Batch, last *kvstore.Entry) {
			if !b.Snapshot && last.Key != "" {
				b.Entries = append(b.Entries, *last)
			}
			if len(b.Entries) > 0 {
				*last = b.Entries[0]
			}
		})}
	},
	"a watch outlives the store": func(s *memory.Store) *mutant {
		return &mutant{watch: func(ctx context.Context, prefix string, fn func(kvstore.Batch) error) error {
			if err := s.Watch(ctx, prefix, fn); !errors.Is(err, kvstore.ErrClosed) {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		}}
	},
	"contexts are not looked at": func(s *memory.Store) *mutant {
		return &mutant{commit: func(ctx context.Context, ops []kvstore.Op) error {
			return s.Commit(context.WithoutCancel(ctx), ops)
		}}
	},
	"it can't be closed": func(s *memory.Store) *mutant {
		return &mutant{close: func() error { return nil }}
	},
	"it can't be closed twice": func(s *memory.Store) *mutant {
		closed := false
		return &mutant{close: func() error {
			if closed {
				return kvstore.ErrClosed
			}
			closed = true
			return s.Close()
		}}
	},
	"any key will do": func(s *memory.Store) *mutant {
		return &mutant{commit: func(ctx context.Context, ops []kvstore.Op) error {
			if err := s.Commit(ctx, ops); !errors.Is(err, kvstore.ErrInvalid) {
				return err
			}
			return nil
		}}
	},
}
