package zookeeper_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
)

// TestNodes is about what is below the root.
func TestNodes(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	for name, test := range map[string]func(t *testing.T, servers testenv.ZooKeeperServers, root string){
		"of others": testForeignNodes, "all deleted": testRootIsDeleted, "too many": testDeepKeys,
	} {
		t.Run(name, func(t *testing.T) { test(t, servers, newRoot()) })
	}
}

// testForeignNodes has others make nodes below the root with ZooKeeper's own
// tools.
func testForeignNodes(t *testing.T, servers testenv.ZooKeeperServers, root string) {
	s := open(t, url(servers)+root)
	defer s.Close()
	told := watchKey(t, s, "by-hand")
	commit(t, s, put("a", "1"))
	admin := connect(t, servers)
	acl := zk.WorldACL(zk.PermAll)
	for path, flags := range map[string]int32{root + "/by-hand": 0, root + "/no key!": 0, root + "/ephemeral": zk.FlagEphemeral} {
		if _, err := admin.Create(path, []byte("x"), flags, acl); err != nil {
			t.Fatal(err)
		}
	}
	told("x")
	entries, err := s.List(t.Context(), "")
	if err != nil || len(entries) != 3 || entries[1].Key != "by-hand" || entries[2].Key != "ephemeral" {
		t.Errorf("List = %v, %v", entries, err)
	}
	if err := s.Commit(t.Context(), []kvstore.Op{put("ephemeral/below", "x")}); !errors.Is(err, zk.ErrNoChildrenForEphemerals) || errors.Is(err, kvstore.ErrUnknown) {
		t.Errorf("Commit below somebody's ephemeral node = %v", err)
	}
	if err := admin.Delete(root+"/by-hand", -1); err != nil {
		t.Fatal(err)
	}
	told("")
}

// testRootIsDeleted has an operator delete everything.
func testRootIsDeleted(t *testing.T, servers testenv.ZooKeeperServers, root string) {
	s := open(t, url(servers)+root)
	defer s.Close()
	told := watchKey(t, s, "a")
	commit(t, s, put("a", "1"))
	told("1")
	admin := connect(t, servers)
	for _, path := range []string{root + "/a", root + "/!epoch", root} {
		if err := admin.Delete(path, -1); err != nil {
			t.Fatal(err)
		}
	}
	told("")
	if got := get(t, s, "a", true); got.Revision != kvstore.Absent {
		t.Errorf("there is %v", got)
	}
	commit(t, s, put("a", "2"))
	told("2")
}

// testDeepKeys needs more nodes above its keys than one request can make.
func testDeepKeys(t *testing.T, servers testenv.ZooKeeperServers, root string) {
	s := open(t, url(servers)+root)
	defer s.Close()
	var ops []kvstore.Op
	for i := range 20 {
		top := string(rune('a' + i))
		ops = append(ops, put(top+strings.Repeat("/x", kvstore.MaxKey/2-1), ""))
	}
	err := s.Commit(t.Context(), ops)
	if !errors.Is(err, kvstore.ErrTooLarge) || !strings.Contains(err.Error(), "1048575") {
		t.Errorf("Commit = %v", err)
	}
	commit(t, s, ops[0], del("b/x/x"), kvstore.Op{Key: "b/x", Check: true}, put("b/y", ""))
	if entries, err := s.List(t.Context(), ""); err != nil || len(entries) != 2 {
		t.Errorf("List = %v, %v", entries, err)
	}
}
