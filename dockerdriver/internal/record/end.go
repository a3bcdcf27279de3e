package record

import (
	"context"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// gate tells whether a logical network is closed.
type gate struct {
	Closed bool `json:"closed"`
}

// Close has nobody begin to use a logical network; then [IsUsed] tells for good
// that nobody does. [Open] must follow, whatever happens.
//
// It reads before it writes: so what was lost on its way can't arrive after Open.
func Close(ctx context.Context, s kvstore.Store, logical string) error {
	return kvstore.Update(ctx, s, func(tx *kvstore.Tx) error {
		if _, err := tx.Get(gateKey(logical)); err != nil {
			return err
		}
		return kvstore.Save(tx, gateKey(logical), gate{Closed: true})
	})
}

// Open ends a Close. Where that was done and there is no gate any more, the
// logical network has gone meanwhile; where it failed it may still be on its way.
func Open(ctx context.Context, s kvstore.Store, logical string, done bool) error {
	return kvstore.Update(ctx, s, func(tx *kvstore.Tx) error {
		_, found, err := kvstore.Load[gate](tx, gateKey(logical))
		if err != nil || done && !found {
			return err
		}
		return kvstore.Save(tx, gateKey(logical), gate{})
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
	removed, err := list[removed](ctx, s, kvstore.Prefix("docker", "removed", logical))
	if err != nil {
		return err
	}
	names, err := usedNames(ctx, s, logical)
	if err != nil {
		return err
	}
	return kvstore.Update(ctx, s, func(tx *kvstore.Tx) error {
		for name := range removed {
			if !slices.Contains(names, name) && !slices.Contains(names, "") {
				tx.Delete(removalKey(logical, name))
			}
		}
		if gone {
			tx.Delete(gateKey(logical))
		}
		return nil
	})
}

// usedNames are the names by which a logical network is used; "" where one is
// not known yet.
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
