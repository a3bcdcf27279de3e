package dockerdriver

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// goneCheck is the time between two looks for hosts that were removed.
const goneCheck = time.Minute

// errBack means that a host which was removed is there again.
var errBack = errors.New("the host is back")

// clearGone ends, until ctx ends, what the Dockers of removed hosts had. Every
// host does so, as far as no other has.
func (s *Server) clearGone(ctx context.Context) {
	if s.Store == nil {
		return
	}
	for ok := true; ok; ok = sleep(ctx, goneCheck) {
		hosts, err := network.RemovedHosts(ctx, s.Store)
		for _, host := range hosts {
			err = errors.Join(err, s.clearHost(ctx, host))
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, errBack) && !errors.Is(err, kvstore.ErrUnavailable) {
			s.log().Warn("what a removed host left is not cleared yet", "error", err)
		}
	}
}

// clearHost ends the records of a removed host. The Docker networks of other
// hosts stay; a logical network goes with the last of them.
func (s *Server) clearHost(ctx context.Context, host string) error {
	records, err := record.List(ctx, s.Store, host)
	if err != nil {
		return err
	}
	for id, rec := range records {
		s.log().Info("clearing a network of a removed host", "host", host, "id", id, "network", rec.Network)
		if err := s.clearRecord(ctx, host, id, rec); err != nil {
			return err
		}
	}
	var making record.Making
	err = s.ofGone(ctx, host, func(tx *kvstore.Tx) error {
		making, err = record.AbandonMaking(tx, host)
		return err
	})
	if err == nil && making.Network != "" {
		err = errors.Join(s.NetworkUnused(ctx, making.Network), record.Open(ctx, s.Store, making.Network, record.Closer(host, ""), true))
	}
	if err != nil {
		return err
	}
	return s.ofGone(ctx, host, func(tx *kvstore.Tx) error { return record.ForgetMaking(tx, host) })
}

func (s *Server) clearRecord(ctx context.Context, host, id string, rec record.Network) error {
	err := s.ofGone(ctx, host, func(tx *kvstore.Tx) error { return record.Lose(tx, host, id) })
	if err != nil {
		return err
	}
	inUse := false
	switch err := s.release(ctx, rec, id, &inUse); {
	case errors.Is(err, network.ErrInUse):
		s.log().Warn("a logical network of a removed host stays: it is in use", "network", rec.Network, "error", err)
	case err != nil:
		return err
	}
	if err := record.Open(ctx, s.Store, rec.Network, record.Closer(host, id), true); err != nil {
		return err
	}
	return s.ofGone(ctx, host, func(tx *kvstore.Tx) error { return record.Forget(tx, host, id) })
}

// ofGone is a transaction on what a host left; errBack once it is there again.
func (s *Server) ofGone(ctx context.Context, host string, fn func(*kvstore.Tx) error) error {
	return kvstore.Update(ctx, s.Store, func(tx *kvstore.Tx) error {
		removed, err := network.HostRemoved(tx, host)
		switch {
		case err != nil:
			return err
		case !removed:
			return errBack
		}
		return fn(tx)
	})
}
