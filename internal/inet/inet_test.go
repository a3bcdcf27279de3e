package inet

import (
	"net/netip"
	"testing"
)

func TestLast(t *testing.T) {
	for prefix, want := range map[string]string{
		"10.1.0.0/24": "10.1.0.255", "10.1.0.7/30": "10.1.0.7", "10.1.0.9/32": "10.1.0.9", "0.0.0.0/0": "255.255.255.255",
		"fd00::/64": "fd00::ffff:ffff:ffff:ffff", "fd00::1/128": "fd00::1",
	} {
		if got := Last(netip.MustParsePrefix(prefix)); got.String() != want {
			t.Errorf("%s: %s, want %s", prefix, got, want)
		}
	}
}

// The example of RFC 1071, 3, and a length that is odd, and many carries.
func TestChecksum(t *testing.T) {
	many := make([]byte, 1<<16)
	for i := range many {
		many[i] = 0xff
	}
	for _, test := range []struct {
		in   []byte
		want uint16
	}{
		{[]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}, ^uint16(0xddf2)},
		{[]byte{0x12, 0x34, 0x56}, ^uint16(0x1234 + 0x5600)},
		{many, 0},
		{nil, 0xffff},
	} {
		if got := Checksum(test.in); got != test.want {
			t.Errorf("%d bytes: %#x, want %#x", len(test.in), got, test.want)
		}
	}
}
