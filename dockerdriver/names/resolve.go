package names

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The rules. In a logical network,
//
//   - the name of a container is its own: of several, who has had it longest
//     keeps it, and the others have none;
//   - an alias, or the short id, belongs to all who have it, as in Docker.
//
// A container finds the names of the networks that it is in. Docker's DNS serves
// those of this host, and no hosts file hides them: a name that any container has
// in any of these networks on this host is left out, as is one of a network when
// an earlier one has it.

// entry is a name with an address that it leads to.
type entry struct {
	name string
	addr netip.Addr
}

// owners are the containers that the names of a logical network lead to, by name
// in lower case.
func (w *world) owners(logical string) map[string]holder {
	first := map[string]holder{}
	s := w.shared[logical]
	if s == nil {
		return first
	}
	for h, r := range s.records {
		for name := range r.Names {
			name = strings.ToLower(name)
			if now, taken := first[name]; !w.isGone(h.host) && (!taken || s.before(name, h, now) < 0) {
				first[name] = h
			}
		}
	}
	return first
}

// before compares who of two has had a name longer.
func (s *shared) before(name string, a, b holder) int {
	return cmp.Or(s.since(name, a).Compare(s.since(name, b)), cmp.Compare(a.host, b.host), cmp.Compare(a.container, b.container))
}

func (s *shared) since(name string, h holder) (first time.Time) {
	for n, at := range s.records[h].Names {
		if strings.EqualFold(n, name) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// named is a container with its names, its own first.
type named struct {
	holder
	names     []string
	addresses []netip.Addr
}

// index is what a logical network has, sorted.
func (w *world) index(logical string) (all []named) {
	owners := w.owners(logical)
	for h, r := range w.shared[logical].all() {
		n := named{holder: h, addresses: r.Addresses}
		for _, name := range sorted(r.Names) {
			if owners[strings.ToLower(name)] == h {
				n.names = append(n.names, name)
			}
		}
		if n.names = append(n.names, r.Aliases...); !w.isGone(h.host) {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b named) int {
		return cmp.Or(slices.Compare(a.names, b.names), cmp.Compare(a.host, b.host), cmp.Compare(a.container, b.container))
	})
	return all
}

func (s *shared) all() map[holder]published {
	if s == nil {
		return nil
	}
	return s.records
}

// wanted is what the hosts files of containers in some networks are to say of
// others, and whether that is all: the store may not have told yet.
func (w *world) wanted(networks []string) (entries []entry, complete bool) {
	taken, complete, done := w.served(networks), true, map[string]bool{"": true}
	for _, id := range networks {
		logical := w.places[id].logical
		if done[logical] {
			continue
		}
		done[logical] = true
		complete = complete && w.tells(logical)
		new := map[string]bool{}
		for _, n := range w.index(logical) {
			entries = append(entries, n.entries(taken, new)...)
		}
		maps.Copy(taken, new)
	}
	return entries, complete
}

// served are the names, in lower case, that Docker's DNS has in some networks.
func (w *world) served(networks []string) map[string]bool {
	all := map[string]bool{}
	for _, id := range networks {
		p := w.places[id]
		for container, m := range p.members {
			for _, name := range append(w.aliases(id, container), w.called(container, m), m.name) {
				all[strings.ToLower(name)] = true
			}
		}
	}
	return all
}

// entries are what is not taken, which new gets.
func (n named) entries(taken, new map[string]bool) (all []entry) {
	for _, name := range n.names {
		low := strings.ToLower(name)
		if taken[low] {
			continue
		}
		new[low] = true
		for _, a := range n.addresses {
			all = append(all, entry{name, a})
		}
	}
	return all
}

func sorted(m map[string]time.Time) []string { return slices.Sorted(maps.Keys(m)) }
