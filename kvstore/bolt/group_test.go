package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"go.etcd.io/bbolt"

	"github.com/vlcp-go/vlcp/kvstore"
)

// held is a store whose first write waits for release, so that others gather
// behind it. writes counts the transactions of the file.
func held(t *testing.T) (s *Store, release func(), writes *int) {
	t.Helper()
	s = openTest(t)
	gate := make(chan struct{})
	writes = new(int)
	s.update = func(fn func(*bbolt.Tx) error) error {
		*writes++
		<-gate
		return s.db.Update(fn)
	}
	return s, func() { close(gate) }, writes
}

func openTest(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "vlcp.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func claim(key, owner string) []kvstore.Op {
	return []kvstore.Op{{Key: key, Check: true, Write: kvstore.Put, Value: []byte(owner)}}
}

// background commits and gives the answer on a channel.
func background(ctx context.Context, s *Store, ops []kvstore.Op) <-chan error {
	answer := make(chan error, 1)
	go func() { answer <- s.Commit(ctx, ops) }()
	synctest.Wait() // until it waits
	return answer
}

func TestCommitsGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release, writes := held(t)
		var told []string
		watch, stop := context.WithCancel(t.Context())
		go s.Watch(watch, "", func(b kvstore.Batch) error {
			for _, e := range b.Entries {
				told = append(told, e.Key+"="+string(e.Value))
			}
			return nil
		})
		answers := []<-chan error{background(t.Context(), s, claim("first", "a"))}
		for i := range 10 {
			answers = append(answers, background(t.Context(), s, claim(fmt.Sprintf("key/%d", i%5), fmt.Sprint(i))))
		}
		release()
		for i, answer := range answers {
			var want error
			if i > 5 {
				want = kvstore.ErrConflict // with one of the same group
			}
			if err := <-answer; !errors.Is(err, want) {
				t.Errorf("commit %d = %v, want %v", i, err, want)
			}
		}
		synctest.Wait()
		if *writes != 2 {
			t.Errorf("%d transactions for one commit and ten that waited, want 2", *writes)
		}
		if got, want := strings.Join(told, " "), "first=a key/0=0 key/1=1 key/2=2 key/3=3 key/4=4"; got != want {
			t.Errorf("the watch was told %s, want %s", got, want)
		}
		stop()
		synctest.Wait()
	})
}

func TestCancelledOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release, _ := held(t)
		ctx, cancel := context.WithCancel(t.Context())
		taken := background(ctx, s, claim("taken", "a"))
		waiting := background(ctx, s, claim("waiting", "a"))
		cancel()
		if err := <-taken; !errors.Is(err, kvstore.ErrUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("a commit that is being written = %v, want ErrUnknown and Canceled", err)
		}
		if err := <-waiting; errors.Is(err, kvstore.ErrUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("a commit that waits = %v, want only Canceled", err)
		}
		release()
		synctest.Wait()
		entries, err := s.List(t.Context(), "")
		if err != nil || len(entries) != 1 || entries[0].Key != "taken" {
			t.Errorf("there is %v, %v, want what was taken", entries, err)
		}
	})
}

func TestClosedOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release, _ := held(t)
		taken := background(t.Context(), s, claim("taken", "a"))
		waiting := background(t.Context(), s, claim("waiting", "a"))
		closed := make(chan error)
		go func() { closed <- s.Close() }()
		if err := <-waiting; !errors.Is(err, kvstore.ErrClosed) {
			t.Errorf("a commit that waits = %v, want ErrClosed", err)
		}
		release()
		if err := <-taken; err != nil {
			t.Errorf("a commit that was being written = %v", err)
		}
		if err := <-closed; err != nil {
			t.Errorf("Close = %v", err)
		}
	})
}

// TestFailedWrite lets the disk fail before or after the change is in the file.
func TestFailedWrite(t *testing.T) {
	for _, test := range []struct {
		name   string
		update func(db *bbolt.DB, fn func(*bbolt.Tx) error) error
		want   error
		not    error
		value  string
	}{
		{"before", func(db *bbolt.DB, fn func(*bbolt.Tx) error) error {
			return db.Update(func(tx *bbolt.Tx) error { return errors.Join(fn(tx), syscall.EIO) })
		}, syscall.EIO, kvstore.ErrUnknown, ""},
		{"before it began", func(*bbolt.DB, func(*bbolt.Tx) error) error {
			return syscall.EIO
		}, syscall.EIO, kvstore.ErrUnknown, ""},
		{"after", func(db *bbolt.DB, fn func(*bbolt.Tx) error) error {
			return errors.Join(db.Update(fn), syscall.EIO)
		}, kvstore.ErrUnknown, kvstore.ErrConflict, "1"},
		{"by a panic", func(db *bbolt.DB, fn func(*bbolt.Tx) error) error {
			return db.Update(func(tx *bbolt.Tx) error { panic("page 7 is not what it should be") })
		}, ErrDamaged, kvstore.ErrUnknown, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openTest(t)
			s.update = func(fn func(*bbolt.Tx) error) error { return test.update(s.db, fn) }
			told := make(chan string, 10)
			go s.Watch(t.Context(), "a/", func(b kvstore.Batch) error {
				told <- fmt.Sprint(b.Snapshot, len(b.Entries))
				return nil
			})
			<-told
			err := s.Commit(t.Context(), claim("a/b", "1"))
			if !errors.Is(err, test.want) || errors.Is(err, test.not) {
				t.Errorf("Commit = %v, want %v, not %v", err, test.want, test.not)
			}
			if !strings.Contains(err.Error(), s.path) {
				t.Errorf("%q does not name the file", err)
			}
			s.update = s.db.Update
			entries, err := s.Get(t.Context(), []string{"a/b"}, true)
			if err != nil || string(entries[0].Value) != test.value {
				t.Errorf("after it there is %v, %v, want %q", entries, err, test.value)
			}
			if test.value != "" && <-told != "false 1" {
				t.Error("the watch was not told what can be read")
			}
			if err := s.Commit(t.Context(), claim("a/c", "1")); err != nil {
				t.Errorf("the next Commit = %v", err)
			}
		})
	}
}
