package zookeeper_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

// TestReaper is about deleted keys, whose nodes somebody deletes later.
func TestReaper(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	for name, test := range map[string]func(t *testing.T, servers testenv.ZooKeeperServers, root string){
		"takes all litter": testLitterGoes, "is too late": testReaperIsTooLate,
		"leaves revisions": testRevisionsOutliveTheirNode, "comes in between": testReapedInBetween,
	} {
		t.Run(name, func(t *testing.T) { test(t, servers, newRoot()) })
	}
	kvtest.RunLinearizable(t, emptyRoot(servers, zookeeper.ReapEvery(2*time.Millisecond)), func() { time.Sleep(time.Second) })
}

// testLitterGoes waits till nothing is left of keys that were deleted, not even by
// this session, and of the nodes above them.
func testLitterGoes(t *testing.T, servers testenv.ZooKeeperServers, root string) {
	admin := connect(t, servers)
	first := open(t, url(servers)+root, zookeeper.ReapEvery(time.Hour))
	defer first.Close()
	commit(t, first, put("net/blue/ip/1", "x"), put("net/blue/ip/2", "x"), putEphemeral("alive/h", "x"), put("stays", ""))
	commit(t, first, del("net/blue/ip/1"), del("net/blue/ip/2"), del("alive/h"))
	if names := children(t, admin, root+"/net/blue/ip"); len(names) != 2 {
		t.Errorf("before there is %q", names)
	}
	second := open(t, url(servers)+root, zookeeper.ReapEvery(10*time.Millisecond))
	defer second.Close()
	if _, err := second.List(t.Context(), ""); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		names := children(t, admin, root)
		if slices.Equal(names, []string{"!epoch", "stays"}) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("there still is %q", names)
		}
	}
}

// testRevisionsOutliveTheirNode makes a node again that was reaped, with the same
// version as before.
func testRevisionsOutliveTheirNode(t *testing.T, servers testenv.ZooKeeperServers, root string) {
	s := open(t, url(servers)+root, zookeeper.ReapEvery(time.Hour))
	defer s.Close()
	commit(t, s, put("k", "1"))
	old := get(t, s, "k", true).Revision
	for _, op := range []kvstore.Op{put("k", "2"), del("k"), {Key: "k"}} {
		remake(t, s, "k")
		op.Check, op.Revision = true, old
		if err := s.Commit(t.Context(), []kvstore.Op{op}); !errors.Is(err, kvstore.ErrConflict) {
			t.Errorf("Commit(%v) = %v", op, err)
		}
	}
}

// testReapedInBetween reaps a node, and makes it again, between the look of a
// commit at it and the commit's transaction.
func testReapedInBetween(t *testing.T, servers testenv.ZooKeeperServers, root string) {
	slow := open(t, url(servers)+root, zookeeper.ReapEvery(time.Hour))
	defer slow.Close()
	fast := open(t, url(servers)+root, zookeeper.ReapEvery(time.Hour))
	defer fast.Close()
	for _, op := range []kvstore.Op{put("k", "2"), putEphemeral("k", "2"), del("k"), {Key: "k", Check: true}} {
		for _, checked := range []bool{true, false} {
			remake(t, fast, "k")
			op.Revision = ""
			if op.Check = checked || op.Write == kvstore.None; op.Check {
				op.Revision = get(t, slow, "k", true).Revision
			}
			send, err := slow.Plan(t.Context(), op)
			if err != nil {
				t.Fatal(err)
			}
			remake(t, fast, "k")
			if err := send(); !errors.Is(err, zk.ErrBadVersion) {
				t.Errorf("%v on a node that was made again: %v", op, err)
			}
		}
	}
}

// testReaperIsTooLate uses nodes again that a reaper has looked at.
func testReaperIsTooLate(t *testing.T, servers testenv.ZooKeeperServers, root string) {
	s := open(t, url(servers)+root, zookeeper.ReapEvery(time.Hour))
	defer s.Close()
	commit(t, s, put("a/b", "1"), put("c", "1"), put("d", "1"))
	commit(t, s, del("a/b"), del("c"), del("d"))
	commit(t, s, put("a/b/below", "1"), put("c", "2"))
	if err := s.ReapNow(t.Context()); err != nil {
		t.Error(err)
	}
	if got := get(t, s, "c", true); string(got.Value) != "2" {
		t.Errorf("the reaper took %v", got)
	}
	if names := children(t, connect(t, servers), root); !slices.Equal(names, []string{"!epoch", "a", "c"}) {
		t.Errorf("there is %q", names)
	}
}

// remake makes a key's node anew, with the first version.
func remake(t *testing.T, s *zookeeper.Store, key string) {
	t.Helper()
	commit(t, s, del(key))
	if err := s.ReapNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	commit(t, s, put(key, "again"))
}

func children(t *testing.T, conn *zk.Conn, path string) []string {
	t.Helper()
	names, _, err := conn.Children(path)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}
