package netsync

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
)

// pass compares this host's Docker with the store, and does what there is to do.
func (s *Syncer) pass(ctx context.Context) error {
	st, err := s.look(ctx)
	if err == nil {
		err = s.abandonMaking(ctx, st.host)
	}
	if err != nil {
		s.away(ctx, err)
		return err
	}
	s.quiet("")
	errs := []error{s.unknown(ctx, st), s.missed(ctx, st), s.labelAll(ctx, st)}
	for _, id := range slices.Sorted(maps.Keys(st.byID)) {
		if rec, known := st.records[id]; known && !rec.Removed {
			errs = append(errs, s.here(ctx, st, st.byID[id], rec))
		}
	}
	if s.Plugin.Scope == dockerdriver.ScopeGlobal {
		s.unshared(st)
		return errors.Join(errs...)
	}
	for _, name := range slices.Sorted(maps.Keys(st.claims)) {
		errs = append(errs, s.elsewhere(ctx, st, name))
	}
	return errors.Join(errs...)
}

// unshared tells of networks that are Docker's to share, and that a Docker without
// a cluster store does not share: one newer than 20.10.
func (s *Syncer) unshared(st state) {
	for _, n := range st.byID {
		if n.Driver == s.driver() && n.Scope == dockerdriver.ScopeGlobal && versions.GreaterThan(s.Docker.ClientVersion(), "1.41") {
			s.tell(n.Name, "the network stays on this host: Docker 20.10 is the last that shares networks itself; set scope to local", "id", n.ID)
		}
	}
}

// scopeLocal is the scope of networks that Docker itself does not share.
const scopeLocal = dockerdriver.ScopeLocal

// here sees to a network that this host's Docker has.
func (s *Syncer) here(ctx context.Context, st state, n network.Summary, rec record.Network) error {
	claim, claimed := st.claims[n.Name]
	switch {
	case n.Scope != scopeLocal:
		return nil // Docker itself shares it
	case st.toRemove(n, rec):
		return s.remove(ctx, st.host, n)
	case n.IPAM.Driver != s.driver():
		s.tell(n.Name, "the network stays on this host: create it with --ipam-driver "+s.driver())
		return nil
	case claimed && claim.Network != rec.Network:
		s.tell(n.Name, "the network stays on this host: on the others the name is another network's", "host", claim.Host, "id", claim.NetworkID)
		return nil
	case claimed && rec.Name == n.Name && !rec.Leaving:
		s.quiet(n.Name)
		return nil
	}
	return s.take(ctx, st.host, n, rec)
}

// toRemove tells whether a network was removed on another host.
func (st state) toRemove(n network.Summary, rec record.Network) bool {
	return rec.Name == n.Name && st.removals[record.Removal{Network: rec.Network, Name: n.Name}]
}

// elsewhere sees to a network that other hosts have, or had.
func (s *Syncer) elsewhere(ctx context.Context, st state, name string) error {
	n, exists := st.byName[name]
	switch {
	case !exists && st.held[name]:
	case !exists && st.claims[name].Spec.NoIPv4 && !s.tellsIPv4():
		s.tell(name, "the network is not made on this host: it has no IPv4, which needs Docker 28 or newer", "host", st.claims[name].Host)
	case !exists:
		return s.create(ctx, st, name)
	case n.Driver != s.driver():
		s.tell(name, "the network is not made on this host: another one has its name", "driver", n.Driver)
	}
	return nil
}
