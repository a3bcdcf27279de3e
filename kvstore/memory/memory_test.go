package memory_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	kvtest.Run(t, open)
	kvtest.RunSessions(t, sessions)
	kvtest.RunReopen(t, sessions)
}

func BenchmarkStore(b *testing.B) { kvtest.Benchmark(b, open) }

func open(testing.TB) kvstore.Store { return memory.New() }

func sessions(testing.TB) kvtest.Open {
	first := memory.New()
	return func(testing.TB) kvstore.Store { return first.Session() }
}
