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

// edit is what is to be done to a hosts file.
type edit struct {
	add   string // lines to append
	write bool   // instead, write all of it anew: lines are to go
	whole string // with write
	cut   bool   // there is no room for everything
}

// plan compares a hosts file with what it is to say. Lines that aren't ours stay
// as they are, and go before ours: a name that they have is left out. Where the
// entries are not complete, nothing goes.
func plan(old string, entries []entry, complete bool) (e edit) {
	theirs, ours := split(old)
	want, cut := lines(entries, namesIn(theirs))
	wanted, there := map[string]bool{}, map[string]bool{}
	for _, line := range want {
		wanted[line] = true
	}
	var kept []string
	for _, line := range ours {
		if !there[line] && (wanted[line] || !complete) {
			kept = append(kept, line)
			there[line] = true
		} else {
			e.write = true
		}
	}
	var add strings.Builder
	for _, line := range want {
		if !there[line] {
			add.WriteString(line + "\n")
			there[line] = true
		}
	}
	if e.add, e.cut = add.String(), cut; e.add != "" && old != "" && !strings.HasSuffix(old, "\n") {
		e.add = "\n" + e.add
	}
	if e.write {
		e.whole = strings.Join(slices.Concat(theirs, kept), "\n") + "\n" + add.String()
	}
	return e
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

// lines are entries as lines of a hosts file, but for names that are taken, as
// far as there is room.
func lines(entries []entry, taken map[string]bool) (all []string, cut bool) {
	size := 0
	for _, e := range entries {
		if taken[strings.ToLower(e.name)] {
			continue
		}
		line := e.addr.String() + " " + e.name + mark
		if size += len(line) + 1; size > maxOurs {
			return all, true
		}
		all = append(all, line)
	}
	return all, false
}
