package param

import (
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/internal/literal"
)

// The functions of this file read a value of one type, in each form that it
// may come in; ok is false where it is not that.

// integer reads a whole number between low and high, also from text.
func integer(v any, low, high int64) (n int64, ok bool) {
	switch v := v.(type) {
	case int64:
		n, ok = v, true
	case float64:
		n, ok = int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	case json.Number:
		return integer(v.String(), low, high)
	case string:
		i, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		n, ok = i, err == nil
	}
	return n, ok && low <= n && n <= high
}

// boolean reads a truth value. The empty text, an option without a value,
// is true.
func boolean(v any) (b, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		if v == "" {
			return true, true
		}
		b, err := strconv.ParseBool(v)
		return b, err == nil
	}
	return false, false
}

// optional is boolean for a field that may be unsaid.
func optional(v any) (*bool, bool) {
	b, ok := boolean(v)
	return &b, ok
}

func mtu(v any) (int, bool) {
	n, ok := integer(v, minMTU, maxMTU)
	return int(n), ok
}

func text(v any) (s string, ok bool) {
	s, ok = v.(string)
	return s, ok
}

// name is text that is not empty: the variable of a script that was not set
// names nothing.
func name(v any) (s string, ok bool) {
	s, _ = v.(string)
	return s, s != ""
}

// address reads an IPv4 or IPv6 address, without a zone.
func address(v any) (a netip.Addr, ok bool) {
	s, ok := v.(string)
	if !ok {
		return a, false
	}
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	return a.Unmap(), err == nil && a.Zone() == ""
}

// prefix reads a network, whose host bits are cleared, or a single address.
func prefix(v any) (p netip.Prefix, ok bool) {
	if a, ok := address(v); ok {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	s, _ := v.(string)
	p, err := netip.ParsePrefix(strings.TrimSpace(s))
	return p.Masked(), err == nil && !p.Addr().Is4In6()
}

// listOf reads a list of what item reads: a list, the literal of one as text,
// or text with commas between.
func listOf[V any](item func(any) (V, bool)) func(any) ([]V, bool) {
	return func(v any) (all []V, ok bool) {
		values, ok := sequence(v)
		for _, value := range values {
			x, isItem := item(value)
			all, ok = append(all, x), ok && isItem
		}
		return all, ok
	}
}

func sequence(v any) (values []any, ok bool) {
	s, isText := v.(string)
	if !isText {
		values, ok = v.([]any)
		return values, ok
	}
	if parsed, err := literal.Parse(s); err == nil {
		values, ok = parsed.([]any)
		return values, ok
	}
	for part := range strings.SplitSeq(s, ",") {
		values = append(values, strings.TrimSpace(part))
	}
	return values, true
}
