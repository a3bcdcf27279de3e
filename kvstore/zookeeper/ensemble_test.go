package zookeeper_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

func TestEnsemble(t *testing.T) {
	servers := testenv.ZooKeeper(t, 3)
	newData := func(testing.TB) kvtest.Open { return emptyRoot(servers) }
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return newData(t)(t) })
	kvtest.RunSessions(t, newData)
	kvtest.RunReopen(t, newData)
	short := emptyRoot(servers, zookeeper.TTL(time.Second), zookeeper.ReapEvery(50*time.Millisecond))
	kvtest.RunLinearizable(t, short, func() { harm(servers) })
	t.Run("watches in spite of all", func(t *testing.T) { testWatches(t, short, func() { harm(servers) }) })
}

// harm kills the leader, has the next one sleep through the election of another,
// and a follower through a while of peace.
func harm(servers testenv.ZooKeeperServers) {
	first := servers.Leader()
	first.Kill()
	second := servers.Leader()
	first.Start()
	servers.Await()
	second.Pause()
	servers.Leader()
	second.Resume()
	servers.Await()
	for _, s := range servers {
		if s.Mode() == "follower" {
			s.Pause()
			time.Sleep(time.Second) // the length of a session
			s.Resume()
			return
		}
	}
}

// testWatches writes at random while harm is done. In the end every watch has told
// what there is, and none has told of an older state of a key after a newer one.
func testWatches(t *testing.T, open kvtest.Open, harm func()) {
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	var watching, writing sync.WaitGroup
	defer watching.Wait()
	defer stop()
	var first kvstore.Store
	var mirrors []*mirror
	calm := make(chan struct{})
	for range 3 {
		s, m := open(t), newMirror()
		t.Cleanup(func() { s.Close() })
		first, mirrors = s, append(mirrors, m)
		watching.Go(func() {
			if err := s.Watch(ctx, "w/", m.take); ctx.Err() == nil {
				t.Errorf("Watch = %v", err)
			}
		})
		writing.Go(func() { scribble(ctx, s, calm) })
	}
	harm()
	close(calm)
	writing.Wait()
	for i, m := range mirrors {
		// What had an unknown outcome may still be done.
		for want := list(ctx, first); !m.is(want); want = list(ctx, first) {
			if ctx.Err() != nil {
				t.Fatalf("watch %d told of %v, there is %v", i, m.values, want)
			}
		}
	}
}

// scribble puts and deletes, whatever comes of it.
func scribble(ctx context.Context, s kvstore.Store, calm <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-calm:
			return
		case <-time.After(rand.N(5 * time.Millisecond)):
		}
		a, b := fmt.Sprint("w/", rand.N(20)), fmt.Sprint("w/", rand.N(20), "/x")
		_ = s.Commit(ctx, []kvstore.Op{put(a, strconv.Itoa(n)), del(b)})
		_ = s.Commit(ctx, []kvstore.Op{del(a), put(b, strconv.Itoa(n))})
	}
}

// list is what there is, or nothing while the servers are away.
func list(ctx context.Context, s kvstore.Store) map[string]string {
	values := map[string]string{}
	if _, err := s.Get(ctx, []string{"any"}, true); err != nil {
		return nil
	}
	entries, err := s.List(ctx, "w/")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		values[e.Key] = string(e.Value)
	}
	return values
}

// mirror is what a watch told.
type mirror struct {
	mu     sync.Mutex
	values map[string]string
	newest map[string]int64 // revision
}

func newMirror() *mirror {
	return &mirror{values: map[string]string{}, newest: map[string]int64{}}
}

func (m *mirror) take(b kvstore.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.Snapshot {
		clear(m.values)
	}
	for _, e := range b.Entries {
		if e.Revision == kvstore.Absent {
			delete(m.values, e.Key)
			continue
		}
		revision, err := strconv.ParseInt(string(e.Revision), 0, 64)
		if err != nil || revision < m.newest[e.Key] {
			return fmt.Errorf("told of %v after revision %#x", e, m.newest[e.Key])
		}
		m.values[e.Key], m.newest[e.Key] = string(e.Value), revision
	}
	return nil
}

func (m *mirror) is(want map[string]string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return want != nil && maps.Equal(m.values, want)
}
