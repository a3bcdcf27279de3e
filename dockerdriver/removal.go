package dockerdriver

import (
	"context"
	"errors"

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
	s.do(ctx, s.removal("NetworkRemoved", networkID))
}

// NetworkLost says that Docker has a network no more that nobody removed, such
// as after its data were deleted. Other hosts keep theirs.
func (s *Server) NetworkLost(ctx context.Context, networkID string) {
	s.do(ctx, s.ending("NetworkLost", networkID, record.Lose))
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
			err = s.update(ctx, func(tx *kvstore.Tx, host string) error { return mark(tx, host, networkID) })
		}
		if err == nil {
			err = s.release(ctx, rec, &inUse)
		}
		if err != nil {
			return err
		}
		return s.forget(ctx, networkID)
	}}
}

// release deletes a logical network that Docker made, once no Docker network of
// any host uses it.
func (s *Server) release(ctx context.Context, rec record.Network, inUse *bool) error {
	if s.Store == nil {
		if rec.Attached {
			return nil
		}
		return s.deleteUnused(ctx, rec.Network, inUse)
	}
	ending, err := record.Close(ctx, s.Store, rec.Network)
	if err == nil {
		err = s.deleteClosed(ctx, rec, ending, inUse)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(err, ending.Open(ctx))
}

func (s *Server) deleteClosed(ctx context.Context, rec record.Network, ending *record.Ending, inUse *bool) error {
	used, err := ending.Used(ctx)
	if err != nil || used {
		return err
	}
	dockers, err := s.isDockers(ctx, rec)
	if err != nil || !dockers {
		return err
	}
	return s.deleteUnused(ctx, rec.Network, inUse)
}

// isDockers tells whether a logical network was made by Docker, on any host.
func (s *Server) isDockers(ctx context.Context, rec record.Network) (bool, error) {
	if !rec.Attached {
		return true, nil
	}
	spec, err := s.Driver.Network(ctx, rec.Network)
	if errors.Is(err, network.ErrNotFound) {
		return false, nil
	}
	return spec.Network.Owner.Face == face, err
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

func (s *Server) ownRecords(ctx context.Context) (map[string]record.Network, error) {
	host, err := s.recordHost(ctx)
	if err != nil {
		return nil, err
	}
	return record.List(ctx, s.Store, host)
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
