package bolt_test

import (
	"path/filepath"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

func TestStore(t *testing.T) {
	kvtest.Run(t, open)
	kvtest.RunReopen(t, reopen)
}

func BenchmarkStore(b *testing.B) { kvtest.Benchmark(b, open) }

func open(t testing.TB) kvstore.Store { return openAt(t, filepath.Join(t.TempDir(), "vlcp.db")) }

func reopen(t testing.TB) kvtest.Open {
	path := filepath.Join(t.TempDir(), "vlcp.db")
	return func(t testing.TB) kvstore.Store { return openAt(t, path) }
}

func openAt(t testing.TB, path string) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
