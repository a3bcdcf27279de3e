package names

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

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
