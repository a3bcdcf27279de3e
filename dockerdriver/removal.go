package dockerdriver

import (
	"context"
	"errors"
	"maps"

	dnet "github.com/docker/go-plugins-helpers/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// deleteNetwork ends what a NetworkID stands for.
func (s *Server) deleteNetwork(ctx context.Context, req dnet.DeleteNetworkRequest) (empty, error) {
	s.do(ctx, s.removal("DeleteNetwork", req.NetworkID))
	return empty{}, nil
}

// NetworkRemoved says that Docker removed a network: what DeleteNetwork would
// have told this plugin, had it been there.
func (s *Server) NetworkRemoved(ctx context.Context, networkID string) {
	s.doOnce(ctx, s.removal("NetworkRemoved", networkID))
}

// NetworkLost says that Docker has a network no more that nobody removed, such
// as after its data were deleted. Other hosts keep theirs.
func (s *Server) NetworkLost(ctx context.Context, networkID string) {
	s.doOnce(ctx, s.ending("NetworkLost", networkID, record.Lose))
}

// NetworkUnused says that a Docker network which was to use a logical network
// was not made: that goes if it was Docker's and nothing else uses it.
func (s *Server) NetworkUnused(ctx context.Context, logical string) error {
	inUse := false
	return s.release(ctx, record.Network{Network: logical, Attached: true}, "", &inUse)
}

// removal ends what a NetworkID stands for, on all hosts if they have it by the
// same name.
func (s *Server) removal(call, networkID string) *job {
	return s.ending(call, networkID, record.Remove)
}

// ending ends what a NetworkID stands for. The record stays until that is done:
// a plugin that is started meanwhile goes on.
func (s *Server) ending(call, networkID string, mark func(tx *kvstore.Tx, host, networkID string) error) *job {
	inUse := false
	return &job{call: call, id: networkID, run: func(ctx context.Context) error {
		if isSwarm(networkID) {
			return s.forget(ctx, networkID)
		}
		rec, err := s.recall(ctx, networkID)
		if err == nil {
			err = s.updateRecord(ctx, networkID, func(tx *kvstore.Tx, host string) error { return mark(tx, host, networkID) })
		}
		if err == nil {
			err = s.release(ctx, rec, networkID, &inUse)
		}
		if err != nil {
			return err
		}
		return s.forget(ctx, networkID)
	}}
}

// release deletes a logical network that Docker made, once no Docker network of
// any host uses it; that of a NetworkID does not any more.
func (s *Server) release(ctx context.Context, rec record.Network, networkID string, inUse *bool) error {
	if s.Store == nil {
		if rec.Attached {
			return nil
		}
		return s.deleteUnused(ctx, rec.Network, inUse)
	}
	spec, err := s.Driver.Network(ctx, rec.Network)
	gone := errors.Is(err, network.ErrNotFound)
	switch {
	case gone:
	case err != nil:
		return err
	case spec.Network.Owner.Face == face:
		if gone, err = s.deleteUnreferenced(ctx, rec.Network, networkID, inUse); err != nil {
			return err
		}
	}
	return record.Reap(ctx, s.Store, rec.Network, gone)
}

// deleteUnreferenced deletes a logical network unless a Docker network uses it.
// None begins to meanwhile.
func (s *Server) deleteUnreferenced(ctx context.Context, id, networkID string, inUse *bool) (gone bool, err error) {
	host, err := s.ownHost(ctx)
	if err != nil {
		return false, err
	}
	closer := record.Closer(host, networkID)
	failed := record.Close(ctx, s.Store, id, closer)
	if failed == nil {
		gone, err = s.deleteClosed(ctx, id, inUse)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return gone, errors.Join(failed, err, record.Open(ctx, s.Store, id, closer, failed == nil))
}

func (s *Server) deleteClosed(ctx context.Context, id string, inUse *bool) (gone bool, err error) {
	used, err := record.IsUsed(ctx, s.Store, id)
	if err != nil || used {
		return false, err
	}
	err = s.deleteUnused(ctx, id, inUse)
	return err == nil, err
}

// deleteUnused deletes a logical network. One that was in use before, by what
// is not Docker's here, it looks at first: an attempt would keep new ports out
// for a moment.
func (s *Server) deleteUnused(ctx context.Context, id string, inUse *bool) error {
	if *inUse {
		ports, err := s.Driver.Ports(ctx, id)
		if err != nil {
			return err
		}
		if len(ports) > 0 {
			return network.ErrInUse
		}
	}
	err := s.Driver.DeleteNetwork(ctx, id)
	*inUse = errors.Is(err, network.ErrInUse)
	return err
}

// resume finishes the removals that an earlier process began.
func (s *Server) resume(ctx context.Context) {
	for pause := minPause; s.Store != nil; pause = min(2*pause, maxPause) {
		records, err := s.ownRecords(ctx)
		for id, rec := range records {
			if rec.Removed {
				s.do(ctx, s.removal("DeleteNetwork", id))
			}
		}
		if err == nil || !sleep(ctx, pause) {
			return
		}
	}
}

// ownRecords are this host's records, and those of all hosts with ScopeGlobal.
func (s *Server) ownRecords(ctx context.Context) (map[string]record.Network, error) {
	host, err := s.ownHost(ctx)
	if err != nil {
		return nil, err
	}
	records, err := record.List(ctx, s.Store, host)
	if err != nil || s.Scope != ScopeGlobal {
		return records, err
	}
	shared, err := record.List(ctx, s.Store, record.Shared)
	maps.Copy(records, shared)
	return records, err
}

// freeNetwork ends a network of a Swarm, on its manager.
func (s *Server) freeNetwork(ctx context.Context, req dnet.FreeNetworkRequest) (empty, error) {
	inUse := false
	s.do(ctx, &job{call: "FreeNetwork", id: req.NetworkID, run: func(ctx context.Context) error {
		return s.deleteUnused(ctx, made(req.NetworkID).Network, &inUse)
	}})
	return empty{}, nil
}

// isSwarm tells the networks of a Swarm, whose ids have 25 letters and digits:
// a node deletes them when its last task goes, and the others go on.
func isSwarm(networkID string) bool { return len(networkID) == 25 }
