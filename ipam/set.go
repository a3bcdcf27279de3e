package ipam

import "math/bits"

// set is a set of small numbers that finds the lowest ones missing at once. It
// takes as much memory as its highest member needs, one bit for each number.
type set struct {
	words []uint64
	low   int // the words below are full
}

func (s *set) add(i uint32) {
	for w := int(i / 64); len(s.words) <= w; {
		s.words = append(s.words, 0)
	}
	s.words[i/64] |= 1 << (i % 64)
	for s.low < len(s.words) && s.words[s.low] == ^uint64(0) {
		s.low++
	}
}

func (s *set) remove(i uint32) {
	if w := int(i / 64); w < len(s.words) {
		s.words[w] &^= 1 << (i % 64)
		s.low = min(s.low, w)
	}
}

// missing is the n-th (0 is the lowest) number below limit that is not in the
// set. Where there are fewer, n counts on from the lowest again; where there is
// none, found is false.
func (s *set) missing(n int, limit uint32) (i uint32, found bool) {
	left := n
	for w := s.low; uint32(w)*64 < limit; w++ {
		gaps := s.gaps(w, limit)
		count := bits.OnesCount64(gaps)
		if left < count {
			return uint32(w)*64 + nthBit(gaps, left), true
		}
		left -= count
	}
	if total := n - left; total > 0 {
		return s.missing(n%total, limit)
	}
	return 0, false
}

// gaps are the bits missing from a word, below limit.
func (s *set) gaps(w int, limit uint32) uint64 {
	gaps := ^uint64(0)
	if w < len(s.words) {
		gaps = ^s.words[w]
	}
	if rest := limit - uint32(w)*64; rest < 64 {
		gaps &= 1<<rest - 1
	}
	return gaps
}

func nthBit(word uint64, n int) uint32 {
	for range n {
		word &= word - 1
	}
	return uint32(bits.TrailingZeros64(word))
}
