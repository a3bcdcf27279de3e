package kvtest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Benchmark measures a back-end: what one caller waits for, and what many get
// done together.
func Benchmark(b *testing.B, open func(t testing.TB) kvstore.Store) {
	for _, bench := range []struct {
		name string
		run  func(b *testing.B, s kvstore.Store)
	}{
		{"Commit", benchCommit},
		{"CommitParallel", benchCommitParallel},
		{"Update", benchUpdate},
		{"Get", benchGet},
		{"List", benchList},
		{"WatchFanOut", benchWatch},
	} {
		b.Run(bench.name, func(b *testing.B) { bench.run(b, opened(b, open)) })
	}
}

// value has the size of a port.
var value = strings.Repeat("x", 300)

func must(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

// benchCommit makes and deletes as much as an endpoint has: one object, two
// claims and a check of its network.
func benchCommit(b *testing.B, s kvstore.Store) {
	ctx := b.Context()
	commit(b, s, put("net/n", value))
	revision := read(b, s, "net/n").Revision
	for i := 0; b.Loop(); i++ {
		must(b, s.Commit(ctx, endpoint(revision, i)))
	}
}

func benchCommitParallel(b *testing.B, s kvstore.Store) {
	ctx := b.Context()
	commit(b, s, put("net/n", value))
	revision := read(b, s, "net/n").Revision
	var n atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Commit(ctx, endpoint(revision, int(n.Add(1)))); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// endpoint makes the i-th endpoint and deletes one that was made long before, so
// that there are always as many.
func endpoint(network kvstore.Revision, i int) []kvstore.Op {
	const alive = 10_000
	return []kvstore.Op{
		check("net/n", network),
		put(fmt.Sprintf("net/n/port/%d", i), value),
		when(kvstore.Absent, put(fmt.Sprintf("net/n/mac/%d", i), "owner")),
		when(kvstore.Absent, put(fmt.Sprintf("net/n/ip/%d", i), "owner")),
		del(fmt.Sprintf("net/n/port/%d", i-alive)),
		del(fmt.Sprintf("net/n/mac/%d", i-alive)),
		del(fmt.Sprintf("net/n/ip/%d", i-alive)),
	}
}

func benchUpdate(b *testing.B, s kvstore.Store) {
	for b.Loop() {
		must(b, kvstore.Update(b.Context(), s, func(tx *kvstore.Tx) error {
			n, _, err := kvstore.Load[int](tx, "count")
			if err != nil {
				return err
			}
			return kvstore.Save(tx, "count", n+1)
		}))
	}
}

func benchGet(b *testing.B, s kvstore.Store) {
	fill(b, s, 1000)
	keys := []string{"fill/1", "fill/500", "fill/999"}
	for _, current := range []bool{false, true} {
		b.Run(fmt.Sprintf("current=%v", current), func(b *testing.B) {
			for b.Loop() {
				_, err := s.Get(b.Context(), keys, current)
				must(b, err)
			}
		})
	}
}

func benchList(b *testing.B, s kvstore.Store) {
	for _, n := range []int{10, 1000} {
		fill(b, s, n)
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			for b.Loop() {
				entries, err := s.List(b.Context(), "fill/")
				must(b, err)
				if len(entries) != n {
					b.Fatalf("%d keys, want %d", len(entries), n)
				}
			}
		})
	}
}

func fill(b *testing.B, s kvstore.Store, n int) {
	for i := range n {
		commit(b, s, put(fmt.Sprintf("fill/%d", i), value))
	}
}

// benchWatch measures from a commit to the moment when the last of many watches
// was told.
func benchWatch(b *testing.B, s kvstore.Store) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("watches=%d", n), func(b *testing.B) { fanOut(b, s, n) })
	}
}

func fanOut(b *testing.B, s kvstore.Store, n int) {
	ctx, cancel := context.WithCancel(b.Context())
	var ended, told sync.WaitGroup
	defer ended.Wait()
	defer cancel()
	told.Add(n)
	for range n {
		ended.Go(func() {
			_ = s.Watch(ctx, "w/", func(kvstore.Batch) error { told.Done(); return nil })
		})
	}
	told.Wait()
	for b.Loop() {
		told.Add(n)
		must(b, s.Commit(ctx, []kvstore.Op{put("w/a", value)}))
		told.Wait()
	}
}
