package record

import (
	"context"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// gate tells by whom a logical network is closed. It is open when all of them
// have opened it: each may be about to delete what nobody uses.
type gate struct {
	Closers []string `json:"closers,omitempty"` // as [Closer] gives them
}

// Closer names who closes a logical network: the host whose NetworkID is to use
// it no more; "": what its network sync was making.
func Closer(host, networkID string) string { return host + "/" + networkID }

// Close has nobody begin to use a logical network; then [IsUsed] tells for good
// that nobody does. [Open] must follow, whatever happens: a closer that died goes
// on from here.
//
// It reads before it writes: so what was lost on its way can't arrive after Open.
func Close(ctx context.Context, s kvstore.Store, logical, closer string) error {
	return kvstore.Update(ctx, s, func(tx *kvstore.Tx) error {
		g, _, err := kvstore.Load[gate](tx, gateKey(logical))
		if err != nil {
			return err
		}
		if !slices.Contains(g.Closers, closer) {
			g.Closers = append(g.Closers, closer)
		}
		return kvstore.Save(tx, gateKey(logical), g)
	})
}

// Open ends a Close. Where that was done and there is no gate any more, the
// logical network has gone meanwhile; where it failed it may still be on its way.
func Open(ctx context.Context, s kvstore.Store, logical, closer string, done bool) error {
	return kvstore.Update(ctx, s, func(tx *kvstore.Tx) error {
		g, found, err := kvstore.Load[gate](tx, gateKey(logical))
		if err != nil || done && !found {
			return err
		}
		g.Closers = slices.DeleteFunc(g.Closers, func(c string) bool { return c == closer })
		return kvstore.Save(tx, gateKey(logical), g)
	})
}

// IsUsed tells whether any host uses a logical network.
func IsUsed(ctx context.Context, s kvstore.Store, logical string) (bool, error) {
	uses, err := s.List(ctx, kvstore.Prefix("docker", "use", logical))
	return len(uses) > 0, err
}

// Reap ends the removals of which no host has the network any more. With gone
// the logical network does not exist.
func Reap(ctx context.Context, s kvstore.Store, logical string, gone bool) error {
	removals, err := s.List(ctx, kvstore.Prefix("docker", "removed", logical))
	if err != nil {
		return err
	}
	names, err := usedNames(ctx, s, logical)
	if err != nil {
		return err
	}
	done := slices.DeleteFunc(removals, func(e kvstore.Entry) bool { return slices.Contains(names, last(e.Key)) })
	return kvstore.Update(ctx, s, func(tx *kvstore.Tx) error {
		if gone {
			tx.Delete(gateKey(logical))
		}
		return deleteSame(tx, done)
	})
}

// deleteSame deletes entries that are still as they were: a network may have been
// made again and removed again meanwhile.
func deleteSame(tx *kvstore.Tx, entries []kvstore.Entry) error {
	for _, e := range entries {
		now, err := tx.Get(e.Key)
		if err != nil {
			return err
		}
		if now.Revision == e.Revision {
			tx.Delete(e.Key)
		}
	}
	return nil
}

// usedNames are the names by which a logical network is used.
func usedNames(ctx context.Context, s kvstore.Store, logical string) (names []string, err error) {
	uses, err := s.List(ctx, kvstore.Prefix("docker", "use", logical))
	if err != nil {
		return nil, err
	}
	for _, e := range uses {
		use, err := kvstore.Decode[Use](e)
		if err != nil {
			return nil, err
		}
		names = append(names, use.Name)
	}
	return names, nil
}
