package zookeeper

import (
	"context"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// ReapEvery has deleted keys leave ZooKeeper after about so long.
func ReapEvery(d time.Duration) Option { return func(c *Config) { c.reapPause = d } }

// ReapNow deletes what this session knows to be litter.
func (s *Store) ReapNow(ctx context.Context) error { return s.reapSome(ctx) }

// Plan makes a transaction of what is there now, for later.
func (s *Store) Plan(ctx context.Context, ops ...kvstore.Op) (send func() error, err error) {
	v, err := s.look(ctx, ops, true)
	return func() error {
		ctx, cancel := s.link.bound(ctx)
		defer cancel()
		return s.send(ctx, s.plan(v, ops))
	}, err
}
