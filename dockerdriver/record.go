package dockerdriver

import (
	"context"

	"github.com/vlcp-go/vlcp/kvstore"
)

// record is what a NetworkID of this host's Docker stands for. Docker tells a
// network's options once, in CreateNetwork, and never again.
type record struct {
	Network  string `json:"network"`            // the logical network
	Attached bool   `json:"attached,omitempty"` // it existed before, and goes on without this Docker network
	Internal bool   `json:"internal,omitempty"` // --internal: no way out
}

// made is the record of a network that CreateNetwork makes.
func made(networkID string) record { return record{Network: "docker-" + networkID + "-lognet"} }

// remember keeps what a NetworkID stands for.
func (s *Server) remember(ctx context.Context, networkID string, rec record) error {
	err := s.update(ctx, networkID, func(tx *kvstore.Tx, key string) error {
		return kvstore.Save(tx, key, rec)
	})
	if err == nil {
		s.records.put(networkID, rec)
	}
	return err
}

// recall tells what a NetworkID stands for. One without a record is another
// host's (ScopeGlobal), and stands for the network that its CreateNetwork made.
func (s *Server) recall(ctx context.Context, networkID string) (record, error) {
	rec, found := s.records.get(networkID)
	if found {
		return rec, nil
	}
	err := s.update(ctx, networkID, func(tx *kvstore.Tx, key string) (err error) {
		rec, found, err = kvstore.Load[record](tx, key)
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
	err := s.update(ctx, networkID, func(tx *kvstore.Tx, key string) error {
		tx.Delete(key)
		return nil
	})
	if err == nil {
		s.records.delete(networkID)
	}
	return err
}

// update is kvstore.Update on the record of a network, where there is a store.
func (s *Server) update(ctx context.Context, networkID string, fn func(tx *kvstore.Tx, key string) error) error {
	if s.Store == nil {
		return nil
	}
	key, err := s.recordKey(ctx, networkID)
	if err != nil {
		return err
	}
	return kvstore.Update(ctx, s.Store, func(tx *kvstore.Tx) error { return fn(tx, key) })
}

// recordKey is docker/net/<host>/<NetworkID>. With ScopeGlobal all hosts have
// the same NetworkIDs.
func (s *Server) recordKey(ctx context.Context, networkID string) (string, error) {
	host := s.Scope
	if s.Scope != ScopeGlobal && s.Host != nil {
		var err error
		if host, err = s.Host(ctx); err != nil {
			return "", err
		}
	}
	return kvstore.Key("docker", "net", host, networkID), nil
}
