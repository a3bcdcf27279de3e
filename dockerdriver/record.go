package dockerdriver

import (
	"context"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
)

// made is the record of a network that CreateNetwork makes.
func made(networkID string) record.Network {
	return record.Network{Network: record.Own(networkID)}
}

// remember keeps what a NetworkID stands for; synced, where the network sync has
// it made.
func (s *Server) remember(ctx context.Context, networkID string, rec record.Network, synced bool) error {
	err := s.updateRecord(ctx, networkID, func(tx *kvstore.Tx, host string) error {
		if rec.Attached {
			return rec.Begin(tx, host, networkID, synced)
		}
		return rec.Save(tx, host, networkID)
	})
	if err == nil {
		s.records.put(networkID, rec)
	}
	return err
}

// recall tells what a NetworkID stands for. One without a record stands for the
// network that its CreateNetwork made.
func (s *Server) recall(ctx context.Context, networkID string) (record.Network, error) {
	rec, found := s.records.get(networkID)
	if found {
		return rec, nil
	}
	err := s.updateRecord(ctx, networkID, func(tx *kvstore.Tx, host string) (err error) {
		rec, found, err = record.Load(tx, host, networkID)
		return err
	})
	if err != nil || !found {
		return made(networkID), err
	}
	s.records.put(networkID, rec)
	return rec, nil
}

// forget ends what a NetworkID stands for.
func (s *Server) forget(ctx context.Context, networkID string) error {
	err := s.updateRecord(ctx, networkID, func(tx *kvstore.Tx, host string) error {
		return record.Forget(tx, host, networkID)
	})
	if err == nil {
		s.records.delete(networkID)
	}
	return err
}

// update is kvstore.Update with the id under which this host keeps what is its
// own, where there is a store.
func (s *Server) update(ctx context.Context, fn func(tx *kvstore.Tx, host string) error) error {
	if s.Store == nil {
		return nil
	}
	host, err := s.ownHost(ctx)
	if err != nil {
		return err
	}
	return kvstore.Update(ctx, s.Store, func(tx *kvstore.Tx) error { return fn(tx, host) })
}

func (s *Server) ownHost(ctx context.Context) (string, error) {
	if s.Host == nil {
		return s.Scope, nil
	}
	return s.Host(ctx)
}

// updateRecord is update with the id under which the record of a NetworkID is.
// With ScopeGlobal that is [record.Shared], since all hosts have the same
// NetworkIDs, and Docker tells one of them that the network was removed. A
// network of a Swarm each node deletes for itself; and one of before the scope
// was global is this host's own.
func (s *Server) updateRecord(ctx context.Context, networkID string, fn func(tx *kvstore.Tx, host string) error) error {
	return s.update(ctx, func(tx *kvstore.Tx, host string) error {
		if s.Scope == ScopeGlobal && !isSwarm(networkID) {
			_, own, err := record.Load(tx, host, networkID)
			if err != nil {
				return err
			}
			if !own {
				host = record.Shared
			}
		}
		return fn(tx, host)
	})
}
