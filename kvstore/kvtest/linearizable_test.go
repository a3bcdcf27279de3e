package kvtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestLinearizable(t *testing.T) {
	data := memory.New()
	seed := uint64(0)
	RunLinearizable(t, func(testing.TB) kvstore.Store {
		seed++
		return NewFaulty(data.Session(), Sometimes(seed, Unavailable, Lost, Applied, Late))
	}, func() {})
}

// TestLinearizableFindsMutants disturbs stores that break the contract when they
// are disturbed, and one that does not.
func TestLinearizableFindsMutants(t *testing.T) {
	for name, tt := range map[string]struct {
		mutate func(s *memory.Store) *mutant
		right  bool
	}{
		"right": {func(s *memory.Store) *mutant { return &mutant{} }, true},
		"a commit is done that was said not to be":  {claiming(Applied, kvstore.ErrUnavailable), false},
		"a commit is done that was in conflict":     {claiming(Applied, kvstore.ErrConflict), false},
		"a commit is lost that was said to be done": {claiming(Lost, nil), false},
		"current reads are stale":                   {mutants["current reads are stale"], false},
		"reads go back":                             {mutants["a list is older than a get"], false},
		"it never comes back": {func(s *memory.Store) *mutant {
			return &mutant{commit: func(context.Context, []kvstore.Op) error {
				time.Sleep(time.Second) // of the bubble
				return kvstore.ErrUnavailable
			}}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			disturbed := test{4, "disturbed", func(t testing.TB, open Open) { testDisturbed(t, open, func() {}) }}
			why := failure(t, disturbed, tt.mutate)
			if (why == "") != tt.right {
				t.Errorf("the suite says %q", why)
			}
			t.Log(why)
		})
	}
}

// claiming makes commits that go wrong now and then answer err.
func claiming(fault Fault, err error) func(s *memory.Store) *mutant {
	return func(s *memory.Store) *mutant {
		faulty := NewFaulty(s, Sometimes(1, fault))
		return &mutant{commit: func(ctx context.Context, ops []kvstore.Op) error {
			if answer := faulty.Commit(ctx, ops); !errors.Is(answer, kvstore.ErrUnknown) {
				return answer
			}
			return err
		}}
	}
}
