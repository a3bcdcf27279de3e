package kvtest

import (
	"context"
	"slices"
	"sync"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Stale makes the reads of s as old as the contract allows: a key that was read
// once reads the same until a current Get, a List or a commit of its own shows
// it newer. What is right on it does not rely on fresh reads.
func Stale(s kvstore.Store) kvstore.Store {
	return &stale{Store: s, known: map[string]kvstore.Entry{}}
}

type stale struct {
	kvstore.Store

	mu    sync.Mutex
	known map[string]kvstore.Entry
}

func (s *stale) Get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if current || !s.knows(keys) {
		entries, err := s.Store.Get(ctx, keys, current)
		s.learn(entries)
		return entries, err
	}
	// An empty Get is refused where any other would be.
	entries, err := s.Store.Get(ctx, nil, current)
	for _, key := range keys {
		entries = append(entries, s.known[key])
	}
	return entries, err
}

func (s *stale) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.known)
	entries, err := s.Store.List(ctx, prefix)
	s.learn(entries)
	return entries, err
}

func (s *stale) Commit(ctx context.Context, ops []kvstore.Op) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range ops {
		delete(s.known, op.Key)
	}
	return s.Store.Commit(ctx, ops)
}

func (s *stale) knows(keys []string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		_, known := s.known[key]
		return !known
	})
}

func (s *stale) learn(entries []kvstore.Entry) {
	for _, e := range entries {
		s.known[e.Key] = e
	}
}
