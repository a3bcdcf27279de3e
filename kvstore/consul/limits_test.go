package consul_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
)

// TestLimitExact: what is sent is counted to the byte, and Consul takes as much.
func TestLimitExact(t *testing.T) {
	const most = 512 << 10
	var sent int64
	s := fake(func(r *http.Request) answer {
		sent = max(sent, r.ContentLength)
		return answer{body: "{}"}
	}).store(t)
	var largest []kvstore.Op
	for pad := range 4 { // base64 grows by 4 bytes
		tooLarge := sort.Search(s.Limits().Bytes, func(size int) bool {
			return errors.Is(s.Commit(t.Context(), wide(size, pad)), kvstore.ErrTooLarge)
		})
		if sent == most && largest == nil {
			largest = wide(tooLarge-1, pad)
		}
		if err := s.Commit(t.Context(), wide(tooLarge, pad)); err == nil || !strings.Contains(err.Error(), fmt.Sprint(most)) {
			t.Errorf("the error does not name the limit %d: %v", most, err)
		}
	}
	if sent != most {
		t.Errorf("%d bytes were sent at most, Consul takes %d", sent, most)
	}
	real := open(t, testenv.Consul(t, 1)[0].Addr)
	if err := real.Commit(t.Context(), largest); err != nil {
		t.Error(err)
	}
}

// wide is a commit whose keys take six times their size in JSON.
func wide(size, pad int) []kvstore.Op {
	ops := make([]kvstore.Op, 60)
	for i := range ops {
		ops[i] = kvstore.Op{Key: fmt.Sprintf("%s%d", strings.Repeat("&", 450), i), Check: true, Write: kvstore.Put}
	}
	ops[0].Key += strings.Repeat("p", pad)
	ops[0].Value = make([]byte, size)
	return ops
}

// TestManyPuts: 64 keys are put whatever they hold, by several at once. Blindly each
// would take two operations of Consul, and before 1.14 it takes 64.
func TestManyPuts(t *testing.T) {
	c := testenv.Consul(t, 1)
	s := open(t, c[0].Addr)
	ephemeral, durable := many("e", 4), many("k", 60)
	for i := range ephemeral {
		ephemeral[i].Ephemeral = true
	}
	if err := s.Commit(t.Context(), ephemeral); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 5 {
				if err := s.Commit(t.Context(), slices.Concat(many("e", 4), durable[:50])); err != nil {
					t.Error(err)
				}
				if err := s.Commit(t.Context(), slices.Concat(many("l", 4), durable)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := open(t, c[0].Addr).List(t.Context(), ""); err != nil || len(left) != 68 {
		t.Errorf("%d keys, %v, want that 68 are durable", len(left), err)
	}
}

// TestManyDeletes: 64 deletes with a check each take two operations of Consul each,
// and there is no other way. Before 1.14 that is too large; it is all or nothing.
func TestManyDeletes(t *testing.T) {
	s := open(t, testenv.Consul(t, 1)[0].Addr)
	ops := many("k", 64)
	if err := s.Commit(t.Context(), ops); err != nil {
		t.Fatal(err)
	}
	entries, err := s.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		ops[i] = kvstore.Op{Key: e.Key, Check: true, Revision: e.Revision, Write: kvstore.Delete}
	}
	want := 0
	if err := s.Commit(t.Context(), ops); errors.Is(err, kvstore.ErrTooLarge) {
		want = 64
	} else if err != nil {
		t.Error(err)
	}
	if left, err := s.List(t.Context(), ""); err != nil || len(left) != want {
		t.Errorf("%d keys are left, %v, want %d", len(left), err, want)
	}
}

// many puts n keys.
func many(prefix string, n int) []kvstore.Op {
	ops := make([]kvstore.Op, n)
	for i := range ops {
		ops[i] = kvstore.Op{Key: fmt.Sprintf("%s/%d", prefix, i), Write: kvstore.Put}
	}
	return ops
}
