package consul_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// TestCluster runs the suites on sessions with three servers, on two after the
// leader was killed, and while it is killed.
func TestCluster(t *testing.T) {
	c := testenv.Consul(t, 3)
	data := dataOn(c...)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return data(t)(t) })
	kvtest.RunSessions(t, data)
	kvtest.RunUpdate(t, func(t testing.TB) kvstore.Store {
		old := c.Leader()
		s := dataOn(followers(c, old)...)(t)(t)
		old.Kill()
		t.Cleanup(func() {
			old.Start()
			c.Await()
		})
		return s
	})
	old := c.Leader()
	old.Kill()
	kvtest.RunReopen(t, dataOn(followers(c, old)...))
}

// TestLinearizable kills the leader, and then has the next one sleep through the
// election of another.
func TestLinearizable(t *testing.T) {
	c := testenv.Consul(t, 3)
	kvtest.RunLinearizable(t, dataOn(c...)(t), func() {
		old := c.Leader()
		old.Kill()
		next := c.Leader()
		old.Start()
		c.Await()
		next.Pause() // nobody tells it that it leads no more
		c.Leader()
		next.Resume()
		c.Await()
	})
}

// TestMajorityLost kills two servers of three and starts them again: the third says
// that it can do nothing, and a watch misses nothing.
func TestMajorityLost(t *testing.T) {
	c := testenv.Consul(t, 3)
	old := c.Leader()
	left := followers(c, old)[0]
	s := open(t, left.Addr, consul.Patience(200*time.Millisecond))
	patient := open(t, left.Addr, consul.Patience(time.Minute))
	put(t, s, "w/a", "1")
	put(t, s, "w/b", "1")
	w := follow(t, s, "w/")
	w.is("w/a=1 w/b=1")
	for _, other := range c {
		if other != left {
			other.Kill()
		}
	}
	_, err := s.Get(t.Context(), []string{"w/a"}, false)
	wantSentinel(t, "Get", err, kvstore.ErrUnavailable, "")
	_, err = s.List(t.Context(), "w/")
	wantSentinel(t, "List", err, kvstore.ErrUnavailable, "")
	wantSentinel(t, "Commit of a check", s.Commit(t.Context(), onlyCheck), kvstore.ErrUnavailable, "")
	for _, other := range c {
		if other != left {
			other.Start()
		}
	}
	put(t, patient, "w/a", "2")
	w.is("w/a=2 w/b=1")
	if get(t, patient, "w/b").Revision == kvstore.Absent {
		t.Error("what was committed is lost")
	}
}

// TestPaused stops the only server: calls end when the patience is over, and work
// again when it goes on.
func TestPaused(t *testing.T) {
	c := testenv.Consul(t, 1)
	s := open(t, c[0].Addr, consul.Patience(300*time.Millisecond))
	w := follow(t, s, "a/")
	for _, value := range []string{"1", "2"} {
		c[0].Pause()
		_, err := s.Get(t.Context(), []string{"a"}, true)
		wantSentinel(t, "Get", err, kvstore.ErrUnavailable, "no answer")
		wantSentinel(t, "Commit", s.Commit(t.Context(), write), kvstore.ErrUnknown, "no answer")
		c[0].Resume()
		c.Await()
		put(t, s, "a/a", value)
		w.is("a/a=" + value)
	}
}

// dataOn makes ways to open sessions with some servers in turn, each on data of its
// own.
func dataOn(servers ...*testenv.ConsulServer) func(testing.TB) kvtest.Open {
	var sessions atomic.Int32
	return func(testing.TB) kvtest.Open {
		root := rootOf(roots.Add(1))
		return func(t testing.TB) kvstore.Store {
			return open(t, servers[int(sessions.Add(1))%len(servers)].Addr, consul.Root(root))
		}
	}
}

func followers(c testenv.ConsulCluster, leader *testenv.ConsulServer) (servers []*testenv.ConsulServer) {
	for _, s := range c {
		if s != leader {
			servers = append(servers, s)
		}
	}
	return servers
}
