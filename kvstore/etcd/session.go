package etcd

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// session is the lease that all ephemeral keys of a Store hang on. It is granted
// with the first of them, and another one with the first after it was lost.
type session struct {
	turn  chan struct{} // held by who changes what follows
	lease clientv3.LeaseID
	stop  context.CancelFunc // of its keeper
	kept  sync.WaitGroup
}

func newSession() session { return session{turn: make(chan struct{}, 1)} }

// lease is the session's lease, which is kept alive.
func (s *Store) lease(ctx context.Context) (clientv3.LeaseID, error) {
	n := &s.session
	select {
	case n.turn <- struct{}{}:
		defer func() { <-n.turn }()
	case <-ctx.Done():
		return clientv3.NoLease, ctx.Err()
	}
	if n.lease != clientv3.NoLease {
		return n.lease, nil
	}
	err := s.repeat(ctx, func(ctx context.Context) (fate, error) {
		granted, err := s.client.Grant(ctx, int64(max(s.ttl/time.Second, 1)))
		if err != nil {
			return judge(err, true), err
		}
		n.lease = clientv3.LeaseID(granted.ID)
		return 0, nil
	})
	if err == nil {
		s.keep()
	}
	return n.lease, err
}

// keep keeps the lease alive, until it is lost or the session ends.
func (s *Store) keep() {
	n := &s.session
	ctx, cancel := context.WithCancel(context.Background())
	n.stop = cancel
	lease := n.lease
	n.kept.Go(func() {
		for ctx.Err() == nil {
			if s.keptUntilLost(ctx, lease) {
				s.log.Warn("the session with etcd is lost: its ephemeral keys are gone")
				s.lose(lease)
				return
			}
			sleep(ctx, maxPause)
		}
	})
}

// keptUntilLost keeps a lease alive as long as the servers can be reached, and
// tells whether they know it no more.
func (s *Store) keptUntilLost(ctx context.Context, lease clientv3.LeaseID) bool {
	if renewals, err := s.client.KeepAlive(ctx, lease); err == nil {
		for range renewals {
			continue // it closes when none came for as long as the lease lives
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	left, err := s.client.TimeToLive(ctx, lease)
	return err == nil && left.TTL <= 0
}

// lose forgets a lease, if it is still the session's.
func (s *Store) lose(lease clientv3.LeaseID) {
	n := &s.session
	n.turn <- struct{}{}
	defer func() { <-n.turn }()
	if n.lease == lease {
		n.lease = clientv3.NoLease
		n.stop()
	}
}

// endSession revokes the lease, and so deletes the ephemeral keys.
func (s *Store) endSession() error {
	n := &s.session
	n.turn <- struct{}{}
	lease := n.lease
	<-n.turn
	if lease == clientv3.NoLease {
		return nil
	}
	s.lose(lease)
	n.kept.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	for {
		_, err := s.client.Revoke(ctx, lease)
		if err == nil || matches(err, rpctypes.ErrLeaseNotFound) {
			return nil
		}
		if s.client.Ctx().Err() != nil || !sleep(ctx, minPause) {
			return fmt.Errorf("the ephemeral keys stay for up to %v: %w", s.ttl, plain(err))
		}
	}
}
