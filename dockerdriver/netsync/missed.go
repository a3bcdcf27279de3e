package netsync

import (
	"context"
	"maps"
	"time"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
)

// missed sees to the records of networks that this host's Docker does not have:
// it did not tell the plugin that they were removed, or nobody removed them.
func (s *Syncer) missed(ctx context.Context, st state) error {
	missing, known := map[string]time.Time{}, s.ofDocker(st)
	for id := range known {
		if _, exists := st.byID[id]; !exists {
			missing[id] = s.missing[id]
			if missing[id].IsZero() {
				missing[id] = time.Now()
			}
		}
	}
	s.missing = missing
	if len(missing) == 0 {
		return nil
	}
	destroyed, err := s.destroyed(ctx)
	if err != nil {
		return err
	}
	for id, since := range missing {
		rec := known[id]
		_, shared := st.shared[id]
		switch {
		case rec.Removed && time.Since(since) < maxPause:
			// the plugin is at it
		case rec.Removed, destroyed[id]:
			s.Plugin.NetworkRemoved(ctx, id)
			delete(st.claims, rec.Name)
		case shared: // Docker has none of these while its cluster store is away
		case s.isLost(st, rec, since):
			s.Plugin.NetworkLost(ctx, id)
		}
	}
	return nil
}

// ofDocker are the records that this host's Docker may have networks of, by
// NetworkID.
func (s *Syncer) ofDocker(st state) map[string]record.Network {
	if s.Plugin.Scope != dockerdriver.ScopeGlobal {
		return st.records
	}
	known := maps.Clone(st.records)
	maps.Copy(known, st.shared)
	return known
}

// isLost tells whether a network is gone that nobody removed. One that has no
// name may be just being created. One that all hosts have by its name keeps its
// record until it is made again, so that its logical network stays.
func (s *Syncer) isLost(st state, rec record.Network, since time.Time) bool {
	switch {
	case rec.Name == "":
		return time.Since(since) >= maxPause
	case st.claims[rec.Name].Network == rec.Network:
		return st.records[st.byName[rec.Name].ID].Network == rec.Network
	}
	return true
}
