package netsync

import (
	"context"

	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
)

// state is all that a pass looks at. It may be old when something is done about
// it: what is done in the store looks again, and Docker refuses what it must.
type state struct {
	host     string
	records  map[string]record.Network // of this host, by NetworkID
	shared   map[string]record.Network // of networks that Docker itself shares
	claims   map[string]record.Claim   // by name
	removals map[record.Removal]bool
	held     map[string]bool            // names of networks that are not to be made now
	byID     map[string]network.Summary // the networks of this host's Docker
	byName   map[string]network.Summary
}

// look reads the store and then Docker: a network whose record has its name was
// in Docker's list before that was written, and is in it now, or gone.
func (s *Syncer) look(ctx context.Context) (st state, err error) {
	if st.host, err = s.Plugin.Host(ctx); err != nil {
		return st, err
	}
	store := s.Plugin.Store
	if st.records, err = record.List(ctx, store, st.host); err != nil {
		return st, err
	}
	if st.shared, err = record.List(ctx, store, record.Shared); err != nil {
		return st, err
	}
	if st.claims, err = record.ListClaims(ctx, store); err != nil {
		return st, err
	}
	if st.removals, err = record.ListRemovals(ctx, store); err != nil {
		return st, err
	}
	s.waiting.Store(len(st.removals) > 0)
	networks, err := s.Docker.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return st, err
	}
	st.held = map[string]bool{}
	st.byID, st.byName = map[string]network.Summary{}, map[string]network.Summary{}
	for _, n := range networks {
		st.byID[n.ID], st.byName[n.Name] = n, n
	}
	return st, nil
}
