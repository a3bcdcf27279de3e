package etcd_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	c := testenv.Etcd(t, 1)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return emptyRoot(c)(t) })
	kvtest.RunSessions(t, func(testing.TB) kvtest.Open { return emptyRoot(c) })
	kvtest.RunReopen(t, func(testing.TB) kvtest.Open { return emptyRoot(c) })
}

func BenchmarkStore(b *testing.B) {
	c := testenv.Etcd(b, 1)
	kvtest.Benchmark(b, func(t testing.TB) kvstore.Store { return emptyRoot(c)(t) })
}

// emptyRoot opens sessions on a root that nobody used before.
func emptyRoot(c testenv.EtcdCluster) kvtest.Open {
	root := fmt.Sprint("/test/", roots.Add(1))
	return func(t testing.TB) kvstore.Store { return open(t, url(c)+root) }
}

var roots atomic.Int64

func url(c testenv.EtcdCluster) string { return "etcd://" + strings.Join(c.Addrs(), ",") }

func open(t testing.TB, url string, opts ...etcd.Option) *etcd.Store {
	t.Helper()
	s, err := etcd.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
