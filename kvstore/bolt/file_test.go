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
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
)

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "vlcp")
	s := openAt(t, filepath.Join(dir, "vlcp.db"))
	defer s.Close()
	for path, want := range map[string]os.FileMode{
		dir:                                 os.ModeDir | 0o700,
		filepath.Join(dir, "vlcp.db"):       0o600,
		filepath.Join(dir, "vlcp.db.owner"): 0o600,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
}

func TestInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "vlcp.db")
		first, err := bolt.Open(path, bolt.Socket("/run/vlcp/vlcp.sock"))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		wantInUse(t, path, path, fmt.Sprintf("process %d", os.Getpid()), "/run/vlcp/vlcp.sock")
		if waited := time.Since(start); waited > time.Second {
			t.Errorf("it took %v to say so", waited)
		}
		if err := os.Remove(path + ".owner"); err != nil {
			t.Fatal(err)
		}
		wantInUse(t, path, path)
		time.AfterFunc(100*time.Millisecond, func() { first.Close() }) // as in a restart
		if err := openAt(t, path).Close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
			t.Errorf("%s is left behind", left)
		}
	})
}

func wantInUse(t *testing.T, path string, parts ...string) {
	t.Helper()
	_, err := bolt.Open(path)
	if !errors.Is(err, bolt.ErrInUse) {
		t.Fatalf("opened twice: %v", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
}

func TestCannotOpen(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a directory":       dir,
		"below a file":      filepath.Join(dir, "file", "vlcp.db"),
		"no path":           "",
		"not to be written": "/proc/self/vlcp.db",
	} {
		if s, err := bolt.Open(path); err == nil {
			s.Close()
			t.Errorf("%s: opened", name)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %q does not name the file", name, err)
		}
	}
}

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

func TestForeignFiles(t *testing.T) {
	for name, test := range map[string]struct {
		write func(tx *bbolt.Tx) error
		want  string
	}{
		"of another program": {func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("network"))
			return err
		}, "another program"},
		"of a later vlcp": {func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("vlcp")).Put([]byte("format"), []byte("2"))
		}, `format "2"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vlcp.db")
			if name == "of a later vlcp" {
				openAt(t, path).Close()
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(test.write), db.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err := bolt.Open(path); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Open = %v, want %q", err, test.want)
			}
		})
	}
}
