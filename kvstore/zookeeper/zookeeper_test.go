package zookeeper_test

import (
	"flag"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

func TestMain(m *testing.M) {
	// Each step of a random test asks real servers several times.
	if err := flag.Set("rapid.checks", "6"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// TestStore has every session reap often, so that some keys are made where deleted
// ones were, and others where nothing is.
func TestStore(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	newData := func(testing.TB) kvtest.Open { return emptyRoot(servers, zookeeper.ReapEvery(20*time.Millisecond)) }
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return newData(t)(t) })
	kvtest.RunSessions(t, newData)
	kvtest.RunReopen(t, newData)
}

func BenchmarkStore(b *testing.B) {
	servers := testenv.ZooKeeper(b, 1)
	kvtest.Benchmark(b, func(t testing.TB) kvstore.Store { return emptyRoot(servers)(t) })
}

var roots atomic.Int64

// emptyRoot opens sessions on a root that nobody used before.
func emptyRoot(servers testenv.ZooKeeperServers, opts ...zookeeper.Option) kvtest.Open {
	root := newRoot()
	return func(t testing.TB) kvstore.Store { return open(t, url(servers)+root, opts...) }
}

func url(servers testenv.ZooKeeperServers) string {
	return "zk://" + strings.Join(servers.Addrs(), ",")
}

func open(t testing.TB, url string, opts ...zookeeper.Option) *zookeeper.Store {
	t.Helper()
	s, err := zookeeper.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
