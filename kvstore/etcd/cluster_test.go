package etcd_test

import (
	"errors"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// TestCluster runs the suites on three servers, on two after the leader was
// killed, and while it is killed.
func TestCluster(t *testing.T) {
	c := testenv.Etcd(t, 3)
	newData := func(testing.TB) kvtest.Open { return emptyRoot(c) }
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return emptyRoot(c)(t) })
	kvtest.RunUpdate(t, func(t testing.TB) kvstore.Store {
		s := emptyRoot(c)(t)
		old := c.Leader()
		old.Kill()
		t.Cleanup(func() {
			old.Start()
			c.Await()
		})
		return s
	})
	c.Leader().Kill()
	kvtest.RunSessions(t, newData)
	kvtest.RunReopen(t, newData)
}

func TestLinearizable(t *testing.T) {
	t.Parallel()
	c := testenv.Etcd(t, 3)
	kvtest.RunLinearizable(t, emptyRoot(c, etcd.Patience(time.Second)), func() {
		for range 2 {
			old := c.Leader()
			old.Kill()
			next := c.Leader()
			old.Start()
			c.Await()
			next.Pause() // nobody tells it that it leads no more
			c.Leader()
			next.Resume()
			c.Await()
		}
	})
}

// TestPaused stops the only server: calls end when the patience is over, and
// work again when it goes on.
func TestPaused(t *testing.T) {
	t.Parallel()
	c := testenv.Etcd(t, 1)
	s := open(t, url(c), etcd.Patience(300*time.Millisecond))
	defer s.Close()
	ops := []kvstore.Op{put("a", "1")}
	for range 2 {
		eventually(t, func() error { return s.Commit(t.Context(), ops) })
		c[0].Pause()
		for _, current := range []bool{true, false} {
			if _, err := s.Get(t.Context(), []string{"a"}, current); !errors.Is(err, kvstore.ErrUnavailable) {
				t.Errorf("Get(current %v) = %v", current, err)
			}
		}
		if _, err := s.List(t.Context(), ""); !errors.Is(err, kvstore.ErrUnavailable) {
			t.Errorf("List = %v", err)
		}
		if err := s.Commit(t.Context(), ops); !errors.Is(err, kvstore.ErrUnknown) {
			t.Errorf("Commit = %v", err)
		}
		c[0].Resume()
		c.Await()
	}
}
