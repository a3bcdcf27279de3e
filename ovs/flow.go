package ovs

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// cookieHash is the part of a cookie that [Stamp] takes from the content.
const cookieHash = 1<<48 - 1

// Stamp returns f with the cookie owner<<48 | hash, where hash is the first 48
// bits of the SHA-256 of f's text without its cookie. So equal flows of an
// owner have equal cookies in every process, and an owner finds its flows with
// the mask [OwnerMask].
func Stamp(owner uint16, f Flow) Flow {
	sum := sha256.Sum256([]byte(f.content()))
	f.Cookie = uint64(owner)<<48 | binary.BigEndian.Uint64(sum[:])>>16
	return f
}

// OwnerMask covers the part of a cookie that says whose the flow is.
const OwnerMask = ^uint64(cookieHash)

// CompareFlows orders flows by table, priority (the highest first), match and
// cookie, as [Switch.Flows] does.
func CompareFlows(f, g Flow) int {
	return cmp.Or(
		cmp.Compare(f.Table, g.Table),
		cmp.Compare(g.Priority, f.Priority),
		slices.CompareFunc(f.Match, g.Match, Term.compare),
		cmp.Compare(f.Cookie, g.Cookie),
	)
}

// String is the flow as ovs-ofctl add-flow -O OpenFlow14 takes it:
//
//	cookie=0x76,table=3,priority=100,arp,arp_tpa=10.0.0.1 actions=move:…,IN_PORT
//
// A match starts with its protocol, if that has a name; the other terms follow
// in the order of the fields.
func (f Flow) String() string { return fmt.Sprintf("cookie=%#x,%s", f.Cookie, f.content()) }

// content is the text of all but the cookie.
func (f Flow) content() string {
	var b strings.Builder
	b.WriteString("table=" + number(f.Table) + ",priority=" + number(f.Priority))
	if len(f.Match) > 0 {
		b.WriteString("," + f.Match.String())
	}
	b.WriteString(" actions=" + actionsText(f.Actions))
	return b.String()
}

// String is the match as ovs-ofctl takes it, "" for one that matches anything.
func (m Match) String() string {
	name, says := m.protocol()
	parts := make([]string, 0, len(m))
	if name != "" {
		parts = append(parts, name)
	}
	for _, t := range m {
		if !slices.Contains(says, t.Field) {
			parts = append(parts, t.String())
		}
	}
	return strings.Join(parts, ",")
}

// String is name=value or name=value/mask; a VLAN's id is dl_vlan=5.
func (t Term) String() string {
	if t.Field == VLANVID && t.Exact() {
		if tci := binary.BigEndian.Uint64(t.Value[8:]); tci&vlanPresent != 0 {
			return fmt.Sprintf("dl_vlan=%d", tci&^vlanPresent)
		}
	}
	return t.Field.String() + "=" + t.value()
}

// String is the group as ovs-ofctl add-group -O OpenFlow14 takes it.
func (g GroupEntry) String() string {
	kind := "all"
	if g.Select {
		kind = "select"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "group_id=%d,type=%s", g.ID, kind)
	for _, bucket := range g.Buckets {
		b.WriteString(",bucket=actions=")
		b.WriteString(actionsText(bucket))
	}
	return b.String()
}

func actionsText(actions []Action) string {
	if len(actions) == 0 {
		return "drop"
	}
	parts := make([]string, len(actions))
	for i, a := range actions {
		parts[i] = a.String()
	}
	return strings.Join(parts, ",")
}
