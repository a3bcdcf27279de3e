package ipam_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// BenchmarkRequest takes an address of a pool and frees it. Its peers are one
// another: a pool of which 65,000 addresses are used is to be no slower than
// one with 250.
func BenchmarkRequest(b *testing.B) {
	for _, used := range []int{250, 65_000} {
		b.Run(fmt.Sprintf("memory/used=%d", used), func(b *testing.B) { benchmarkRequest(b, memory.New(), used) })
		b.Run(fmt.Sprintf("bolt/used=%d", used), func(b *testing.B) {
			s, err := bolt.Open(b.TempDir() + "/vlcp.db")
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			benchmarkRequest(b, s, used)
		})
	}
}

func benchmarkRequest(b *testing.B, s kvstore.Store, used int) {
	a := allocator(b, s, "h")
	p := bound(b, s, "10.1.0.0/16")
	fill(b, s, p, used)
	request(b, a, p.ID)
	for b.Loop() {
		addr := request(b, a, p.ID)
		if err := a.ReleaseAddress(b.Context(), p.ID, addr); err != nil {
			b.Fatal(err)
		}
	}
}

// fill claims the first n addresses of a pool.
func fill(b *testing.B, s kvstore.Store, p ipam.Pool, n int) {
	addr := p.Prefix.Addr()
	for range n / 50 {
		update(b, s, func(tx *kvstore.Tx) error {
			for range 50 {
				addr = addr.Next()
				c := ipam.Claim{Owner: "port", Holder: "port", Host: "h"}
				if err := kvstore.Save(tx, kvstore.Key("ipam", "ip", p.ID, addr.String()), c); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkShared has eight hosts, or one, take addresses of one pool at once.
// Its peer is the one host: conflicts are to cost little.
func BenchmarkShared(b *testing.B) {
	for _, n := range []int{1, 8} {
		b.Run(fmt.Sprintf("hosts=%d", n), func(b *testing.B) {
			s := memory.New()
			p := bound(b, s, "10.0.0.0/8")
			all := make([]*ipam.Allocator, n)
			for i := range all {
				all[i] = allocator(b, s.Session(), fmt.Sprint(i))
				request(b, all[i], p.ID)
			}
			b.ResetTimer()
			var wg sync.WaitGroup
			for i, a := range all {
				wg.Go(func() {
					for range share(b.N, n, i) {
						request(b, a, p.ID)
					}
				})
			}
			wg.Wait()
		})
	}
}

// share is the part of host i of n in the work.
func share(work, n, i int) int { return (work + i) / n }
