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
	err := s.update(ctx, func(tx *kvstore.Tx) error {
		return kvstore.Save(tx, s.recordKey(networkID), rec)
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
	err := s.update(ctx, func(tx *kvstore.Tx) (err error) {
		rec, found, err = kvstore.Load[record](tx, s.recordKey(networkID))
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
	err := s.update(ctx, func(tx *kvstore.Tx) error {
		tx.Delete(s.recordKey(networkID))
		return nil
	})
	if err == nil {
		s.records.delete(networkID)
	}
	return err
}

// update is kvstore.Update where there is a store.
func (s *Server) update(ctx context.Context, fn func(*kvstore.Tx) error) error {
	if s.Store == nil {
		return nil
	}
	return kvstore.Update(ctx, s.Store, fn)
}

// recordKey is docker/net/<host>/<NetworkID>. With ScopeGlobal all hosts have
// the same NetworkIDs.
func (s *Server) recordKey(networkID string) string {
	host := s.Host
	if s.Scope == ScopeGlobal {
		host = ScopeGlobal
	}
	return kvstore.Key("docker", "net", host, networkID)
}
