package consul_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// TestWatchQueries: what is asked after each answer, and what the consumer is told
// of it. A query is "list" (consistent) or "poll 7" (for what is newer than 7).
func TestWatchQueries(t *testing.T) {
	fault := answer{status: 500, body: "rpc error making call: EOF"}
	for name, tt := range map[string][]struct {
		query  string
		answer answer
		told   string
	}{
		"changes": {
			{"list", state(5, "w/a 5", "w/b 3"), "S[w/a=5 w/b=3]"},
			{"poll 5", state(7, "w/a 7", "w/b 3", "w/c 7"), "[w/a=7 w/c=7]"},
			{"poll 7", state(8, "w/c 7"), "[w/a=0 w/b=0]"},
		},
		"wake-ups without a change": {
			{"list", state(5, "w/a 5"), "S[w/a=5]"},
			{"poll 5", state(6, "w/a 5"), ""},
			{"poll 6", state(7, "w/a 7"), "[w/a=7]"},
		},
		"nothing new in time": {
			{"list", state(5, "w/a 5"), "S[w/a=5]"},
			{"poll 5", state(5, "w/a 5"), ""},
			{"list", state(5, "w/a 5"), ""},
			{"poll 5", state(7, "w/a 7"), "[w/a=7]"},
		},
		"nothing there": {
			{"list", answer{status: 404, index: "1"}, "S[]"},
			{"poll 1", state(3, "w/a 3"), "[w/a=3]"},
			{"poll 3", answer{status: 404, index: "4"}, "[w/a=0]"},
		},
		"an index of nothing": {
			{"list", state(0), "S[]"},
			{"poll 1", state(3, "w/a 3"), "[w/a=3]"},
		},
		"an error": {
			{"list", state(5, "w/a 5", "w/b 5"), "S[w/a=5 w/b=5]"},
			{"poll 5", fault, ""},
			{"list", fault, ""},
			{"list", state(9, "w/a 9"), "[w/a=9 w/b=0]"},
			{"poll 9", fault, ""},
			{"list", state(9, "w/a 9"), ""},
			{"poll 9", state(10, "w/a 10"), "[w/a=10]"},
		},
		"a server that lags": {
			{"list", state(5, "w/a 5"), "S[w/a=5]"},
			{"poll 5", state(4, "w/a 4"), ""},
			{"list", state(5, "w/a 5"), ""},
			{"poll 5", state(6, "w/a 6"), "[w/a=6]"},
		},
		"a server without a leader": {
			{"list", state(5, "w/a 5"), "S[w/a=5]"},
			{"poll 5", answer{index: "5", body: "[]", leaderless: true}, ""},
			{"list", state(6, "w/a 6"), "[w/a=6]"},
		},
		"the index went back": {
			{"list", state(5, "w/a 5"), "S[w/a=5]"},
			{"poll 5", state(3, "w/a 3"), ""},
			{"list", state(3, "w/a 3"), "S[w/a=3]"},
			{"poll 3", state(4, "w/a 4"), "[w/a=4]"},
		},
		"the index went back meanwhile": {
			{"list", state(5, "w/a 5"), "S[w/a=5]"},
			{"poll 5", fault, ""},
			{"list", state(3), "S[]"},
		},
		"what is no key of ours": {
			{"list", state(5, " 1", "w/ 2", "w/a 5", "w/dir/ 3", "w/ü 4"), "S[w/a=5]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				step := -1
				told := make([]string, len(tt))
				ctx, cancel := context.WithCancel(t.Context())
				s := fake(func(r *http.Request) answer {
					if step++; step == len(tt) {
						cancel()
						return silent(r)
					}
					if got := query(r); got != tt[step].query {
						t.Errorf("request %d is %s, want %s", step, got, tt[step].query)
					}
					return tt[step].answer
				}).store(t)
				_ = s.Watch(ctx, "w/", func(b kvstore.Batch) error {
					told[step] = batch(b)
					return nil
				})
				for i := range tt {
					if told[i] != tt[i].told {
						t.Errorf("after answer %d was told %s, want %s", i, told[i], tt[i].told)
					}
				}
			})
		})
	}
}

