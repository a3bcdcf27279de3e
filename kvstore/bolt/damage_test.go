package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
)

// TestDamaged opens files that are no store any more.
func TestDamaged(t *testing.T) {
	for name, test := range map[string]struct {
		damage func(file []byte) []byte
		want   error
	}{
		"text":             {func([]byte) []byte { return bytes.Repeat([]byte("no database\n"), 5000) }, bolt.ErrDamaged},
		"zeros":            {func(file []byte) []byte { return make([]byte, len(file)) }, bolt.ErrDamaged},
		"short":            {func(file []byte) []byte { return file[:100] }, nil},
		"cut":              {func(file []byte) []byte { return file[:len(file)/8] }, bolt.ErrDamaged},
		"zeros at the end": {func(file []byte) []byte { clear(file[16384:]); return file }, bolt.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vlcp.db")
			if err := os.WriteFile(path, test.damage(filled(t)), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the first leaves no lock
				s, err := bolt.Open(path)
				if err == nil {
					s.Close()
					t.Fatal("opened")
				}
				if test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("Open = %v, want %v", err, test.want)
				}
			}
		})
	}
}

// TestRandomDamage overwrites parts of random pages: what can still be opened
// can be used, and nothing panics or hangs.
func TestRandomDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vlcp.db")
	file := filled(t)
	refused := 0
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 0))
		damaged := bytes.Clone(file)
		at := rng.IntN(len(damaged)/4096) * 4096
		for range 1 + rng.IntN(8) {
			damaged[at+rng.IntN(64)] = byte(rng.Uint32())
		}
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := bolt.Open(path)
		if err != nil {
			refused++
			continue
		}
		_, _ = s.List(t.Context(), "")
		for i := range 20 {
			_ = s.Commit(t.Context(), []kvstore.Op{{Key: fmt.Sprintf("key/%d", i), Write: kvstore.Put}})
		}
		_ = s.Close()
	}
	if refused < 20 {
		t.Errorf("%d of 100 damaged files were refused, want more", refused)
	}
}

// TestInspectTakesEveryShape opens files with large values, many keys and many
// free pages.
func TestInspectTakesEveryShape(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vlcp.db")
	rng := rand.New(rand.NewPCG(1, 0))
	want := map[string]int{}
	for range 5 {
		s := openAt(t, path)
		for range 20 {
			ops := make(map[string]kvstore.Op)
			for range 50 {
				key := fmt.Sprintf("key/%d", rng.IntN(2000))
				ops[key] = kvstore.Op{Key: key, Write: kvstore.Put, Value: make([]byte, rng.IntN(1<<rng.IntN(16)))}
				want[key] = len(ops[key].Value)
				if rng.IntN(3) == 0 {
					ops[key] = kvstore.Op{Key: key, Write: kvstore.Delete}
					delete(want, key)
				}
			}
			if err := s.Commit(t.Context(), slices.Collect(maps.Values(ops))); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := openAt(t, path)
	defer s.Close()
	entries, err := s.List(t.Context(), "")
	if err != nil || len(entries) != len(want) {
		t.Fatalf("%d keys, %v, want %d", len(entries), err, len(want))
	}
	for _, e := range entries {
		if len(e.Value) != want[e.Key] {
			t.Errorf("%s has %d bytes, want %d", e.Key, len(e.Value), want[e.Key])
		}
	}
}

// filled is the content of a store with something in it.
func filled(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vlcp.db")
	s := openAt(t, path)
	for i := range 20 {
		var ops []kvstore.Op
		for k := range 10 {
			key := fmt.Sprintf("key/%d", (i*10+k)%150)
			ops = append(ops, kvstore.Op{Key: key, Write: kvstore.Put, Value: make([]byte, 700)})
		}
		if err := s.Commit(t.Context(), ops); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
