package openflow

import (
	"errors"

	"github.com/vlcp-go/vlcp/ovs"
)

// matchOXM is the only type of match that OpenFlow 1.4 has.
const matchOXM = 1

// putMatch appends an ofp_match: its length is without the padding.
func putMatch(b []byte, m ovs.Match) []byte {
	start := len(b)
	b = put16(b, matchOXM)
	b = put16(b, 0)
	for _, t := range m {
		b = putTerm(b, fields[t.Field].match, t)
	}
	return pad(finish(b, start), start)
}

// match reads an ofp_match. The error may be an unknownField: then the rest of
// the match was read, and so can be what follows.
func (c *cursor) match() (ovs.Match, error) {
	c.skip(2)
	n := int(c.uint16())
	body := c.sub(n - 4)
	c.skip(padding(n))
	var terms []ovs.Term
	var unknown error
	for !body.empty() {
		t, err := body.term()
		if errors.As(err, new(unknownField)) {
			unknown = err
			continue
		}
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
	}
	if err := errors.Join(c.err(), body.err()); err != nil {
		return nil, err
	}
	return ovs.NewMatch(terms...), unknown
}
