package plan

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/ovs"
)

// ledger knows which flow follows from which object. Where two objects want
// the same entry of the switch (a MAC that two ports have, say, while one is
// being replaced), the first in the order of objects has it, so that the
// outcome doesn't depend on who came first.
type ledger struct {
	claims map[string][]claim  // by key of the entry; the first one holds
	keys   map[object][]string // of the entries that an object claims
	before map[string]ovs.Flow // entries touched since the last changes, as they were; no Cookie: absent
}

// claim is an object's wish for a flow.
type claim struct {
	object object
	flow   ovs.Flow
}

func newLedger() ledger {
	return ledger{claims: map[string][]claim{}, keys: map[object][]string{}, before: map[string]ovs.Flow{}}
}

// set replaces the flows of an object.
func (l *ledger) set(o object, flows []ovs.Flow) {
	keys := make([]string, len(flows))
	for i, f := range flows {
		keys[i] = keyOf(f)
		l.touch(keys[i])
		l.claims[keys[i]] = withClaim(l.claims[keys[i]], claim{o, f})
	}
	slices.Sort(keys)
	for _, k := range l.keys[o] {
		if _, still := slices.BinarySearch(keys, k); !still {
			l.touch(k)
			l.release(o, k)
		}
	}
	if l.keys[o] = keys; len(keys) == 0 {
		delete(l.keys, o)
	}
}

// touch remembers an entry as it was before.
func (l *ledger) touch(key string) {
	if _, known := l.before[key]; known {
		return
	}
	var was ovs.Flow
	if c := l.claims[key]; len(c) > 0 {
		was = c[0].flow
	}
	l.before[key] = was
}

// withClaim adds a claim in the order of objects, or replaces the object's own.
func withClaim(claims []claim, c claim) []claim {
	i, own := slices.BinarySearchFunc(claims, c, func(a, b claim) int { return compare(a.object, b.object) })
	if own {
		claims[i] = c
		return claims
	}
	return slices.Insert(claims, i, c)
}

// release ends an object's claim.
func (l *ledger) release(o object, key string) {
	left := slices.DeleteFunc(l.claims[key], func(c claim) bool { return c.object == o })
	if l.claims[key] = left; len(left) == 0 {
		delete(l.claims, key)
	}
}

// flows lists the flows that hold, sorted.
func (l *ledger) flows() []ovs.Flow {
	flows := make([]ovs.Flow, 0, len(l.claims))
	for _, key := range slices.Sorted(maps.Keys(l.claims)) {
		flows = append(flows, l.claims[key][0].flow)
	}
	return flows
}

// changes lists what is different since it was last called, sorted.
func (l *ledger) changes() ovs.Changes {
	var c ovs.Changes
	for _, key := range slices.Sorted(maps.Keys(l.before)) {
		was, claims := l.before[key], l.claims[key]
		switch {
		case len(claims) == 0 && was.Cookie != 0:
			c.Delete = append(c.Delete, was)
		case len(claims) > 0 && claims[0].flow.Cookie != was.Cookie:
			c.Add = append(c.Add, claims[0].flow)
		}
	}
	l.before = map[string]ovs.Flow{} // clearing would cost as much as it ever held
	return c
}

func compare(a, b object) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id), cmp.Compare(a.part, b.part))
}

// keyOf is the same for flows of which one replaces the other. Keys sort like
// their flows: by table, priority (highest first) and match.
func keyOf(f ovs.Flow) string {
	b := make([]byte, 0, 3+33*len(f.Match))
	b = append(b, f.Table)
	b = binary.BigEndian.AppendUint16(b, ^f.Priority)
	for _, t := range f.Match {
		b = append(b, byte(t.Field))
		b = append(b, t.Value[:]...)
		b = append(b, t.Mask[:]...)
	}
	return string(b)
}
