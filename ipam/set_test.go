package ipam

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSet compares a set with a slice of bools.
func TestSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Uint32Range(0, 300).Draw(t, "limit")
		var s set
		model := make([]bool, 400)
		for range rapid.IntRange(0, 600).Draw(t, "steps") {
			i := rapid.Uint32Range(0, 399).Draw(t, "i")
			if model[i] = rapid.IntRange(0, 4).Draw(t, "add") > 0; model[i] {
				s.add(i)
			} else {
				s.remove(i)
			}
		}
		n := rapid.IntRange(0, 500).Draw(t, "n")
		got, found := s.missing(n, limit)
		want, any := nthMissing(model[:limit], n)
		if got != want || found != any {
			t.Fatalf("missing(%d, %d) = %d, %t; want %d, %t", n, limit, got, found, want, any)
		}
	})
}

func nthMissing(model []bool, n int) (uint32, bool) {
	var missing []uint32
	for i, there := range model {
		if !there {
			missing = append(missing, uint32(i))
		}
	}
	if len(missing) == 0 {
		return 0, false
	}
	return missing[n%len(missing)], true
}

// TestSetFull: an /8 that is all in use but the last address.
func TestSetFull(t *testing.T) {
	var s set
	for i := range uint32(maxWindow) - 1 {
		s.add(i)
	}
	if got, ok := s.missing(0, maxWindow); !ok || got != maxWindow-1 {
		t.Errorf("missing = %d, %t", got, ok)
	}
	if _, ok := s.missing(5, maxWindow-1); ok {
		t.Error("something is missing")
	}
}
