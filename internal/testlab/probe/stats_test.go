package probe

import (
	"testing"
	"time"
)

func TestStats(t *testing.T) {
	tests := []struct {
		name    string
		sent    int
		answers []int
		want    Stats
	}{
		{"none sent", 0, nil, Stats{}},
		{"all", 3, []int{0, 1, 2}, Stats{Sent: 3, Received: 3}},
		{"none", 3, nil, Stats{Sent: 3, Lost: 3, Gap: 3}},
		{"two gaps", 7, []int{0, 3, 6}, Stats{Sent: 7, Received: 3, Lost: 4, Gap: 2}},
		{"gap at the end", 5, []int{1}, Stats{Sent: 5, Received: 1, Lost: 4, Gap: 3}},
		{"duplicates", 2, []int{0, 0, 1, 0}, Stats{Sent: 2, Received: 2, Duplicates: 2}},
		{"more than 16 bits", 1<<16 + 2, []int{0, 1, 2, 65535}, Stats{Sent: 1<<16 + 2, Received: 4, Lost: 1<<16 - 2, Gap: 1<<16 - 4}},
		{"before the first", 2, []int{7}, Stats{Sent: 2, Lost: 2, Gap: 2}},
	}
	for _, tt := range tests {
		p := &pinger{all: make(chan struct{})}
		for range tt.sent {
			p.mark()
		}
		for _, seq := range tt.answers {
			p.answered(seq)
		}
		p.end()
		got := p.stats()
		got.Max = 0
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestStatsMax(t *testing.T) {
	p := &pinger{rtt: []time.Duration{3, 9, 4}, sent: make([]time.Time, 3)}
	if got := p.stats().Max; got != 9 {
		t.Errorf("got %v", got)
	}
}

// The example of RFC 1071, 3, and a length that is odd.
func TestChecksum(t *testing.T) {
	tests := []struct {
		in   []byte
		want uint16
	}{
		{[]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}, ^uint16(0xddf2)},
		{[]byte{0x12, 0x34, 0x56}, ^uint16(0x1234 + 0x5600)},
	}
	for _, tt := range tests {
		if got := checksum(tt.in); got != tt.want {
			t.Errorf("checksum(%x) = %#x, want %#x", tt.in, got, tt.want)
		}
	}
}
