package record

import (
	"context"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Ending is a logical network that is closed: nobody begins to use it.
type Ending struct {
	store   kvstore.Store
	logical string
	names   map[string]bool // of its uses; "": there is one whose name is not known
	removed []string        // names
}

// Close closes a logical network. [Ending.Open] must be called, whatever happens.
func Close(ctx context.Context, s kvstore.Store, logical string) (*Ending, error) {
	e := &Ending{store: s, logical: logical}
	return e, kvstore.Update(ctx, s, func(tx *kvstore.Tx) error {
		tx.Put(closedKey(logical), nil)
		return nil
	})
}

// Used tells whether any host uses the logical network.
func (e *Ending) Used(ctx context.Context) (bool, error) {
	uses, err := e.store.List(ctx, kvstore.Prefix("docker", "use", e.logical))
	if err != nil {
		return true, err
	}
	removed, err := e.store.List(ctx, kvstore.Prefix("docker", "removed", e.logical))
	if err != nil {
		return true, err
	}
	e.names = map[string]bool{}
	for _, entry := range uses {
		use, err := kvstore.Decode[Use](entry)
		if err != nil {
			return true, err
		}
		e.names[use.Name] = true
	}
	for _, entry := range removed {
		e.removed = append(e.removed, last(entry.Key))
	}
	return len(uses) > 0, nil
}

// Open ends the closing, and what was to be remembered of Docker networks that
// no host has any more.
func (e *Ending) Open(ctx context.Context) error {
	return kvstore.Update(ctx, e.store, func(tx *kvstore.Tx) error {
		tx.Delete(closedKey(e.logical))
		for _, name := range e.removed {
			if !e.names[name] && !e.names[""] {
				tx.Delete(removalKey(e.logical, name))
			}
		}
		return nil
	})
}
