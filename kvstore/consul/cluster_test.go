package consul_test

import (
	"sync/atomic"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

func TestCluster(t *testing.T) {
	c := testenv.Consul(t, 3)
	data := dataOn(c)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return data(t)(t) })
	kvtest.RunSessions(t, data)
}

// TestLinearizable kills the leader, and then has the next one sleep through the
// election of another.
func TestLinearizable(t *testing.T) {
	c := testenv.Consul(t, 3)
	kvtest.RunLinearizable(t, dataOn(c)(t), func() {
		first := c.Leader()
		first.Kill()
		second := c.Leader()
		first.Start()
		c.Await()
		second.Pause()
		c.Leader()
		second.Resume()
		c.Await()
	})
}

// dataOn makes ways to open sessions with the servers of a cluster in turn.
func dataOn(c testenv.ConsulCluster) func(testing.TB) kvtest.Open {
	var roots, sessions atomic.Int32
	return func(testing.TB) kvtest.Open {
		root := rootOf(roots.Add(1))
		return func(t testing.TB) kvstore.Store {
			return open(t, c[int(sessions.Add(1))%len(c)].Addr, consul.Root(root))
		}
	}
}
