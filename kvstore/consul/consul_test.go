package consul_test

import (
	"flag"
	"fmt"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

func TestMain(m *testing.M) {
	// Each step of a random test asks real servers many times.
	if err := flag.Set("rapid.checks", "10"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) {
	data := dataOn(testenv.Consul(t, 1), patient)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return data(t)(t) })
	kvtest.RunSessions(t, data)
	kvtest.RunReopen(t, data)
}

func BenchmarkStore(b *testing.B) {
	data := dataOn(testenv.Consul(b, 1), patient)
	kvtest.Benchmark(b, func(t testing.TB) kvstore.Store { return data(t)(t) })
}

// roots counts the data of all tests.
var roots atomic.Int32

// rootOf is the root of the n-th data.
func rootOf(n int32) string { return fmt.Sprintf("data%d/of/a%%20test", n) }
