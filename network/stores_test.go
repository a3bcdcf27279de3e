package network

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

// The transactions work on each store as on that in memory: with its limits, its
// stale reads, and servers that are real.

func TestOnBolt(t *testing.T) {
	s, err := bolt.Open(filepath.Join(t.TempDir(), "vlcp.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	onStore(t, func(string) kvtest.Open { return func(testing.TB) kvstore.Store { return s } })
}

func TestOnEtcd(t *testing.T) {
	url := "etcd://" + strings.Join(testenv.Etcd(t, 1).Addrs(), ",")
	onStore(t, func(root string) kvtest.Open {
		return func(t testing.TB) kvstore.Store { return opened(t)(etcd.Open(t.Context(), url+root)) }
	})
}

func TestOnZooKeeper(t *testing.T) {
	url := "zk://" + strings.Join(testenv.ZooKeeper(t, 1).Addrs(), ",")
	onStore(t, func(root string) kvtest.Open {
		return func(t testing.TB) kvstore.Store { return opened(t)(zookeeper.Open(t.Context(), url+root)) }
	})
}

func TestOnConsul(t *testing.T) {
	url := "consul://" + testenv.Consul(t, 1)[0].Addr
	onStore(t, func(root string) kvtest.Open {
		return func(t testing.TB) kvstore.Store { return opened(t)(consul.Open(t.Context(), url+root)) }
	})
}

func opened(t testing.TB) func(kvstore.Store, error) kvstore.Store {
	return func(s kvstore.Store, err error) kvstore.Store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

// onStore makes every kind of change once, what excludes each other at once, and
// many changes at random. Each of these leaves nothing.
func onStore(t *testing.T, open func(root string) kvtest.Open) {
	t.Run("life", func(t *testing.T) {
		s := open("/life")(t)
		m := modelOn(t, s, "host1")
		for i, step := range life(t.Context(), m) {
			if err := step(); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			audit(t, m)
		}
		if left := keys(t, s); len(left) > 0 {
			t.Errorf("left in the store: %v", left)
		}
	})
	t.Run("routers", func(t *testing.T) { routersAtTheSameTime(t, open("/routers")) })
	t.Run("random", func(t *testing.T) {
		session := open("/random")
		manyHostsAtRandom(t, 30, session, session(t))
	})
}
