package netsync

import (
	"context"
	"maps"
	"time"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
)

// moment is longer than Docker takes to create or to remove a network, but for
// what it does not show: three calls of the plugin, of less than ten seconds each.
const moment = 30 * time.Second

// missed sees to the records of networks that this host's Docker does not have:
// it is just creating or removing them, it did not tell the plugin that they were
// removed, or nobody removed them. Only these are made again.
func (s *Syncer) missed(ctx context.Context, st state) error {
	var missing []string
	known := s.ofDocker(st)
	for id := range known {
		if _, exists := st.byID[id]; !exists {
			missing = append(missing, id)
		}
	}
	s.missing = s.missing.next(missing)
	if len(missing) == 0 {
		return nil
	}
	destroyed, err := s.destroyed(ctx)
	if err != nil {
		return err
	}
	for _, id := range missing {
		rec := known[id]
		_, shared := st.shared[id]
		switch {
		case destroyed[id], rec.Removed && s.missing.long(id):
			s.Plugin.NetworkRemoved(ctx, id)
			st.held[rec.Name] = true
		case !s.missing.long(id): // Docker or the plugin is at it
			st.held[rec.Name] = !rec.Removed || st.held[rec.Name]
		case shared: // Docker has none of these while its cluster store is away
		case st.isLost(rec):
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

// isLost tells whether a network is gone that nobody removed. One that all hosts
// have by its name keeps its record until it is made again, so that its logical
// network stays.
func (st state) isLost(rec record.Network) bool {
	if rec.Name == "" || st.claims[rec.Name].Network != rec.Network {
		return true
	}
	return st.records[st.byName[rec.Name].ID].Network == rec.Network
}

// seen is since when something has been so, by NetworkID.
type seen map[string]time.Time

// next is seen with what is so now.
func (s seen) next(ids []string) seen {
	now := seen{}
	for _, id := range ids {
		now[id] = s[id]
		if now[id].IsZero() {
			now[id] = time.Now()
		}
	}
	return now
}

// long tells whether something has been so for longer than a change takes.
func (s seen) long(id string) bool { return time.Since(s[id]) >= moment }
