package network

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Update is what a watch delivers at once.
type Update struct {
	// Snapshot tells that Objects are all that exist of Kinds, and replace what
	// was known of them before.
	Snapshot bool
	Kinds    []Kind
	Objects  []Object // changed ones; Value nil: deleted
}

// Watch calls fn, from one goroutine at a time, with a snapshot of the objects
// of these kinds, and then with what changes; where the store lost track, with
// another snapshot. A snapshot may have some of the kinds only, and others follow
// in another. It ends when ctx ends, when fn fails, when the store is closed, or
// at an object that can't be read, and the error says which. An fn that takes its
// time holds up nobody.
func (m *Model) Watch(ctx context.Context, fn func(Update) error, kinds ...Kind) error {
	byPrefix := map[string][]Kind{}
	for _, kind := range kinds {
		prefix, err := prefixOf(kind)
		if err != nil {
			return err
		}
		byPrefix[prefix] = append(byPrefix[prefix], kind)
	}
	turn := make(chan struct{}, 1)
	watches, ctx := errgroup.WithContext(ctx)
	for prefix, kinds := range byPrefix {
		watches.Go(func() error {
			return m.store.Watch(ctx, prefix, func(b kvstore.Batch) error {
				u, err := updateOf(b, kinds)
				if err != nil || !u.Snapshot && len(u.Objects) == 0 {
					return err
				}
				select {
				case turn <- struct{}{}:
				case <-ctx.Done():
					return ctx.Err()
				}
				defer func() { <-turn }()
				return fn(u)
			})
		})
	}
	return watches.Wait()
}

// prefixOf is the prefix of the keys of a kind.
func prefixOf(kind Kind) (string, error) {
	switch kind {
	case KindPhysical, KindPhysicalPort:
		return PhysicalPrefix(), nil
	case KindNetwork, KindSubnet, KindPort:
		return kvstore.Prefix("net"), nil
	case KindRouter, KindInterface:
		return kvstore.Prefix("router"), nil
	case KindHost:
		return HostPrefix(), nil
	case KindAgent:
		return kvstore.Prefix("alive"), nil
	}
	return "", invalidf("a %s can't be watched", kind)
}

// updateOf is what a batch says of objects of these kinds.
func updateOf(b kvstore.Batch, kinds []Kind) (Update, error) {
	u := Update{Snapshot: b.Snapshot, Kinds: kinds}
	for _, e := range b.Entries {
		o, err := Decode(e)
		if !slices.Contains(kinds, o.Kind) {
			continue
		}
		if err != nil {
			return u, call{verb: "watch", kind: o.Kind}.fail(o.ID, err)
		}
		if h, isHost := o.Value.(Host); isHost && h.Removed {
			o.Value = nil
		}
		u.Objects = append(u.Objects, o)
	}
	return u, nil
}
