package zookeeper_test

import (
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

func TestEnsemble(t *testing.T) {
	servers := testenv.ZooKeeper(t, 3)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return emptyRoot(servers)(t) })
	kvtest.RunSessions(t, func(testing.TB) kvtest.Open { return emptyRoot(servers) })
	t.Run("in spite of all", func(t *testing.T) {
		kvtest.RunLinearizable(t, emptyRoot(servers, zookeeper.TTL(time.Second)), func() { harm(servers) })
	})
}

// harm kills the leader, and then has the next one sleep through the election of
// another, and a follower through a while of peace.
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
			defer s.Resume()
			break
		}
	}
	time.Sleep(time.Second)
}
