package consul_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// patient outlasts an election on a machine that is busy.
var patient = consul.Patience(time.Minute)

// TestCluster runs the suites on sessions with three servers, on two after the
// leader was killed, and while it is killed.
func TestCluster(t *testing.T) {
	c := testenv.Consul(t, 3)
	data := dataOn(c, patient)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return data(t)(t) })
	kvtest.RunSessions(t, data)
	kvtest.RunUpdate(t, func(t testing.TB) kvstore.Store {
		old := c.Leader()
		s := dataOn(followers(c, old), patient)(t)(t)
		old.Kill()
		t.Cleanup(func() {
			old.Start()
			c.Await()
		})
		return s
	})
	old := c.Leader()
	old.Kill()
	kvtest.RunReopen(t, dataOn(followers(c, old), patient))
}

// TestLinearizable kills the leader, and then has the next one sleep through the
// election of another.
func TestLinearizable(t *testing.T) {
	c := testenv.Consul(t, 3)
	kvtest.RunLinearizable(t, dataOn(c)(t), func() {
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
	s, hasty := open(t, left.Addr, patient), open(t, left.Addr, consul.Lazy(), consul.Patience(200*time.Millisecond))
	put(t, s, "w/a", "1")
	put(t, s, "w/b", "1")
	w := follow(t, s, "w/")
	w.is("w/a=1 w/b=1")
	for _, other := range c {
		if other != left {
			other.Kill()
		}
	}
	_, err := hasty.Get(t.Context(), []string{"w/a"}, false)
	wantSentinel(t, "Get", err, kvstore.ErrUnavailable, "")
	_, err = hasty.List(t.Context(), "w/")
	wantSentinel(t, "List", err, kvstore.ErrUnavailable, "")
	wantSentinel(t, "Commit of a check", hasty.Commit(t.Context(), onlyCheck), kvstore.ErrUnavailable, "")
	for _, other := range c {
		if other != left {
			other.Start()
		}
	}
	put(t, s, "w/a", "2")
	w.is("w/a=2 w/b=1")
	if get(t, s, "w/b").Revision == kvstore.Absent {
		t.Error("what was committed is lost")
	}
}

// TestPaused stops the only server: calls end when the patience is over, and work
// again when it goes on.
func TestPaused(t *testing.T) {
	c := testenv.Consul(t, 1)
	s, hasty := open(t, c[0].Addr, patient), open(t, c[0].Addr, consul.Lazy(), consul.Patience(300*time.Millisecond))
	w := follow(t, s, "a/")
	for _, value := range []string{"1", "2"} {
		c[0].Pause()
		_, err := hasty.Get(t.Context(), []string{"a"}, true)
		wantSentinel(t, "Get", err, kvstore.ErrUnavailable, "no answer")
		wantSentinel(t, "Commit", hasty.Commit(t.Context(), write), kvstore.ErrUnknown, "no answer")
		c[0].Resume()
		c.Await()
		put(t, s, "a/a", value)
		w.is("a/a=" + value)
	}
}

// dataOn makes ways to open sessions with the servers of a cluster in turn, each on
// data of its own.
func dataOn(c testenv.ConsulCluster, opts ...consul.Option) func(testing.TB) kvtest.Open {
	var sessions atomic.Int32
	return func(testing.TB) kvtest.Open {
		root := consul.Root(rootOf(roots.Add(1)))
		return func(t testing.TB) kvstore.Store {
			return open(t, c[int(sessions.Add(1))%len(c)].Addr, append(opts, root)...)
		}
	}
}

func followers(c testenv.ConsulCluster, leader *testenv.ConsulServer) testenv.ConsulCluster {
	return slices.DeleteFunc(slices.Clone(c), func(s *testenv.ConsulServer) bool { return s == leader })
}
