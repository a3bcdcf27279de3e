package consul_test

import (
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	data := testData(testenv.Consul(t, 1)[0].Addr)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return data(t)(t) })
	kvtest.RunSessions(t, data)
	kvtest.RunReopen(t, data)
}

func BenchmarkStore(b *testing.B) {
	data := testData(testenv.Consul(b, 1)[0].Addr)
	kvtest.Benchmark(b, func(t testing.TB) kvstore.Store { return data(t)(t) })
}

// testData makes ways to open sessions at an address, each on data of its own.
func testData(addr string) func(testing.TB) kvtest.Open {
	n := 0
	return func(testing.TB) kvtest.Open {
		n++
		root := fmt.Sprintf("data%d/of/a%%20test", n)
		return func(t testing.TB) kvstore.Store { return open(t, addr, consul.WithRoot(root)) }
	}
}

func open(t testing.TB, addr string, opts ...consul.Option) *consul.Store {
	t.Helper()
	s, err := consul.Open(t.Context(), "consul://"+addr, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
