package kvtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// patience ends a test that hangs; nothing is decided by it.
const patience = time.Minute

// tb is what the helpers need of a test; *rapid.T has it too.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
	Context() context.Context
}

// opened opens a store that is closed with the test.
func opened(t testing.TB, open Open) kvstore.Store {
	t.Helper()
	s := open(t)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func put(key, value string) kvstore.Op {
	return kvstore.Op{Key: key, Write: kvstore.Put, Value: []byte(value)}
}

func putEphemeral(key, value string) kvstore.Op {
	op := put(key, value)
	op.Ephemeral = true
	return op
}

func del(key string) kvstore.Op { return kvstore.Op{Key: key, Write: kvstore.Delete} }

// when adds a check to an operation.
func when(r kvstore.Revision, op kvstore.Op) kvstore.Op {
	op.Check, op.Revision = true, r
	return op
}

func check(key string, r kvstore.Revision) kvstore.Op { return when(r, kvstore.Op{Key: key}) }

// limited is the test's context, ended when the test hangs.
func limited(t tb) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func commit(t tb, s kvstore.Store, ops ...kvstore.Op) {
	t.Helper()
	if err := s.Commit(limited(t), ops); err != nil {
		t.Fatalf("Commit(%v) = %v", ops, err)
	}
}

// refused commits what must not be committed.
func refused(t tb, s kvstore.Store, want error, ops ...kvstore.Op) error {
	t.Helper()
	err := s.Commit(limited(t), ops)
	if !errors.Is(err, want) {
		t.Fatalf("Commit(%v) = %v, want an error that matches %q", ops, err, want)
	}
	return err
}

// read reads one key as it is now.
func read(t tb, s kvstore.Store, key string) kvstore.Entry {
	t.Helper()
	entries, err := s.Get(limited(t), []string{key}, true)
	if err != nil {
		t.Fatalf("Get(%s) = %v", key, err)
	}
	if len(entries) != 1 || entries[0].Key != key {
		t.Fatalf("Get(%s) = %v, want one entry of that key", key, entries)
	}
	return entries[0]
}

func wantValue(t tb, s kvstore.Store, key, want string) {
	t.Helper()
	if e := read(t, s, key); e.Revision == kvstore.Absent || string(e.Value) != want {
		t.Fatalf("%s has %q at revision %q, want %q", key, e.Value, e.Revision, want)
	}
}

func wantAbsent(t tb, s kvstore.Store, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if e := read(t, s, key); e.Revision != kvstore.Absent || len(e.Value) > 0 {
			t.Fatalf("%s has %q at revision %q, want it absent", key, e.Value, e.Revision)
		}
	}
}

// listed is the keys and values below a prefix; their order is checked.
func listed(t tb, s kvstore.Store, prefix string) map[string]string {
	t.Helper()
	entries, err := s.List(limited(t), prefix)
	if err != nil {
		t.Fatalf("List(%q) = %v", prefix, err)
	}
	return existing(t, prefix, entries)
}

// existing is entries as a map, which must be as a List or a snapshot has them.
func existing(t tb, prefix string, entries []kvstore.Entry) map[string]string {
	t.Helper()
	values, last := map[string]string{}, ""
	for _, e := range entries {
		switch {
		case !strings.HasPrefix(e.Key, prefix):
			t.Fatalf("%s is not below %q", e.Key, prefix)
		case e.Key <= last:
			t.Fatalf("%s comes after %s: not sorted", e.Key, last)
		case e.Revision == kvstore.Absent:
			t.Fatalf("%s is listed, but absent", e.Key)
		}
		values[e.Key], last = string(e.Value), e.Key
	}
	return values
}

func wantError(t tb, err, want error, format string, args ...any) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want one that matches %q", fmt.Sprintf(format, args...), err, want)
	}
}
