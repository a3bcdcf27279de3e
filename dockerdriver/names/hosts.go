package names

import (
	"slices"
	"strings"
)

// mark ends those lines of a hosts file that are ours.
const mark = " # vlcp"

// Bounds of a hosts file, in bytes.
const (
	maxOurs = 512 << 10 // all lines that are ours
	maxFile = 2 << 20   // what is larger is left alone
)

// order is what the hosts files of containers in the same networks are to say.
type order struct {
	lines    []string
	index    map[string]int   // of lines
	named    map[string][]int // the indices of the lines with a name, in lower case
	complete bool             // that is all
	cut      bool             // there was no room for everything
}

// newOrder makes the order for some entries.
func newOrder(entries []entry, complete bool) *order {
	o := &order{index: map[string]int{}, named: map[string][]int{}, complete: complete}
	size := 0
	for _, e := range entries {
		line := e.addr.String() + " " + e.name + mark
		if size += len(line) + 1; size > maxOurs {
			o.cut = true
			break
		}
		if _, twice := o.index[line]; twice {
			continue
		}
		name := strings.ToLower(e.name)
		o.index[line], o.named[name] = len(o.lines), append(o.named[name], len(o.lines))
		o.lines = append(o.lines, line)
	}
	return o
}

// edit is what is to be done to a hosts file.
type edit struct {
	add   string // lines to append
	write bool   // instead, write all of it anew: lines are to go
	whole string // with write
}

// plan compares a hosts file with the order. Lines that aren't ours stay as they
// are, and go before ours: a name that they have is left out. Where the order is
// not complete, nothing goes.
func (o *order) plan(old string) (e edit) {
	theirs, ours := split(old)
	done := make([]bool, len(o.lines))
	for name := range namesIn(theirs) {
		for _, i := range o.named[name] {
			done[i] = true
		}
	}
	var kept []string
	for _, line := range ours {
		i, wanted := o.index[line]
		switch {
		case wanted && !done[i]:
			done[i] = true
			kept = append(kept, line)
		case !o.complete && !slices.Contains(kept, line):
			kept = append(kept, line)
		default:
			e.write = true
		}
	}
	add := o.missing(done)
	if e.write {
		e.whole = strings.Join(slices.Concat(theirs, kept), "\n") + "\n" + add
	}
	if e.add = add; add != "" && old != "" && !strings.HasSuffix(old, "\n") {
		e.add = "\n" + add
	}
	return e
}

// missing are the lines that are not done.
func (o *order) missing(done []bool) string {
	var all strings.Builder
	for i, line := range o.lines {
		if !done[i] {
			all.WriteString(line + "\n")
		}
	}
	return all.String()
}

// split gives the lines of a hosts file that aren't ours, and those that are.
func split(text string) (theirs, ours []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasSuffix(line, mark) {
			ours = append(ours, line)
		} else {
			theirs = append(theirs, line)
		}
	}
	return theirs, ours
}

// namesIn are the names in lines of a hosts file, in lower case.
func namesIn(lines []string) map[string]bool {
	all := map[string]bool{}
	for _, line := range lines {
		line, _, _ = strings.Cut(line, "#")
		if fields := strings.Fields(line); len(fields) > 1 {
			for _, name := range fields[1:] {
				all[strings.ToLower(name)] = true
			}
		}
	}
	return all
}
