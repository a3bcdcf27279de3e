package zookeeper_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return emptyRoot(servers)(t) })
	kvtest.RunSessions(t, func(testing.TB) kvtest.Open { return emptyRoot(servers) })
	kvtest.RunReopen(t, func(testing.TB) kvtest.Open { return emptyRoot(servers) })
}

func BenchmarkStore(b *testing.B) {
	servers := testenv.ZooKeeper(b, 1)
	kvtest.Benchmark(b, func(t testing.TB) kvstore.Store { return emptyRoot(servers)(t) })
}

var roots atomic.Int64

// emptyRoot opens sessions on a root that nobody used before.
func emptyRoot(servers testenv.ZooKeeperServers) kvtest.Open {
	root := fmt.Sprint("/test/", roots.Add(1))
	return func(t testing.TB) kvstore.Store { return open(t, url(servers)+root) }
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
