package kvtest

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

func testGet(t testing.TB, s kvstore.Store) {
	commit(t, s, put("a", "1"), put("b", "2"), put("c", "3"))
	keys := []string{"c", "none", "a", "b", "a"}
	want := []string{"3", "", "1", "2", "1"}
	for _, current := range []bool{true, false} {
		entries, err := s.Get(limited(t), keys, current)
		if err != nil || len(entries) != len(keys) {
			t.Fatalf("Get(%v) = %v, %v", keys, entries, err)
		}
		for i, e := range entries {
			absent := e.Revision == kvstore.Absent
			if e.Key != keys[i] || string(e.Value) != want[i] || absent != (keys[i] == "none") {
				t.Errorf("Get(%v) has %v at %d", keys, e, i)
			}
		}
	}
	if entries, err := s.Get(limited(t), nil, true); err != nil || len(entries) != 0 {
		t.Errorf("Get of no keys = %v, %v", entries, err)
	}
}

func testList(t testing.TB, s kvstore.Store) {
	if got := listed(t, s, ""); len(got) != 0 {
		t.Fatalf("the test's own data have %q already", got)
	}
	const n = 300
	for i := range n {
		commit(t, s, put(kvstore.Key("list", strconv.Itoa(i*7%n)), strconv.Itoa(i)))
	}
	entries, err := s.List(limited(t), "list/")
	if err != nil || len(existing(t, "list/", entries)) != n {
		t.Fatalf("List answers %d entries, %v, want %d", len(entries), err, n)
	}
	for _, e := range entries {
		if got := read(t, s, e.Key); got.Revision != e.Revision || string(got.Value) != string(e.Value) {
			t.Errorf("listed %v, got %v", e, got)
		}
	}
}

// testMonotonic reads a number that grows, in every way, while it grows.
func testMonotonic(t testing.TB, s kvstore.Store) {
	climb(t, s, s)
}

func testSessionsMonotonic(t testing.TB, open Open) {
	climb(t, opened(t, open), opened(t, open))
}

func climb(t testing.TB, writer, reader kvstore.Store) {
	const top = 50
	commit(t, writer, put("climb/n", "0"))
	var wg sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		wg.Go(func() {
			for last := 0; !done.Load(); {
				last = climbed(t, reader, last)
			}
		})
	}
	defer wg.Wait()
	defer done.Store(true)
	for n := range top {
		commit(t, writer, put("climb/n", strconv.Itoa(n+1)))
		if got := climbed(t, writer, n+1); got != n+1 {
			t.Errorf("wrote %d, then read %d", n+1, got)
		}
	}
}

// climbed reads the number, first as it may be, last as it is now.
func climbed(t testing.TB, s kvstore.Store, last int) int {
	for _, way := range []func() ([]kvstore.Entry, error){
		func() ([]kvstore.Entry, error) { return s.Get(limited(t), []string{"climb/n"}, false) },
		func() ([]kvstore.Entry, error) { return s.List(limited(t), "climb/") },
		func() ([]kvstore.Entry, error) { return s.Get(limited(t), []string{"climb/n"}, true) },
	} {
		n, err := number(way())
		switch {
		case err != nil:
			t.Errorf("reading a number that grows: %v", err)
		case n < last:
			t.Errorf("read %d after %d", n, last)
		}
		last = max(last, n)
	}
	return last
}

// number is the number that was read. A session that has not read it yet may see
// what was before it was written: that is 0 too.
func number(entries []kvstore.Entry, err error) (int, error) {
	switch {
	case err != nil:
		return 0, err
	case len(entries) > 1:
		return 0, fmt.Errorf("%d entries, want one", len(entries))
	case len(entries) == 0 || entries[0].Revision == kvstore.Absent:
		return 0, nil
	}
	return strconv.Atoi(string(entries[0].Value))
}
