package network

import (
	"context"
	"hash/fnv"
	"maps"
	"math/rand/v2"

	"github.com/vlcp-go/vlcp/kvstore"
)

// maxNumber is the highest register number of a logical network.
const maxNumber = 1<<24 - 1

// claimNumber claims a register number: the first free one from a hash of the
// network's id on, so that networks created at the same time don't compete.
func (t *txn) claimNumber(id string) (uint32, error) {
	h := fnv.New32a()
	h.Write([]byte(id))
	for n := h.Sum32()%maxNumber + 1; ; n = n%maxNumber + 1 {
		other, err := t.claim(numberKey(n), id)
		if err != nil || other == "" {
			return n, err
		}
	}
}

// maxDoublings bounds among how many free segment ids one is drawn: 2^6.
const maxDoublings = 6

// segments hands out the segment ids of physical networks. Which ones are free
// it guesses from what a list said; the claim decides.
type segments struct {
	list   func(ctx context.Context, physical string) (map[uint32]bool, error)
	taken  map[string]map[uint32]bool // by physical network: as listed, and as found
	run    map[string]map[uint32]bool // the same, and what this run took and freed itself
	freed  []Network                  // by this run
	spread int                        // how many of the first free ids are drawn from: more where others took one meanwhile
}

func newSegments(list func(context.Context, string) (map[uint32]bool, error)) *segments {
	return &segments{list: list, taken: map[string]map[uint32]bool{}}
}

// begin begins a run.
func (s *segments) begin(t *txn) {
	s.run, s.freed = map[string]map[uint32]bool{}, nil
	s.spread = 1 << min(t.runs.commits, maxDoublings)
}

// claim claims the segment id that n wants, or a free one.
func (s *segments) claim(ctx context.Context, t *txn, p Physical, n *Network) error {
	switch {
	case p.Type.maxSegment() == 0 && n.Segment != 0:
		return invalidf("a physical network with type=%s has no VNIs or VLAN IDs: leave it out", p.Type)
	case p.Type == Native:
		return claimNative(t, p, n)
	case p.Type == Local:
		return nil
	case n.Segment != 0:
		return claimNamed(t, p, n)
	}
	return s.claimFree(ctx, t, p, n)
}

// claimNative claims the one place of a native network, segment 0.
func claimNative(t *txn, p Physical, n *Network) error {
	other, err := t.claim(segmentKey(p.ID, 0), n.ID)
	if err == nil && other != "" {
		err = faultf(ErrInUse, "physical network with type=native can only have one logical network: %q has %q", p.ID, other)
	}
	return err
}

// release frees the segment id of a network, before any is claimed.
func (s *segments) release(t *txn, n Network) {
	t.releaseSegment(n)
	s.freed = append(s.freed, n)
}

// releaseSegment frees the segment id of a network.
func (t *txn) releaseSegment(n Network) {
	if n.Type != Local {
		t.Delete(segmentKey(n.Physical, n.Segment))
	}
}

func claimNamed(t *txn, p Physical, n *Network) error {
	name := p.Type.segmentName()
	if !inRanges(p.Ranges, n.Segment) {
		return invalidf("specified %s %d not in range: physical network %q has %s", name, n.Segment, p.ID, rangesText(p.Ranges))
	}
	other, err := t.claim(segmentKey(p.ID, n.Segment), n.ID)
	if err == nil && other != "" {
		err = faultf(ErrInUse, "specified %s %d is allocated to logical network %q", name, n.Segment, other)
	}
	return err
}

func (s *segments) claimFree(ctx context.Context, t *txn, p Physical, n *Network) error {
	taken, err := s.known(ctx, p.ID)
	if err != nil {
		return err
	}
	for {
		id, ok := draw(p.Ranges, taken, s.spread)
		if !ok {
			return faultf(ErrExhausted, "no available %s in physical network %q: extend its %s, or delete logical networks", p.Type.segmentName(), p.ID, p.Type.rangeName())
		}
		e, err := t.Get(segmentKey(p.ID, id))
		if err != nil {
			return err
		}
		taken[id] = true
		if e.Revision == kvstore.Absent {
			t.Put(e.Key, []byte(n.ID))
			n.Segment = id
			return nil
		}
		if e.Revision != kvstore.Uncommitted {
			s.taken[p.ID][id] = true
		}
	}
}

// known is what is probably taken, as far as this run knows.
func (s *segments) known(ctx context.Context, physical string) (map[uint32]bool, error) {
	if s.taken[physical] == nil {
		listed, err := s.list(ctx, physical)
		if err != nil {
			return nil, err
		}
		s.taken[physical] = listed
	}
	if s.run[physical] == nil {
		s.run[physical] = maps.Clone(s.taken[physical])
		for _, n := range s.freed {
			if n.Physical == physical {
				delete(s.run[physical], n.Segment)
			}
		}
	}
	return s.run[physical], nil
}

// draw is the first free id, or one of the first few, so that hosts that take
// one at the same time don't go on taking the same.
func draw(ranges []Range, taken map[uint32]bool, spread int) (id uint32, ok bool) {
	var free []uint32
	for _, r := range ranges {
		for id := r.First; id <= r.Last && len(free) < spread; id++ {
			if !taken[id] {
				free = append(free, id)
			}
		}
	}
	if len(free) == 0 {
		return 0, false
	}
	return free[rand.IntN(len(free))], true
}
