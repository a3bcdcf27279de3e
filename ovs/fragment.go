package ovs

import "fmt"

// fragments are the values of ip_frag, which ovs-ofctl reads only by name.
var fragments = []struct {
	name        string
	value, mask uint64
}{
	{"no", 0, 3},
	{"first", 1, 3},
	{"later", 3, 3},
	{"no", 0, 1},
	{"yes", 1, 1},
	{"not_later", 0, 2},
	{"later", 2, 2},
}

func (t Term) fragment() string {
	for _, fr := range fragments {
		if t == UintMask(IPFrag, fr.value, fr.mask) {
			return fr.name
		}
	}
	return format(hexadecimal, t.Value)
}

func parseFragment(s string) (Term, error) {
	for _, fr := range fragments {
		if fr.name == s {
			return UintMask(IPFrag, fr.value, fr.mask), nil
		}
	}
	return Term{}, fmt.Errorf("ip_frag: %q is none of no, first, later, yes, not_later", s)
}
