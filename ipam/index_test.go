package ipam

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

func testIndex(size uint32) *index {
	return newIndex(window{netip.MustParseAddr("10.1.0.1"), size}, nil)
}

func entry(address string, r kvstore.Revision) kvstore.Entry {
	return kvstore.Entry{Key: claimKey("p", netip.MustParseAddr(address)), Revision: r}
}

func offers(t *testing.T, x *index, want string) {
	t.Helper()
	a, ok := x.offer()
	if want == "" && ok || want != "" && a.String() != want {
		t.Errorf("offer = %s, want %q", a, want)
	}
}

func TestIndexFollows(t *testing.T) {
	x := testIndex(4)
	x.follow(kvstore.Batch{Snapshot: true, Entries: []kvstore.Entry{
		entry("10.1.0.1", "1"), entry("10.1.0.3", "1"), entry("10.1.0.9", "1"), entry("fd00::1", "1"), {Key: "ipam/ip/p/what", Revision: "1"},
	}})
	offers(t, x, "10.1.0.2")
	x.follow(kvstore.Batch{Entries: []kvstore.Entry{entry("10.1.0.1", kvstore.Absent), entry("10.1.0.4", "2")}})
	offers(t, x, "10.1.0.1")
	offers(t, x, "")
	x.follow(kvstore.Batch{Snapshot: true})
	offers(t, x, "10.1.0.3")
	x.restart([]kvstore.Entry{entry("10.1.0.1", "1")})
	offers(t, x, "10.1.0.2")
}

// TestIndexOffers: an offer holds until it is used, given back, or old. That it
// was free is old news meanwhile.
func TestIndexOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := testIndex(3)
		offers(t, x, "10.1.0.1")
		x.follow(kvstore.Batch{Entries: []kvstore.Entry{entry("10.1.0.1", kvstore.Absent)}})
		offers(t, x, "10.1.0.2")
		x.note(netip.MustParseAddr("10.1.0.1"), x.withdraw)
		x.note(netip.MustParseAddr("10.9.9.9"), x.withdraw)
		offers(t, x, "10.1.0.1")
		offers(t, x, "10.1.0.3")
		offers(t, x, "")
		x.follow(kvstore.Batch{Entries: []kvstore.Entry{entry("10.1.0.1", "2")}})
		time.Sleep(offerTime)
		offers(t, x, "10.1.0.2")
	})
}

// TestIndexSpreads: who was wrong chooses among more, who was right among
// fewer.
func TestIndexSpreads(t *testing.T) {
	x := testIndex(1000)
	for range 20 {
		a, _ := x.offer()
		x.note(a, x.contest)
	}
	if x.spread != maxSpread {
		t.Errorf("spread = %d after twenty contests, want %d", x.spread, maxSpread)
	}
	for range 40 {
		a, _ := x.offer()
		x.note(a, x.settle)
	}
	if x.spread != 1 {
		t.Errorf("spread = %d after forty successes, want 1", x.spread)
	}
}
