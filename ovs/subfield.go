package ovs

import (
	"fmt"
	"strconv"
	"strings"
)

// Subfield is a run of bits of a field: bits Offset (0 is the least
// significant) to Offset+Bits-1. Bits 0 stands for the whole field, and is how
// [ParseFlow] gives a whole field back.
type Subfield struct {
	Field  Field
	Offset uint16
	Bits   uint16
}

// Width is the number of bits, also where Bits is 0.
func (s Subfield) Width() uint16 {
	if s.Bits != 0 {
		return s.Bits
	}
	return actionBits(s.Field)
}

// String is NXM_NX_REG0[0..15], NXM_NX_REG0[5] for one bit, or NXM_NX_REG0[].
func (s Subfield) String() string {
	name := s.Field.info().nxm
	switch width := s.Width(); {
	case width == actionBits(s.Field):
		return name + "[]"
	case width == 1:
		return fmt.Sprintf("%s[%d]", name, s.Offset)
	default:
		return fmt.Sprintf("%s[%d..%d]", name, s.Offset, s.Offset+width-1)
	}
}

// actionBits is the width of a field in actions: in_port is OpenFlow 1.0's
// there, the only form that Open vSwitch lets an action write.
func actionBits(f Field) uint16 {
	if f == InPort {
		return 16
	}
	return f.Bits()
}

// parseSubfield reads what String writes, and reg0[0..15] too.
func parseSubfield(s string) (Subfield, error) {
	name, bits, ok := strings.Cut(s, "[")
	bits, closed := strings.CutSuffix(bits, "]")
	if ok != closed {
		return Subfield{}, fmt.Errorf("%q has no pair of brackets", s)
	}
	f, err := parseField(name)
	if err != nil || bits == "" {
		return Subfield{Field: f}, err
	}
	low, high, isRange := strings.Cut(bits, "..")
	if !isRange {
		high = low
	}
	first, err := strconv.ParseUint(low, 10, 8)
	if err != nil {
		return Subfield{}, fmt.Errorf("bits of %q: %w", s, err)
	}
	last, err := strconv.ParseUint(high, 10, 8)
	if err != nil {
		return Subfield{}, fmt.Errorf("bits of %q: %w", s, err)
	}
	width := last - first + 1
	switch whole := uint64(actionBits(f)); {
	case last < first || last >= whole:
		return Subfield{}, fmt.Errorf("%q has no bits %s", f, bits)
	case width == whole:
		return Subfield{Field: f}, nil
	}
	return Subfield{Field: f, Offset: uint16(first), Bits: uint16(width)}, nil
}
