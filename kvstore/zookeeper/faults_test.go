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

// TestFaults does harm to one server, which each test leaves as it was.
func TestFaults(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	for name, test := range map[string]func(*testing.T, testenv.ZooKeeperServers){
		"gap": testGap, "unknown": testUnknown, "expired": testExpired, "lazy": testLazy,
		"killed": func(t *testing.T, servers testenv.ZooKeeperServers) {
			testAway(t, servers, servers[0].Kill, servers[0].Start)
		},
		"paused": func(t *testing.T, servers testenv.ZooKeeperServers) {
			testAway(t, servers, servers[0].Pause, servers[0].Resume)
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, servers) })
	}
}

// testGap cuts the way of a watcher to its server.
func testGap(t *testing.T, servers testenv.ZooKeeperServers) {
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

// testAway has the only server away for a while: calls end with their patience,
// later at once, and work again when it is back; a watch goes on.
func testAway(t *testing.T, servers testenv.ZooKeeperServers, leave, come func()) {
	root := newRoot()
	s := open(t, url(servers)+root, zookeeper.Patience(1500*time.Millisecond), zookeeper.TTL(3*time.Second))
	defer s.Close()
	told := watchKey(t, s, "a")
	commit(t, s, put("a", "1"))
	told("1")
	send, err := s.Plan(t.Context(), put("b", "1"))
	if err != nil {
		t.Fatal(err)
	}
	leave()
	// What was looked at before is sent to a server that does not answer, or to none.
	if err := send(); !errors.Is(err, kvstore.ErrUnknown) && !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("a transaction on its way = %v", err)
	}
	for range 2 {
		wantUnavailable(t, s)
	}
	come()
	servers.Await()
	other := open(t, url(servers)+root)
	defer other.Close()
	commit(t, other, put("a", "2"))
	told("2")
	commit(t, s, put("a", "3"))
	told("3")
}

// testUnknown has a server not answer a transaction: the outcome is unknown, and
// nothing that says otherwise is in the error.
func testUnknown(t *testing.T, servers testenv.ZooKeeperServers) {
	s := open(t, url(servers)+newRoot(), zookeeper.Patience(1500*time.Millisecond), zookeeper.TTL(time.Minute))
	defer s.Close()
	send, err := s.Plan(t.Context(), put("a", "1"))
	if err != nil {
		t.Fatal(err)
	}
	servers[0].Pause()
	defer servers[0].Resume()
	if err := send(); !errors.Is(err, kvstore.ErrUnknown) || errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("a transaction without an answer = %v", err)
	}
	cancelled, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Commit(cancelled, []kvstore.Op{put("a", "2")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Commit that is cancelled = %v", err)
	}
}

// testExpired cuts a session off until ZooKeeper ends it. Its ephemeral keys go;
// the store has another session, sees what happened, and writes them again.
func testExpired(t *testing.T, servers testenv.ZooKeeperServers) {
	way, root := testenv.NewProxy(t, servers[0].Addr), newRoot()
	cut := open(t, "zk://"+way.Addr+root, zookeeper.TTL(2*time.Second), zookeeper.Patience(time.Minute))
	defer cut.Close()
	other := open(t, url(servers)+root)
	defer other.Close()
	told := watchKey(t, other, "alive")
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

// testLazy opens a store before its server, and one that never has any.
func testLazy(t *testing.T, servers testenv.ZooKeeperServers) {
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
	servers.Await()
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
func watchKey(t *testing.T, s kvstore.Store, key string) (told func(want string)) {
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
	return func(want string) {
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
