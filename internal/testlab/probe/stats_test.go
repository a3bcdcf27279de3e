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
