// Package flowgen makes random flows for tests: any that a real Open vSwitch
// takes, in the canonical form that it gives them back in.
//
// [Flow] chooses a protocol, matches on fields that the protocol has, and acts
// on them. Its groups are those of [Groups], which a bridge needs first.
package flowgen

import (
	"net"
	"slices"

	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/ovs"
)

// Flow makes a flow of table 0 to 200 with any cookie.
func Flow() *rapid.Generator[ovs.Flow] {
	return rapid.Custom(func(t *rapid.T) ovs.Flow {
		p := rapid.SampledFrom(protocols).Draw(t, "protocol")
		f := ovs.Flow{
			Table:    rapid.Uint8Range(0, 200).Draw(t, "table"),
			Priority: rapid.Uint16().Draw(t, "priority"),
			Cookie:   rapid.Uint64().Draw(t, "cookie"),
			Match:    match(t, p),
		}
		f.Actions = rapid.SliceOfN(action(p, tagged(f.Match)), 0, 6).Draw(t, "actions")
		if rapid.Bool().Draw(t, "goes on") {
			f.Actions = append(f.Actions, ovs.Goto{Table: f.Table + rapid.Uint8Range(1, 50).Draw(t, "next")})
		}
		if len(f.Actions) == 0 {
			f.Actions = nil
		}
		return f
	})
}

// Groups are the groups that flows hand packets to.
func Groups() []ovs.GroupEntry {
	return []ovs.GroupEntry{
		{ID: 1},
		{ID: 2, Buckets: [][]ovs.Action{{ovs.Output{Port: 1}}, {ovs.Load{Value: 5, Dest: ovs.Subfield{Field: ovs.TunID}}, ovs.Output{Port: 2}}}},
		{ID: 0x76000000, Select: true, Buckets: [][]ovs.Action{{ovs.Output{Port: 1}}, {ovs.Output{Port: 3}}}},
	}
}

func match(t *rapid.T, p protocol) ovs.Match {
	terms := append([]ovs.Term(nil), p.terms...)
	if rapid.Bool().Draw(t, "from a port") {
		terms = append(terms, ovs.Uint(ovs.InPort, uint64(port().Draw(t, "in_port"))))
	}
	if tag := rapid.SampledFrom(vlans).Draw(t, "vlan"); tag.Field != 0 {
		terms = append(terms, tag)
	}
	terms = append(terms, draw(t, p.masks, term)...)
	terms = append(terms, draw(t, p.exact, exact)...)
	return ovs.NewMatch(terms...)
}

// vlans are a tag of any kind, no tag, a given tag, and not to ask.
var vlans = []ovs.Term{
	{},
	ovs.UintMask(ovs.VLANVID, 0x1000, 0x1000),
	ovs.Uint(ovs.VLANVID, 0),
	ovs.Uint(ovs.VLANVID, 0x1000|77),
}

func tagged(m ovs.Match) bool {
	for _, t := range m {
		if t.Field == ovs.VLANVID {
			return t.Value[14]&0x10 != 0
		}
	}
	return false
}

// draw makes terms of some of the fields.
func draw(t *rapid.T, fields []ovs.Field, one func(*rapid.T, ovs.Field) ovs.Term) (terms []ovs.Term) {
	for _, f := range fields {
		if rapid.IntRange(0, 2).Draw(t, f.String()) == 0 {
			terms = append(terms, one(t, f))
		}
	}
	return terms
}

// term is a term of f with any mask, often exact.
func term(t *rapid.T, f ovs.Field) ovs.Term {
	if rapid.Bool().Draw(t, "exact") {
		return exact(t, f)
	}
	mask := maskOf(t, f)
	if masked := ovs.Bytes(f, nil, mask); masked.Mask != [16]byte{} {
		return ovs.Bytes(f, bytes(t, f), mask)
	}
	return exact(t, f)
}

// maskOf is any mask; that of an IPv6 address is a prefix or leaves out at
// least the first 32 bits: ovs-ofctl takes other masks whose text starts with
// a digit for a prefix length.
func maskOf(t *rapid.T, f ovs.Field) []byte {
	mask := bytes(t, f)
	if !slices.Contains([]ovs.Field{ovs.IPv6Src, ovs.IPv6Dst, ovs.NDTarget, ovs.TunIPv6Src, ovs.TunIPv6Dst}, f) {
		return mask
	}
	if rapid.Bool().Draw(t, "prefix") {
		return net.CIDRMask(rapid.IntRange(1, 127).Draw(t, "length"), 128)
	}
	clear(mask[:4])
	return mask
}

func exact(t *rapid.T, f ovs.Field) ovs.Term {
	value := bytes(t, f)
	switch f {
	case ovs.IPFrag:
		return ovs.UintMask(f, 0, 3)
	case ovs.ARPOp: // Open vSwitch has 8 bits for it
		value = value[1:]
	}
	return ovs.Bytes(f, value, nil)
}

func bytes(t *rapid.T, f ovs.Field) []byte {
	n := int(f.Bits()+7) / 8
	return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "bytes")
}

func port() *rapid.Generator[uint32] {
	return rapid.OneOf(rapid.Uint32Range(1, 0xfeff), rapid.Just(ovs.PortLocal))
}
