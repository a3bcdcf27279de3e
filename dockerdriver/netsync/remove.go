package netsync

import (
	"context"
	"errors"
	"fmt"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
)

// remove removes a network that was removed on another host, unless a container
// needs it: one that is stopped would not start without.
func (s *Syncer) remove(ctx context.Context, host string, n network.Summary) error {
	all, err := s.Docker.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return err
	}
	for _, c := range all {
		if names(c, n) {
			s.tell(n.Name, "the network was removed on another host: it stays here until its last container is removed or disconnected", "container", fmt.Sprint(c.Names))
			return nil
		}
	}
	err = kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) error { return record.Leave(tx, host, n.ID) })
	if errors.Is(err, record.ErrGone) {
		return nil // the next pass knows
	}
	if err == nil {
		err = s.Docker.NetworkRemove(ctx, n.ID)
	}
	if err != nil {
		s.tell(n.Name, "the network was removed on another host, and can't be removed here", "error", err)
		return err
	}
	s.quiet(n.Name)
	s.log().Info("removed a network that was removed on another host", "network", n.Name, "id", n.ID)
	return nil
}

// names tells whether a container, running or not, is to be in a network.
func names(c container.Summary, n network.Summary) bool {
	if mode := c.HostConfig.NetworkMode; mode == n.Name || mode == n.ID {
		return true
	}
	if c.NetworkSettings == nil {
		return false
	}
	for name, endpoint := range c.NetworkSettings.Networks {
		if name == n.Name || endpoint != nil && endpoint.NetworkID == n.ID {
			return true
		}
	}
	return false
}
