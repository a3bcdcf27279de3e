package zookeeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Commit applies ops.
func (s *Store) Commit(ctx context.Context, ops []kvstore.Op) error {
	if err := limits.Check(ops); err != nil {
		return err
	}
	ctx, cancel := s.link.bound(ctx)
	defer cancel()
	err := s.link.ended(ctx)
	if err == nil && len(ops) > 0 {
		err = s.commit(ctx, ops)
	}
	if err == nil || errors.Is(err, kvstore.ErrConflict) {
		return err
	}
	return &kvstore.Error{Op: "commit", Err: err}
}

// commit looks at the nodes of ops and sends a transaction that holds only if they
// are still so, until one holds or a check of ops does not. The first look may be
// stale; no answer rests on that.
func (s *Store) commit(ctx context.Context, ops []kvstore.Op) error {
	fresh := false // whether a look now sees all that was committed before the call
	for try := 0; ; try++ {
		if err := s.link.pause(ctx, try); err != nil {
			return err
		}
		v, err := s.look(ctx, ops, fresh)
		if err != nil {
			return err
		}
		conflict, certain := v.conflict(ops)
		if conflict != nil && (fresh || certain) {
			return conflict
		}
		if conflict != nil {
			err = s.barrier(ctx)
			fresh = true
		} else if err = s.send(ctx, s.plan(v, ops)); err == nil {
			s.noteDeleted(ops)
			return nil
		}
		switch {
		case isAny(err, outdated):
			fresh = true // the servers had to agree on that answer
			s.epoch.Store(noEpoch)
		case err != nil && !isAny(err, unsent):
			return err
		}
	}
}

// send sends a transaction. It was applied whole if there is no error; if there
// is one that does not match ErrUnknown it was not applied.
func (s *Store) send(ctx context.Context, requests []any) error {
	if size := frameSize(requests); size > maxFrame {
		return fmt.Errorf("%w: %d bytes in one request to ZooKeeper, with the paths of nodes to be made, at most %d", kvstore.ErrTooLarge, size, maxFrame)
	}
	if _, err := s.link.wait(ctx); err != nil {
		return err
	}
	_, err := do(ctx, s.link, func() ([]zk.MultiResponse, error) { return s.link.conn.Multi(requests...) })
	switch {
	case err == nil || isAny(err, outdated) || isAny(err, unsent) || isAny(err, denied):
		return explain(err)
	case errors.Is(err, kvstore.ErrUnavailable): // that would say that nothing was written
		return fmt.Errorf("%w: no answer for %v", kvstore.ErrUnknown, s.config.Patience)
	}
	return fmt.Errorf("%w: %w", kvstore.ErrUnknown, err)
}

// barrier waits until reads see all that was committed before it. ZooKeeper's own
// sync would not do: a leader that others have replaced answers it for a while.
func (s *Store) barrier(ctx context.Context) error { return s.agree(ctx, &s.barriers) }

// sendBarrier commits a transaction without effect, which a majority must accept.
// That it fails is as good.
func (s *Store) sendBarrier() error {
	_, err := s.link.conn.Multi(&zk.CheckVersionRequest{Path: s.config.Root, Version: anyVersion})
	if isAny(err, outdated) || isAny(err, denied) {
		return nil
	}
	return err
}

// sync is a barrier that costs the servers next to nothing, for those who will
// look again when the connection is lost, as that to a replaced leader soon is.
func (s *Store) sync(ctx context.Context) error { return s.agree(ctx, &s.syncs) }

func (s *Store) sendSync() error {
	_, err := s.link.conn.Sync(s.config.Root)
	return err
}

// agree asks until there is an answer.
func (s *Store) agree(ctx context.Context, q *shared) error {
	for try := 0; ; try++ {
		if err := s.link.pause(ctx, try); err != nil {
			return err
		}
		if _, err := s.link.wait(ctx); err != nil {
			return err
		}
		if err := q.do(ctx, s.link); isFinal(err) {
			return explain(err)
		}
	}
}
