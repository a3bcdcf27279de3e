package ovs

import "encoding/binary"

// Diff compares the flows that a bridge should have with those that it has of
// the same owner, and returns what makes the second the first. Flows carry
// cookies of [Stamp]; want has at most one flow an entry. A flow whose cookie
// is there already is not touched. An entry with other content is only added,
// which replaces it.
func Diff(want, have []Flow) Changes {
	wanted := make(map[uint64]string, len(want)) // cookie → entry
	entries := make(map[string]bool, len(want))
	for _, f := range want {
		e := f.entry()
		wanted[f.Cookie] = e
		entries[e] = true
	}
	there := make(map[uint64]bool, len(have))
	for _, f := range have {
		if e, ok := wanted[f.Cookie]; ok && e == f.entry() {
			there[f.Cookie] = true
		}
	}
	var c Changes
	for _, f := range want {
		if !there[f.Cookie] {
			c.Add = append(c.Add, f)
		}
	}
	for _, f := range have {
		// A wanted cookie on an entry that isn't wanted goes only once its flow
		// is certainly elsewhere.
		_, right := wanted[f.Cookie]
		if !entries[f.entry()] && (!right || there[f.Cookie]) {
			c.Delete = append(c.Delete, f)
		}
	}
	return c
}

// entry is the same for flows of which one replaces the other.
func (f Flow) entry() string {
	b := make([]byte, 0, 3+33*len(f.Match))
	b = append(b, f.Table)
	b = binary.BigEndian.AppendUint16(b, f.Priority)
	for _, t := range f.Match {
		b = append(b, byte(t.Field))
		b = append(b, t.Value[:]...)
		b = append(b, t.Mask[:]...)
	}
	return string(b)
}
