package names

import (
	"cmp"
	"context"
	"maps"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// follow watches the logical networks that containers of this host are in, or
// are to be in when they are started, and those in which the store has names that
// are to go. With all it ends to watch the others.
func (k *Keeper) follow(ctx context.Context, all bool) {
	k.world.mu.Lock()
	defer k.world.mu.Unlock()
	needed := k.world.needed()
	for logical := range needed {
		if k.world.shared[logical] == nil {
			watching, stop := context.WithCancel(ctx)
			s := &shared{stop: stop, records: map[holder]published{}}
			k.world.shared[logical] = s
			k.parts.Go(func() error { return k.followOne(ctx, watching, logical, s) })
		}
	}
	for logical, s := range k.world.shared {
		if all && !needed[logical] {
			s.stop()
			delete(k.world.shared, logical)
		}
	}
}

func (k *Keeper) followOne(ctx, watching context.Context, logical string, s *shared) error {
	err := k.Store.Watch(watching, prefix(logical), func(b kvstore.Batch) error {
		k.world.hear(logical, s, b)
		k.changed()
		return nil
	})
	if ctx.Err() == nil && watching.Err() != nil {
		return nil
	}
	return err
}

// needed are the logical networks to follow.
func (w *world) needed() map[string]bool {
	all, named := maps.Clone(w.suspects), map[string]bool{}
	for _, d := range w.details {
		for name, e := range d.endpoints {
			named[cmp.Or(e.network, name)] = true
		}
	}
	for id, p := range w.places {
		if len(p.members) > 0 || named[id] || named[p.network] {
			all[p.logical] = true
		}
	}
	for logical, s := range w.shared {
		for h := range s.records {
			if h.host == w.host || w.isGone(h.host) {
				all[logical] = true
			}
		}
	}
	delete(all, "")
	return all
}

// hear is what the store says of a logical network.
func (w *world) hear(logical string, s *shared, b kvstore.Batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b.Snapshot {
		s.known, s.records = true, map[holder]published{}
		delete(w.suspects, logical)
	}
	for _, e := range b.Entries {
		switch _, h, ok := parse(e.Key); {
		case !ok:
		case e.Revision == kvstore.Absent:
			delete(s.records, h)
		default:
			s.records[h] = decode(e)
		}
	}
}

// followHosts watches which hosts there are.
func (k *Keeper) followHosts(ctx context.Context) error {
	hosts := map[string]bool{}
	return k.Store.Watch(ctx, network.HostPrefix(), func(b kvstore.Batch) error {
		if b.Snapshot {
			clear(hosts)
		}
		for _, e := range b.Entries {
			if parts, err := kvstore.Split(e.Key); err == nil && len(parts) == 2 {
				host, err := kvstore.Decode[network.Host](e)
				hosts[parts[1]] = e.Revision != kvstore.Absent && (err != nil || !host.Removed)
			}
		}
		if k.world.hearHosts(hosts) {
			k.search.Store(true)
		}
		k.changed()
		return nil
	})
}