// state is an answer with keys and the index of each.
func state(index int, keys ...string) answer {
	pairs := []api.KVPair{}
	for _, key := range keys {
		var p api.KVPair
		name, number, _ := strings.Cut(key, " ")
		fmt.Sscan(number, &p.ModifyIndex)
		p.Key, p.Value = "vlcp/"+name, []byte(number)
		pairs = append(pairs, p)
	}
	body, _ := json.Marshal(pairs)
	return answer{index: fmt.Sprint(index), body: string(body)}
}

func query(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case r.URL.Path != "/v1/kv/vlcp/w/" || !q.Has("recurse"):
		return r.URL.String()
	case q.Has("consistent") && !q.Has("index"):
		return "list"
	case q.Has("stale") && q.Has("wait"):
		return "poll " + q.Get("index")
	}
	return r.URL.RawQuery
}

// batch is a batch in short: keys and values, 0 for deleted, S before a snapshot.
func batch(b kvstore.Batch) string {
	words := make([]string, len(b.Entries))
	for i, e := range b.Entries {
		words[i] = e.Key + "=" + string(e.Value)
		if e.Revision == kvstore.Absent {
			words[i] += "0"
		}
	}
	s := "[" + strings.Join(words, " ") + "]"
	if b.Snapshot {
		return "S" + s
	}
	return s
}

func TestGap(t *testing.T) {
	c := testenv.Consul(t, 1)
	kvtest.RunGap(t, func(t testing.TB) (watcher, writer kvstore.Store, cut func(func())) {
		p := testenv.NewProxy(t, c[0].Addr)
		root := consul.Root(rootOf(roots.Add(1)))
		return open(t, p.Addr, root), open(t, c[0].Addr, root), func(during func()) {
			p.Cut()
			during()
			p.Restore()
		}
	})
}

// TestRestored: an operator puts an older state back, as Consul's snapshots do.
func TestRestored(t *testing.T) {
	c := testenv.Consul(t, 1)
	s := open(t, c[0].Addr)
	client := client(t, c[0].Addr, "")
	put(t, s, "w/a", "1")
	first := get(t, s, "w/a").Revision
	backup, _, err := client.Snapshot().Save(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	put(t, s, "w/a", "2")
	put(t, s, "w/b", "2")
	second := get(t, s, "w/a").Revision
	w := follow(t, s, "w/")
	w.is("w/a=2 w/b=2")
	if err := client.Snapshot().Restore(nil, backup); err != nil {
		t.Fatal(err)
	}
	w.is("w/a=1")
	if r := get(t, s, "w/a").Revision; r != first {
		t.Errorf("the restored state has the revision %q, it had %q", r, first)
	}
	put(t, s, "w/a", "3")
	w.is("w/a=3")
	if r := get(t, s, "w/a").Revision; r == first || r == second {
		t.Errorf("the revision %q came back", r)
	}
}

// TestDataLost: a Consul that kept its data in memory is started again.
func TestDataLost(t *testing.T) {
	c := testenv.Consul(t, 1)
	s := open(t, c[0].Addr, patient)
	for i := range 20 { // which a new one does not count to by itself
		put(t, s, "w/a", fmt.Sprint(i))
	}
	w := follow(t, s, "w/")
	w.is("w/a=19")
	c[0].Kill()
	c[0].Start()
	w.is("")
	put(t, s, "w/b", "new")
	w.is("w/b=new")
}

// TestLongPrefix: each answer holds a thousand keys, and the consumer is told
// only what is new.
func TestLongPrefix(t *testing.T) {
	const n = 1200
	s := open(t, testenv.Consul(t, 1)[0].Addr)
	for first := 0; first < n; first += 60 {
		var ops []kvstore.Op
		for i := range 60 {
			key := fmt.Sprintf("w/%d", first+i)
			ops = append(ops, kvstore.Op{Key: key, Check: true, Write: kvstore.Put, Value: make([]byte, 300)})
		}
		if err := s.Commit(t.Context(), ops); err != nil {
			t.Fatal(err)
		}
	}
	done := errors.New("done")
	var told []int
	err := s.Watch(t.Context(), "w/", func(b kvstore.Batch) error {
		if told = append(told, len(b.Entries)); len(told) > 1 {
			return done
		}
		return s.Commit(t.Context(), []kvstore.Op{{Key: "w/7", Write: kvstore.Put}, {Key: "w/8", Write: kvstore.Delete}})
	})
	if !errors.Is(err, done) || !slices.Equal(told, []int{n, 2}) {
		t.Errorf("told %d keys, %v", told, err)
	}
}
