package network

import (
	"fmt"
	"slices"
	"strings"
)

// The highest segment ids; the lowest is 1.
const (
	maxVNI  = 1<<24 - 1 // RFC 7348, 5
	maxVLAN = 4094      // IEEE 802.1Q, 9.6: 4095 is reserved
)

// maxSegment is the highest segment id of a type; 0 if it has none.
func (t Type) maxSegment() uint32 {
	switch t {
	case VXLAN:
		return maxVNI
	case VLAN:
		return maxVLAN
	}
	return 0
}

// segmentName is what a segment id of this type is called.
func (t Type) segmentName() string {
	if t == VLAN {
		return "VLAN ID"
	}
	return "VNI"
}

// rangeName is the attribute that has the ranges of this type.
func (t Type) rangeName() string {
	if t == VLAN {
		return "vlanrange"
	}
	return "vnirange"
}

func (t Type) check() error {
	switch t {
	case VXLAN, VLAN, Native, Local:
		return nil
	}
	return invalidf("physical network type %q is not supported: use vxlan, vlan, native or local", t)
}

// checkRanges checks the ranges of a physical network of type t.
func checkRanges(t Type, ranges []Range) error {
	most := t.maxSegment()
	switch {
	case most == 0 && len(ranges) > 0:
		return invalidf("a physical network with type=%s has no segment ids, and so no range of them", t)
	case most > 0 && len(ranges) == 0:
		return invalidf("must specify %s with physical network type=%s, such as [[1, %d]]", t.rangeName(), t, most)
	}
	var end uint32
	for _, r := range ranges {
		switch {
		case r.First > r.Last:
			return invalidf("%s %s is upside down: write [%d, %d]", t.rangeName(), r, r.Last, r.First)
		case r.First < 1 || r.Last > most:
			return invalidf("%s %s is out of range (1 - %d)", t.rangeName(), r, most)
		case r.First <= end:
			return invalidf("%s sequences overlapped or disordered: %s begins before the one before it has ended", t.rangeName(), r)
		}
		end = r.Last
	}
	return nil
}

// String gives the form [first, last].
func (r Range) String() string { return fmt.Sprintf("[%d, %d]", r.First, r.Last) }

func (r Range) contains(n uint32) bool { return r.First <= n && n <= r.Last }

func inRanges(ranges []Range, n uint32) bool {
	return slices.ContainsFunc(ranges, func(r Range) bool { return r.contains(n) })
}

func rangesText(ranges []Range) string {
	texts := make([]string, len(ranges))
	for i, r := range ranges {
		texts[i] = r.String()
	}
	return strings.Join(texts, ", ")
}

// overlap is what two lists of ranges have in common.
func overlap(a, b []Range) (both []Range) {
	for _, x := range a {
		for _, y := range b {
			if r := (Range{max(x.First, y.First), min(x.Last, y.Last)}); r.First <= r.Last {
				both = append(both, r)
			}
		}
	}
	return both
}
