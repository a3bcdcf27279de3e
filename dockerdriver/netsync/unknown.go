package netsync

import (
	"context"
	"errors"

	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
	vlcp "github.com/vlcp-go/vlcp/network"
)

// unknown sees to Docker's networks of which the store has no record, such as
// after it lost its data, or after the host was removed and is back. They stay:
// nobody removed them.
func (s *Syncer) unknown(ctx context.Context, st state) error {
	var unknown []string
	for id, n := range st.byID {
		if _, known := st.records[id]; !known && n.Driver == s.driver() && n.Scope == scopeLocal {
			unknown = append(unknown, id)
		}
	}
	s.unrecorded = s.unrecorded.next(unknown)
	var errs []error
	for _, id := range unknown {
		if s.unrecorded.long(id) {
			errs = append(errs, s.adopt(ctx, st, st.byID[id]))
		}
	}
	return errors.Join(errs...)
}

// adopt gives a network a record again, if it is what all hosts have by its name.
func (s *Syncer) adopt(ctx context.Context, st state, n network.Summary) error {
	logical, attached := n.Options[record.OptionNetwork]
	if !attached {
		logical = record.Own(n.ID)
	}
	_, err := s.Plugin.Driver.Network(ctx, logical)
	switch {
	case st.claims[n.Name].Network != logical, errors.Is(err, vlcp.ErrNotFound):
		s.tell(n.Name, "the store does not know the network: remove it, and create it again unless another host has it", "id", n.ID)
		return nil
	case err != nil:
		return err
	}
	return kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) error {
		claim, _, err := record.LoadClaim(tx, n.Name)
		if err != nil || claim.Network != logical {
			return err
		}
		_, found, err := record.Load(tx, st.host, n.ID)
		if err != nil || found {
			return err
		}
		return record.Network{Network: logical, Attached: attached, Internal: n.Internal}.Begin(tx, st.host, n.ID, false)
	})
}
