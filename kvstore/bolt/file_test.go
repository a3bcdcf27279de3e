package bolt_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

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
