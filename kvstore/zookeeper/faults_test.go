package zookeeper_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

// TestGap cuts the way of a watcher to its server.
func TestGap(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	kvtest.RunGap(t, func(t testing.TB) (watcher, writer kvstore.Store, cut func(during func())) {
		way := testenv.NewProxy(t, servers[0].Addr)
		root := newRoot()
		return open(t, "zk://"+way.Addr+root), open(t, url(servers)+root), func(during func()) {
			way.Cut()
			defer way.Restore()
			during()
		}
	})
}

// TestAway kills the only server: calls end with their patience, later at once, and
// work again when it is back; a watch goes on.
func TestAway(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	s := open(t, url(servers), zookeeper.Patience(1500*time.Millisecond))
	defer s.Close()
	ctx, told := watchKey(t, s, "a")
	commit(t, s, put("a", "1"))
	told("1")
	servers[0].Kill()
	for range 3 {
		wantUnavailable(t, s)
	}
	servers[0].Start()
	servers.Await()
	other := open(t, url(servers))
	defer other.Close()
	commit(t, other, put("a", "2"))
	told("2")
	if err := s.Commit(ctx, []kvstore.Op{put("a", "3")}); err != nil {
		t.Errorf("Commit when the server is back = %v", err)
	}
	told("3")
}

// TestPaused stops the only server, which then answers nothing: a commit may have
// been done.
func TestPaused(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	s := open(t, url(servers), zookeeper.Patience(1500*time.Millisecond))
	defer s.Close()
	commit(t, s, put("a", "1"))
	servers[0].Pause()
	if err := s.Commit(t.Context(), []kvstore.Op{put("a", "2")}); !errors.Is(err, kvstore.ErrUnavailable) || errors.Is(err, kvstore.ErrUnknown) {
		t.Errorf("Commit that can't look = %v", err)
	}
	wantUnavailable(t, s)
	servers[0].Resume()
	servers.Await()
	commit(t, s, put("a", "3"))
}

// TestExpired cuts a session off until ZooKeeper ends it. Its ephemeral keys go;
// the store has another session, sees what happened, and writes them again.
func TestExpired(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	way, root := testenv.NewProxy(t, servers[0].Addr), newRoot()
	cut := open(t, "zk://"+way.Addr+root, zookeeper.TTL(2*time.Second), zookeeper.Patience(time.Minute))
	defer cut.Close()
	other := open(t, url(servers)+root)
	defer other.Close()
	_, told := watchKey(t, other, "alive")
	for range 2 {
		commit(t, cut, putEphemeral("alive", "yes"), put("n", "1"))
		told("yes")
		way.Cut()
		told("")
		commit(t, other, put("n", "2"))
		way.Restore()
		if got := get(t, cut, "n", false); string(got.Value) != "2" {
			t.Errorf("after the session there is %q", got.Value)
		}
		if got := get(t, cut, "alive", false); got.Revision != kvstore.Absent {
			t.Errorf("after the session there is the ephemeral key %v", got)
		}
	}
}

// TestLazy opens a store before its server, and one that never has any.
func TestLazy(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	servers[0].Kill()
	if _, err := zookeeper.Open(t.Context(), url(servers), zookeeper.Patience(100*time.Millisecond)); !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("Open without a server = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := zookeeper.Open(ctx, url(servers)); !errors.Is(err, context.Canceled) {
		t.Errorf("Open with a cancelled context = %v", err)
	}
	never := open(t, url(servers), zookeeper.Lazy())
	if err := never.Close(); err != nil {
		t.Error(err)
	}
	s := open(t, url(servers), zookeeper.Lazy(), zookeeper.Patience(time.Minute))
	defer s.Close()
	servers[0].Start()
	commit(t, s, put("a", "1"))
}

// wantUnavailable asks a store whose server is away.
func wantUnavailable(t *testing.T, s kvstore.Store) {
	t.Helper()
	for _, current := range []bool{true, false} {
		if _, err := s.Get(t.Context(), []string{"a"}, current); !errors.Is(err, kvstore.ErrUnavailable) {
			t.Errorf("Get(current %v) = %v", current, err)
		}
	}
	if _, err := s.List(t.Context(), ""); !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("List = %v", err)
	}
	if err := s.Commit(t.Context(), []kvstore.Op{put("a", "9")}); !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("Commit = %v", err)
	}
}

// watchKey watches a key; told waits for a value, "" being that the key is absent.
func watchKey(t *testing.T, s kvstore.Store, key string) (ctx context.Context, told func(want string)) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	values, ended := make(chan string), make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, "", func(b kvstore.Batch) error {
			value, touched := "", b.Snapshot
			for _, e := range b.Entries {
				if e.Key == key {
					value, touched = string(e.Value), true
				}
			}
			if !touched {
				return nil
			}
			select {
			case values <- value:
			case <-ctx.Done():
			}
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return ctx, func(want string) {
		t.Helper()
		for {
			select {
			case got := <-values:
				if got == want {
					return
				}
			case err := <-ended:
				ended <- err
				t.Fatalf("the watch ended with %v before %s was %q", err, key, want)
			}
		}
	}
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

func commit(t testing.TB, s kvstore.Store, ops ...kvstore.Op) {
	t.Helper()
	if err := s.Commit(t.Context(), ops); err != nil {
		t.Fatalf("Commit(%v) = %v", ops, err)
	}
}

func get(t testing.TB, s kvstore.Store, key string, current bool) kvstore.Entry {
	t.Helper()
	entries, err := s.Get(t.Context(), []string{key}, current)
	if err != nil {
		t.Fatalf("Get(%s) = %v", key, err)
	}
	return entries[0]
}

func newRoot() string { return fmt.Sprint("/test/", roots.Add(1)) }
