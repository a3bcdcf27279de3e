package kvtest

import (
	"context"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

func testSessionsCurrent(t testing.TB, open Open) {
	a, b := opened(t, open), opened(t, open)
	for range 20 {
		commit(t, a, when(kvstore.Absent, put("k", "from a")))
		wantValue(t, b, "k", "from a")
		refused(t, b, kvstore.ErrConflict, when(kvstore.Absent, put("k", "from b")))
		r := read(t, b, "k").Revision
		commit(t, b, when(r, put("k", "from b")))
		refused(t, a, kvstore.ErrConflict, when(r, put("k", "from a")))
		wantValue(t, a, "k", "from b")
		commit(t, b, del("k"))
		wantAbsent(t, a, "k")
	}
}

func testSessionsCounter(t testing.TB, open Open) {
	count(t, opened(t, open), opened(t, open), opened(t, open))
}

func testSessionsWatch(t testing.TB, open Open) {
	a, b := opened(t, open), opened(t, open)
	w := watching(t, a, "w/")
	w.is(t, map[string]string{})
	commit(t, b, put("w/b", "1"))
	w.is(t, map[string]string{"w/b": "1"})
	commit(t, a, put("w/a", "1"), del("w/b"))
	w.is(t, map[string]string{"w/a": "1"})
}

func testEphemeral(t testing.TB, open Open) {
	a, b := opened(t, open), opened(t, open)
	w := watching(t, b, "")
	commit(t, a, putEphemeral("live/a", "1"), put("host/a", "1"))
	commit(t, a, putEphemeral("live/a", "2"))
	commit(t, b, putEphemeral("live/b", "1"))
	w.is(t, map[string]string{"live/a": "2", "live/b": "1", "host/a": "1"})
	before := read(t, b, "live/a").Revision
	closing(t, a)
	w.is(t, map[string]string{"live/b": "1", "host/a": "1"})
	wantAbsent(t, b, "live/a")
	commit(t, b, put("live/a", "again"))
	if read(t, b, "live/a").Revision == before {
		t.Error("the revision of a key that vanished came back")
	}
}

func testEphemeralTakeover(t testing.TB, open Open) {
	a, b, c := opened(t, open), opened(t, open), opened(t, open)
	commit(t, a, putEphemeral("live/h", "a"), put("live/d", "a"))
	commit(t, b, putEphemeral("live/h", "b"), putEphemeral("live/d", "b"))
	closing(t, a)
	wantValue(t, c, "live/h", "b")
	wantValue(t, c, "live/d", "b")
	w := watching(t, c, "live/")
	closing(t, b)
	w.is(t, map[string]string{})
}

func testEphemeralMadeDurable(t testing.TB, open Open) {
	a, b := opened(t, open), opened(t, open)
	commit(t, a, putEphemeral("by-itself", "1"), putEphemeral("by-another", "1"), putEphemeral("goes", "1"))
	commit(t, a, put("by-itself", "2"))
	commit(t, b, put("by-another", "2"))
	w := watching(t, b, "")
	closing(t, a)
	w.is(t, map[string]string{"by-itself": "2", "by-another": "2"})
}

func testEphemeralRemade(t testing.TB, open Open) {
	a, b := opened(t, open), opened(t, open)
	commit(t, a, putEphemeral("durable", "1"), putEphemeral("ephemeral", "1"), putEphemeral("goes", "1"))
	commit(t, b, del("durable"), del("ephemeral"))
	commit(t, b, put("durable", "2"), putEphemeral("ephemeral", "2"))
	w := watching(t, b, "")
	closing(t, a)
	w.is(t, map[string]string{"durable": "2", "ephemeral": "2"})
}

func testCloseOne(t testing.TB, open Open) {
	a, b := opened(t, open), opened(t, open)
	w := watching(t, b, "w/")
	closing(t, a)
	refused(t, a, kvstore.ErrClosed, put("w/a", "1"))
	commit(t, b, put("w/b", "1"))
	w.is(t, map[string]string{"w/b": "1"})
}

func testReopen(t testing.TB, open Open) {
	s := opened(t, open)
	commit(t, s, put("durable", "1"), putEphemeral("live", "1"), put("deleted", "1"))
	commit(t, s, del("deleted"), put("durable", "2"))
	revision := read(t, s, "durable").Revision
	closing(t, s)
	s = opened(t, open)
	watching(t, s, "").is(t, map[string]string{"durable": "2"})
	if got := read(t, s, "durable").Revision; got != revision {
		t.Errorf("the revision of a key that nobody wrote went from %q to %q", revision, got)
	}
	commit(t, s, when(revision, put("durable", "3")))
}

func testReopenMadeDurable(t testing.TB, open Open) {
	s := opened(t, open)
	commit(t, s, putEphemeral("k", "1"), putEphemeral("remade", "1"))
	commit(t, s, put("k", "2"), del("remade"))
	commit(t, s, put("remade", "2"))
	closing(t, s)
	s = opened(t, open)
	watching(t, s, "").is(t, map[string]string{"k": "2", "remade": "2"})
}

func testReopenRevisions(t testing.TB, open Open) {
	seen := map[kvstore.Revision]bool{kvstore.Absent: true}
	for range 3 {
		s := opened(t, open)
		for range 3 {
			commit(t, s, put("a", "1"))
			r := read(t, s, "a").Revision
			if seen[r] {
				t.Fatalf("revision %q came back", r)
			}
			seen[r] = true
			commit(t, s, del("a"))
		}
		closing(t, s)
	}
}

// RunGap tests what a watch tells after its store lost its connection. open
// opens two sessions on the same data, and cut runs a function while the watcher
// has no connection (or right before it lost track), and gives it back.
func RunGap(t *testing.T, open func(t testing.TB) (watcher, writer kvstore.Store, cut func(during func()))) {
	t.Run("7 a new snapshot after a gap", func(t *testing.T) {
		a, b, cut := open(t)
		defer a.Close()
		defer b.Close()
		commit(t, b, put("w/kept", "1"), put("w/changed", "1"), put("w/deleted", "1"))
		w := watching(t, a, "w/")
		w.is(t, map[string]string{"w/kept": "1", "w/changed": "1", "w/deleted": "1"})
		cut(func() {
			commit(t, b, put("w/changed", "2"), del("w/deleted"), put("w/new", "1"), put("w/brief", "1"))
			commit(t, b, del("w/brief"))
		})
		w.is(t, map[string]string{"w/kept": "1", "w/changed": "2", "w/new": "1"})
		commit(t, b, put("w/kept", "2"))
		w.is(t, map[string]string{"w/kept": "2", "w/changed": "2", "w/new": "1"})
	})
	t.Run("9 ends during a gap", func(t *testing.T) {
		a, b, cut := open(t)
		defer a.Close()
		defer b.Close()
		w := watching(t, a, "w/")
		w.is(t, map[string]string{})
		cut(func() {
			w.stop()
			wantError(t, w.end(t), context.Canceled, "a watch cancelled without a connection")
		})
	})
}

func closing(t testing.TB, s kvstore.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("Close = %v", err)
	}
}
