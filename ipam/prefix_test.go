package ipam

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestUsable(t *testing.T) {
	tests := []struct{ prefix, first, last string }{
		{"10.1.0.0/24", "10.1.0.1", "10.1.0.254"},
		{"10.0.0.0/8", "10.0.0.1", "10.255.255.254"},
		{"192.0.2.4/30", "192.0.2.5", "192.0.2.6"},
		{"192.0.2.4/31", "192.0.2.4", "192.0.2.5"},
		{"192.0.2.4/32", "192.0.2.4", "192.0.2.4"},
		{"255.255.255.0/24", "255.255.255.1", "255.255.255.254"},
		{"fd00::/64", "fd00::1", "fd00::ffff:ffff:ffff:ffff"},
		{"fd00::/126", "fd00::1", "fd00::3"},
		{"fd00::/127", "fd00::", "fd00::1"},
		{"fd00::/128", "fd00::", "fd00::"},
	}
	for _, tt := range tests {
		first, last := usable(netip.MustParsePrefix(tt.prefix))
		if first.String() != tt.first || last.String() != tt.last {
			t.Errorf("usable(%s) = %s to %s, want %s to %s", tt.prefix, first, last, tt.first, tt.last)
		}
	}
}

func TestCheck(t *testing.T) {
	p := Pool{Prefix: netip.MustParsePrefix("10.1.0.0/24"), Start: netip.MustParseAddr("10.1.0.0"), End: netip.MustParseAddr("10.1.0.9")}
	for a, want := range map[string]error{
		"10.1.0.0": ErrOutside, "10.1.0.1": nil, "10.1.0.9": nil, "10.1.0.10": ErrOutside,
		"10.1.0.255": ErrOutside, "10.0.255.255": ErrOutside, "::ffff:10.1.0.1": ErrOutside, "fd00::1": ErrOutside,
	} {
		if err := p.Check(netip.MustParseAddr(a)); !errors.Is(err, want) {
			t.Errorf("Check(%s): %v, want %v", a, err, want)
		}
	}
	if p.Check(netip.Addr{}) == nil {
		t.Error("the zero address passed")
	}
}

func TestWindow(t *testing.T) {
	tests := []struct {
		prefix, ipRange, start, end string
		first                       string
		size                        uint32
	}{
		{prefix: "10.1.0.0/24", first: "10.1.0.1", size: 254},
		{prefix: "10.0.0.0/8", first: "10.0.0.1", size: 1<<24 - 2},
		{prefix: "0.0.0.0/1", first: "0.0.0.1", size: maxWindow},
		{prefix: "fd00::/64", first: "fd00::1", size: maxWindow},
		{prefix: "fd00::/8", first: "fd00::1", size: maxWindow},
		{prefix: "fd00::/64", start: "fd00::ff:ffff:ffff", first: "fd00::ff:ffff:ffff", size: maxWindow},
		{prefix: "10.1.0.0/24", ipRange: "10.1.0.128/25", start: "10.1.0.1", end: "10.1.0.130", first: "10.1.0.128", size: 3},
		{prefix: "10.1.0.0/24", ipRange: "10.1.0.128/25", end: "10.1.0.100", first: "10.1.0.128", size: 0},
	}
	for _, tt := range tests {
		p := Pool{Prefix: netip.MustParsePrefix(tt.prefix)}
		if tt.ipRange != "" {
			p.Range = netip.MustParsePrefix(tt.ipRange)
		}
		if tt.start != "" {
			p.Start = netip.MustParseAddr(tt.start)
		}
		if tt.end != "" {
			p.End = netip.MustParseAddr(tt.end)
		}
		want := window{netip.MustParseAddr(tt.first), tt.size}
		if got := p.window(); got != want {
			t.Errorf("window of %+v: %v, want %v", tt, got, want)
		}
	}
}

// TestDistance: above is the inverse of distance.
func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytes := rapid.SampledFrom([]int{4, 16}).Draw(t, "bytes")
		a, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), bytes, bytes).Draw(t, "a"))
		n := rapid.Uint64Range(0, 1<<20).Draw(t, "n")
		b := a
		for range min(n, 300) {
			b = b.Next()
		}
		if b.IsValid() {
			if got := above(a, min(n, 300)); got != b {
				t.Fatalf("%s and %d is %s, want %s", a, n, got, b)
			}
		}
		b = above(a, n)
		if got, ok := distance(a, b); b.Is4() == a.Is4() && a.Less(b) && (!ok || got != n) {
			t.Fatalf("from %s to %s: %d, want %d", a, b, got, n)
		}
		if _, ok := distance(b, a); ok && a.Less(b) {
			t.Fatalf("there is a way down from %s to %s", b, a)
		}
	})
}

func TestCuts(t *testing.T) {
	tests := []struct {
		base string
		bits int
		want []string
	}{
		{"10.0.0.0/22", 24, []string{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"}},
		{"10.0.1.9/23", 24, []string{"10.0.0.0/24", "10.0.1.0/24"}},
		{"10.0.0.0/26", 24, []string{"10.0.0.0/26"}},
		{"255.255.254.0/23", 24, []string{"255.255.254.0/24", "255.255.255.0/24"}},
		{"fd00:0:0:fffe::/63", 64, []string{"fd00:0:0:fffe::/64", "fd00:0:0:ffff::/64"}},
	}
	for _, tt := range tests {
		var got []string
		for p := range cuts(netip.MustParsePrefix(tt.base), tt.bits) {
			got = append(got, p.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("cuts(%s, %d) = %v, want %v", tt.base, tt.bits, got, tt.want)
		}
	}
}
