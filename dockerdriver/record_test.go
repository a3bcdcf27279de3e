package dockerdriver

import (
	"context"
	"errors"
	"testing"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestRecords(t *testing.T) {
	attached := record.Network{Network: "net1", Attached: true}
	for name, tt := range map[string]struct {
		first, second *Server // the second recalls what the first remembered
		want          record.Network
	}{
		"after a restart":   {&Server{Host: named("h1")}, &Server{Host: named("h1")}, attached},
		"of another host":   {&Server{Host: named("h1")}, &Server{Host: named("h2")}, made("n")},
		"of a shared store": {&Server{Host: named("h1"), Scope: ScopeGlobal}, &Server{Host: named("h2"), Scope: ScopeGlobal}, attached},
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.New()
			defer store.Close()
			tt.first.Store, tt.second.Store = store, store
			recalls(t, tt.first, made("n"))
			if err := tt.first.remember(t.Context(), "n", attached, false); err != nil {
				t.Fatal(err)
			}
			recalls(t, tt.first, attached)
			recalls(t, tt.second, tt.want)
			if err := tt.first.forget(t.Context(), "n"); err != nil {
				t.Fatal(err)
			}
			recalls(t, tt.first, made("n"))
		})
	}
}

// The record of before the scope was global stays its host's, and a node of a
// Swarm has its own: another host's removal does not end them.
func TestRecordsOfOneHost(t *testing.T) {
	attached := record.Network{Network: "net1", Attached: true}
	for id, scope := range map[string]string{"n": ScopeLocal, "n669pvhwqr0kbsugmszuhl3pt": ScopeGlobal} {
		store := memory.New()
		defer store.Close()
		before := &Server{Host: named("h1"), Store: store, Scope: scope}
		if err := before.remember(t.Context(), id, attached, false); err != nil {
			t.Fatal(err)
		}
		other := &Server{Host: named("h2"), Store: store, Scope: ScopeGlobal}
		if err := other.forget(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		now := &Server{Host: named("h1"), Store: store, Scope: ScopeGlobal}
		if got, err := now.recall(t.Context(), id); err != nil || got != attached {
			t.Errorf("%s: recall: %+v, %v, want %+v", id, got, err, attached)
		}
		if records, err := now.ownRecords(t.Context()); err != nil || records[id] != attached {
			t.Errorf("%s: own records: %+v, %v", id, records, err)
		}
	}
}

func recalls(t *testing.T, s *Server, want record.Network) {
	t.Helper()
	got, err := s.recall(t.Context(), "n")
	if err != nil || got != want {
		t.Errorf("recall: %+v, %v, want %+v", got, err, want)
	}
}

// Without a store the records last as long as the process.
func TestRecordsWithoutStore(t *testing.T) {
	s := &Server{Host: named("h1")}
	attached := record.Network{Network: "net1", Attached: true}
	if err := s.remember(t.Context(), "n", attached, false); err != nil {
		t.Fatal(err)
	}
	recalls(t, s, attached)
	if err := s.forget(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	recalls(t, s, made("n"))
}

// What is known is known while the store is away, and what is not is an error,
// not another network.
func TestRecordsWhileTheStoreIsAway(t *testing.T) {
	away := false
	store := kvtest.NewFaulty(memory.New(), func(string) kvtest.Fault {
		if away {
			return kvtest.Unavailable
		}
		return kvtest.None
	})
	defer store.Close()
	s := &Server{Host: named("h1"), Store: store}
	attached := record.Network{Network: "net1", Attached: true}
	if err := s.remember(t.Context(), "n", attached, false); err != nil {
		t.Fatal(err)
	}
	away = true
	recalls(t, s, attached)
	if err := s.forget(t.Context(), "n"); !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("forget: %v", err)
	}
	recalls(t, s, attached)
	if _, err := s.recall(t.Context(), "other"); !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("recall of what is not known: %v", err)
	}
}

// named is the id of a host.
func named(host string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return host, nil }
}
