package kvstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// spy counts the round trips to a store.
type spy struct {
	kvstore.Store
	gets    [][]string
	current []bool
	commits [][]kvstore.Op
}

func (s *spy) Get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	s.gets, s.current = append(s.gets, keys), append(s.current, current)
	return s.Store.Get(ctx, keys, current)
}

func (s *spy) Commit(ctx context.Context, ops []kvstore.Op) error {
	s.commits = append(s.commits, ops)
	return s.Store.Commit(ctx, ops)
}

// TestCommitOfTx holds closures against the operations that they commit, on a
// store where "old" exists.
func TestCommitOfTx(t *testing.T) {
	for _, test := range []struct {
		name string
		fn   func(tx *kvstore.Tx)
		want string
	}{
		{"nothing", func(tx *kvstore.Tx) {}, "[]"},
		{"blind writes", func(tx *kvstore.Tx) {
			tx.Put("a", []byte("1"))
			tx.PutEphemeral("e", nil)
			tx.Delete("old")
		}, `[put a="1" put e="" ephemeral delete old]`},
		{"what is read is checked", func(tx *kvstore.Tx) {
			tx.GetAll("old", "new")
			tx.Put("a", nil)
		}, `[check old if at 1 check new if absent put a=""]`},
		{"read and written is one operation", func(tx *kvstore.Tx) {
			tx.Get("old")
			tx.Put("old", []byte("2"))
			tx.Get("new")
			tx.Delete("new")
		}, `[put old="2" if at 1 delete new if absent]`},
		{"the last write holds", func(tx *kvstore.Tx) {
			tx.Put("a", []byte("1"))
			tx.PutEphemeral("a", []byte("2"))
			tx.Put("a", []byte("3"))
			tx.Put("b", nil)
			tx.Delete("b")
		}, `[put a="3" delete b]`},
		{"a blind write stays blind", func(tx *kvstore.Tx) {
			tx.Put("old", []byte("2"))
			tx.Get("old")
		}, `[put old="2"]`},
		{"create is checked", func(tx *kvstore.Tx) {
			tx.Create("a", []byte("1"))
		}, `[put a="1" if absent]`},
		{"create of what is read", func(tx *kvstore.Tx) {
			tx.Get("a")
			tx.Create("a", []byte("1"))
		}, `[put a="1" if absent]`},
		{"create of what exists writes nothing", func(tx *kvstore.Tx) {
			tx.Get("old")
			tx.Create("old", nil)
			tx.Put("a", nil)
		}, `[check old if at 1 put a=""]`},
		{"create of what is deleted", func(tx *kvstore.Tx) {
			tx.Get("old")
			tx.Delete("old")
			tx.Create("old", []byte("2"))
		}, `[put old="2" if at 1]`},
		{"create and put", func(tx *kvstore.Tx) {
			tx.Create("a", []byte("1"))
			tx.Create("a", []byte("2"))
			tx.Put("a", []byte("3"))
		}, `[put a="3" if absent]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &spy{Store: withOld(t)}
			if err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error { test.fn(tx); return nil }); err != nil {
				t.Fatal(err)
			}
			var ops []kvstore.Op
			for _, commit := range s.commits {
				ops = append(ops, commit...)
			}
			if got := fmt.Sprint(ops); got != test.want {
				t.Errorf("commits\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func withOld(t *testing.T) *memory.Store {
	t.Helper()
	s := memory.New()
	if err := s.Commit(t.Context(), []kvstore.Op{{Key: "old", Write: kvstore.Put, Value: []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTxSeesItsOwnWrites(t *testing.T) {
	update(t, withOld(t), func(tx *kvstore.Tx) error {
		tx.Put("new", []byte("1"))
		tx.PutEphemeral("live", []byte("2"))
		tx.Delete("old")
		if err := tx.Create("made", []byte("3")); err != nil {
			return err
		}
		got, err := tx.GetAll("live", "new", "old", "none", "made")
		want := []kvstore.Entry{
			{Key: "live", Value: []byte("2"), Revision: kvstore.Uncommitted},
			{Key: "new", Value: []byte("1"), Revision: kvstore.Uncommitted},
			{Key: "old"},
			{Key: "none"},
			{Key: "made", Value: []byte("3"), Revision: kvstore.Uncommitted},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("GetAll (-want +got):\n%s", diff)
		}
		if err := tx.Create("new", nil); !errors.Is(err, kvstore.ErrExists) {
			t.Errorf("Create of a key just written = %v, want ErrExists", err)
		}
		return err
	})
}

func TestTxReadsEachKeyOnce(t *testing.T) {
	s := &spy{Store: withOld(t)}
	update(t, s, func(tx *kvstore.Tx) error {
		for range 2 {
			tx.GetAll("old", "a", "old")
			tx.Get("old")
			tx.GetAll("a", "b")
		}
		tx.Put("c", nil)
		return nil
	})
	if want := [][]string{{"old", "a"}, {"b"}}; !slices.EqualFunc(s.gets, want, slices.Equal) {
		t.Errorf("reads %q, want %q", s.gets, want)
	}
	if len(s.commits) != 1 {
		t.Errorf("%d commits, want one", len(s.commits))
	}
}

type port struct {
	Name string
	VNI  int
}

func TestTypedValues(t *testing.T) {
	s := memory.New()
	want := port{"eth0", 7}
	update(t, s, func(tx *kvstore.Tx) error {
		if _, found, err := kvstore.Load[port](tx, "port/1"); found || err != nil {
			t.Errorf("Load of an absent key: %v, %v", found, err)
		}
		return kvstore.Save(tx, "port/1", want)
	})
	update(t, s, func(tx *kvstore.Tx) error {
		got, found, err := kvstore.Load[port](tx, "port/1")
		if got != want || !found {
			t.Errorf("Load = %v, %v, want %v", got, found, want)
		}
		e, _ := tx.Get("port/1")
		if string(e.Value) != `{"Name":"eth0","VNI":7}` {
			t.Errorf("the value is %s", e.Value)
		}
		return err
	})
}

func TestTypedErrorsNameTheKey(t *testing.T) {
	s := withOld(t)
	err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error {
		_, found, err := kvstore.Load[port](tx, "old")
		if found {
			t.Error("found what it can't read")
		}
		return err
	})
	wantMessage(t, err, "old", "kvstore_test.port", "json: ")
	err = kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error { return kvstore.Save(tx, "bad", func() {}) })
	wantMessage(t, err, "bad", "unsupported type")
}

func wantMessage(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want one with %q", err, part)
		}
	}
}

func update(t *testing.T, s kvstore.Store, fn func(*kvstore.Tx) error) {
	t.Helper()
	if err := kvstore.Update(t.Context(), s, fn); err != nil {
		t.Fatal(err)
	}
}
