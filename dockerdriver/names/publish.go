package names

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// change is a record to write; one without addresses is to go.
type change struct {
	logical string
	holder
	published
}

// errNoHost means that a host has no record: it was removed, or has not said yet
// that it is there.
var errNoHost = errors.New("this host is not in the store")

// publish has the store say what this host's containers are called, and nothing
// of hosts that were removed.
func (k *Keeper) publish(ctx context.Context) error {
	if err := k.findSuspects(ctx); err != nil {
		return k.away(ctx, err)
	}
	k.world.mu.Lock()
	changes := k.world.changes(time.Now())
	host := k.world.host
	k.world.mu.Unlock()
	var errs []error
	for _, c := range changes {
		errs = append(errs, kvstore.Update(ctx, k.Store, func(tx *kvstore.Tx) error { return c.make(tx, host) }))
	}
	k.sayWhoLost()
	return errors.Join(errs...)
}

// findSuspects finds the logical networks in which there may be names that are
// to go, at the start and when a host was removed.
func (k *Keeper) findSuspects(ctx context.Context) error {
	host, err := k.Host(ctx)
	if err != nil || !k.search.CompareAndSwap(true, false) {
		return err
	}
	entries, err := k.Store.List(ctx, allNames)
	if err != nil {
		k.search.Store(true)
		return err
	}
	k.world.suspect(host, entries)
	k.follow(ctx, false)
	return nil
}

func (w *world) suspect(host string, entries []kvstore.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range entries {
		if logical, h, ok := parse(e.Key); ok && w.shared[logical] == nil && (h.host == host || w.isGone(h.host)) {
			w.suspects[logical] = true
		}
	}
}

// make makes a change, unless the host that it is about came or went.
func (c change) make(tx *kvstore.Tx, self string) error {
	host, exists, err := kvstore.Load[network.Host](tx, hostKey(c.host))
	exists = exists && !host.Removed
	switch {
	case err != nil:
		return err
	case len(c.Addresses) > 0 && !exists:
		return errNoHost
	case len(c.Addresses) > 0:
		return kvstore.Save(tx, key(c.logical, c.holder), c.published)
	case c.host == self || !exists:
		tx.Delete(key(c.logical, c.holder))
	}
	return nil
}

// changes are the differences between what is and what the store says.
func (w *world) changes(now time.Time) (all []change) {
	if !w.looked {
		return nil
	}
	here := w.here()
	for _, logical := range slices.Sorted(maps.Keys(w.shared)) {
		s := w.shared[logical]
		if !s.known {
			continue
		}
		for h := range s.records {
			if _, stays := here[logical][h.container]; w.isGone(h.host) || h.host == w.host && !stays {
				all = append(all, change{logical: logical, holder: h})
			}
		}
		for _, container := range slices.Sorted(maps.Keys(here[logical])) {
			h, r := holder{w.host, container}, here[logical][container]
			if old, published := s.records[h]; !published || !r.equals(old) {
				r.Names = s.dated(h, r.Names, now)
				all = append(all, change{logical, h, r})
			}
		}
	}
	return all
}

// here are the records that there should be of this host, by logical network and
// container.
func (w *world) here() map[string]map[string]published {
	all := map[string]map[string]published{}
	for id, p := range w.places {
		if p.logical == "" {
			continue
		}
		for container, m := range p.members {
			if len(m.addresses) == 0 || !isID(container) {
				continue
			}
			if all[p.logical] == nil {
				all[p.logical] = map[string]published{}
			}
			all[p.logical][container] = all[p.logical][container].with(w.called(container, m), w.aliases(id, container), m)
		}
	}
	return all
}

// with is a record with one endpoint more.
func (r published) with(name string, aliases []string, m member) published {
	names := map[string]time.Time{}
	if maps.Copy(names, r.Names); isName(name) {
		names[name] = time.Time{}
	}
	aliases = slices.Concat(r.Aliases, aliases)
	aliases = slices.DeleteFunc(aliases, func(a string) bool { return strings.EqualFold(a, name) })
	slices.Sort(aliases)
	r.Names, r.Aliases = names, slices.Compact(aliases)
	r.Addresses = slices.Concat(r.Addresses, m.addresses)
	slices.SortFunc(r.Addresses, netip.Addr.Compare)
	return r
}

// dated are names with the times since when a container has had them: now, and
// after all who have them already, whatever their clocks say.
func (s *shared) dated(h holder, names map[string]time.Time, now time.Time) map[string]time.Time {
	all := map[string]time.Time{}
	for name := range names {
		if old, had := s.records[h].Names[name]; had {
			all[name] = old
			continue
		}
		at := now.UTC()
		for other := range s.records {
			if since := s.since(name, other); other != h && !since.Before(at) {
				at = since.Add(1)
			}
		}
		all[name] = at
	}
	return all
}

// sayWhoLost says which containers of this host are not found by their names on
// others.
func (k *Keeper) sayWhoLost() {
	k.world.mu.Lock()
	lost := k.world.lost()
	k.world.mu.Unlock()
	for subject := range k.lost {
		if lost[subject] == nil {
			k.quiet(subject)
		}
	}
	k.lost = lost
	for subject, details := range lost {
		k.tell(subject, "another container has had this name longer: on other hosts the name leads there", details...)
	}
}

// lost are the names of this host's containers that lead to others, with what
// to say of them.
func (w *world) lost() map[string][]any {
	all := map[string][]any{}
	for logical, s := range w.shared {
		owners := w.owners(logical)
		for h, r := range s.records {
			for name := range r.Names {
				owner := owners[strings.ToLower(name)]
				if h.host == w.host && h != owner {
					all[logical+"/"+name+"/"+h.container] = []any{"name", name, "network", logical, "host", owner.host, "container", owner.container}
				}
			}
		}
	}
	return all
}
