package ovs

import (
	"fmt"
	"strconv"
	"strings"
)

// defaultPriority is the one that dump-flows leaves out.
const defaultPriority = 0x8000

// ParseFlow reads a flow as String writes it, or as a line of ovs-ofctl
// dump-flows --no-names. What a [Flow] has no place for is left out: counters,
// timeouts and flags. An action that this package doesn't know becomes an
// [Unknown]; a match field that it doesn't know is an error.
func ParseFlow(s string) (Flow, error) {
	head, actions, ok := strings.Cut(s, "actions=")
	if !ok {
		return Flow{}, fmt.Errorf("ovs: flow %q has no actions=", s)
	}
	f := Flow{Priority: defaultPriority}
	var terms []Term
	for item := range strings.FieldsFuncSeq(head, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		found, err := f.parseItem(item, terms)
		if err != nil {
			return Flow{}, fmt.Errorf("ovs: flow %q: %w", s, err)
		}
		terms = append(terms, found...)
	}
	f.Match = NewMatch(terms...)
	var err error
	if f.Actions, err = parseActions(strings.TrimSpace(actions)); err != nil {
		return Flow{}, fmt.Errorf("ovs: flow %q: %w", s, err)
	}
	return f, nil
}

// parseItem reads one item of what comes before the actions, into f or as
// terms; before are the terms that it follows.
func (f *Flow) parseItem(item string, before []Term) (terms []Term, err error) {
	key, value, hasValue := strings.Cut(item, "=")
	var n uint64
	switch key {
	case "cookie":
		f.Cookie, err = strconv.ParseUint(value, 0, 64)
	case "table":
		n, err = strconv.ParseUint(value, 10, 8)
		f.Table = uint8(n)
	case "priority":
		n, err = strconv.ParseUint(value, 10, 16)
		f.Priority = uint16(n)
	case "duration", "n_packets", "n_bytes", "idle_age", "hard_age", "idle_timeout", "hard_timeout",
		"importance", "send_flow_rem", "check_overlap", "reset_counts", "no_packet_counts", "no_byte_counts":
	default:
		if !hasValue {
			return parseProtocol(item)
		}
		return parseMatchItem(key, value, before)
	}
	return nil, err
}

func parseProtocol(name string) ([]Term, error) {
	if terms, ok := protocolTerms(name); ok {
		return terms, nil
	}
	return nil, fmt.Errorf("%q is not a protocol that this version knows", name)
}

// parseMatchItem reads key=value. tp_src and the like mean the field of the
// protocol that before names.
func parseMatchItem(key, value string, before []Term) ([]Term, error) {
	switch key {
	case "dl_vlan":
		vid, err := strconv.ParseUint(value, 0, 12)
		return []Term{Uint(VLANVID, vlanPresent|vid)}, err
	case "vlan_tci": // dump-flows writes so what OpenFlow 1.4 has as a vlan_vid
		key = "vlan_vid"
	}
	if byProto, ok := protocolFields[key]; ok {
		proto, _ := Match(before).exact(IPProto)
		f, ok := byProto[proto]
		if !ok {
			return nil, fmt.Errorf("%s comes before its protocol", key)
		}
		key = f.String()
	}
	f, err := parseField(key)
	if err != nil {
		return nil, err
	}
	t, err := parseTerm(f, value)
	return []Term{t}, err
}
