package kvtest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

func testAllOrNone(t testing.TB, s kvstore.Store) {
	commit(t, s, put("a", "1"), put("b", "1"), putEphemeral("e", "1"))
	refused(t, s, kvstore.ErrConflict, put("a", "2"), del("b"), putEphemeral("e", "2"), put("new", "2"), check("c", "no such revision"))
	wantValue(t, s, "a", "1")
	wantValue(t, s, "b", "1")
	wantValue(t, s, "e", "1")
	wantAbsent(t, s, "c", "new")
	commit(t, s, put("a", "2"), del("b"), del("e"), put("c/new", "2"), check("c", kvstore.Absent))
	wantValue(t, s, "a", "2")
	wantValue(t, s, "c/new", "2")
	wantAbsent(t, s, "b", "c", "e")
}

func testChecks(t testing.TB, s kvstore.Store) {
	commit(t, s, put("old", "1"))
	old := read(t, s, "old").Revision
	commit(t, s, put("a", "1"), put("b", "1"))
	now := read(t, s, "a").Revision
	for name, op := range map[string]kvstore.Op{
		"an older revision":       check("a", old),
		"another key's revision":  when(now, put("old", "2")),
		"absent, but it exists":   when(kvstore.Absent, put("a", "2")),
		"exists, but it's absent": when(now, put("none", "2")),
		"no revision of this one": when("☃", del("a")),
	} {
		err := s.Commit(limited(t), []kvstore.Op{op, put("written", name)})
		wantError(t, err, kvstore.ErrConflict, "%s", name)
	}
	wantAbsent(t, s, "written", "none")
	commit(t, s, check("a", now), check("none", kvstore.Absent))
	if read(t, s, "a").Revision != now {
		t.Error("a check alone gave the key a new revision")
	}
	commit(t, s, when(now, put("a", "2")), when(old, del("old")), when(kvstore.Absent, put("none", "1")), when(kvstore.Absent, del("nil")))
	wantValue(t, s, "a", "2")
	wantValue(t, s, "none", "1")
	wantAbsent(t, s, "old", "nil")
	commit(t, s, del("old")) // of an absent key it is no error
}

func testDuplicateKey(t testing.TB, s kvstore.Store) {
	refused(t, s, kvstore.ErrInvalid, put("a", "1"), put("b", "1"), put("a", "2"))
	refused(t, s, kvstore.ErrInvalid, check("a", kvstore.Absent), put("a", "2"))
	wantAbsent(t, s, "a", "b")
}

// testLinearizable lets many claim the same keys: one wins each, and what it
// wrote is there when its Commit answers.
func testLinearizable(t testing.TB, s kvstore.Store) {
	const workers, keys = 8, 20
	var claims atomic.Int32
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for k := range keys {
				key, me := fmt.Sprintf("claim/%d", k), fmt.Sprint(w)
				err := s.Commit(limited(t), []kvstore.Op{when(kvstore.Absent, put(key, me)), put("last", me)})
				switch {
				case err == nil:
					claims.Add(1)
				case !errors.Is(err, kvstore.ErrConflict):
					t.Errorf("claiming %s: %v", key, err)
					return
				}
				if got, err := s.Get(limited(t), []string{key}, true); err != nil || got[0].Revision == kvstore.Absent {
					t.Errorf("%s is claimed, but Get answers %v, %v", key, got, err)
				}
			}
		})
	}
	wg.Wait()
	if claims.Load() != keys {
		t.Errorf("%d claims of %d keys", claims.Load(), keys)
	}
}

func testOutcomes(t testing.TB, s kvstore.Store) {
	commit(t, s)
	err := refused(t, s, kvstore.ErrConflict, check("a", "r"))
	for _, other := range []error{kvstore.ErrUnknown, kvstore.ErrInvalid, kvstore.ErrTooLarge, kvstore.ErrUnavailable, kvstore.ErrClosed} {
		if errors.Is(err, other) {
			t.Errorf("the conflict %q matches %q too", err, other)
		}
	}
}

func testMalformed(t testing.TB, s kvstore.Store) {
	for name, op := range map[string]kvstore.Op{
		"nothing to do":            {Key: "a"},
		"a value without a put":    {Key: "a", Write: kvstore.Delete, Value: []byte("v")},
		"ephemeral without a put":  {Key: "a", Check: true, Ephemeral: true},
		"a revision, but no check": {Key: "a", Write: kvstore.Put, Revision: "1"},
		"no such write":            {Key: "a", Write: kvstore.Delete + 1},
	} {
		err := s.Commit(limited(t), []kvstore.Op{put("b", "1"), op})
		wantError(t, err, kvstore.ErrInvalid, "%s", name)
	}
	wantAbsent(t, s, "a", "b")
}

func testLimits(t testing.TB, s kvstore.Store) {
	l := s.Limits()
	if l.Ops < 64 || l.Value < 64<<10 || l.Bytes < l.Value {
		t.Errorf("limits %+v are narrower than what objects need", l)
	}
	ops := make([]kvstore.Op, l.Ops)
	for i := range ops {
		ops[i] = put(fmt.Sprintf("ops/%d", i), "x")
	}
	commit(t, s, ops...)
	if got := len(listed(t, s, "ops/")); got != l.Ops {
		t.Errorf("%d keys after a commit of %d", got, l.Ops)
	}
	wantNamed(t, refused(t, s, kvstore.ErrTooLarge, append(ops, put("over", "x"))...), l.Ops)
	wantNamed(t, refused(t, s, kvstore.ErrTooLarge, put("over", strings.Repeat("x", l.Value+1))), l.Value)
	wantNamed(t, refused(t, s, kvstore.ErrTooLarge, filling(l, l.Bytes+1)...), l.Bytes)
	wantAbsent(t, s, "over", "fill/00000")
	full := filling(l, l.Bytes)
	commit(t, s, full...)
	for _, op := range full {
		if e := read(t, s, op.Key); !bytes.Equal(e.Value, op.Value) {
			t.Errorf("%s has %d bytes, put were %d", op.Key, len(e.Value), len(op.Value))
		}
	}
}

// filling is a commit of exactly so many bytes.
func filling(l kvstore.Limits, size int) (ops []kvstore.Op) {
	for i := 0; size > 0; i++ {
		key := fmt.Sprintf("fill/%05d", i)
		n := min(l.Value, max(size-len(key), 0))
		ops = append(ops, put(key, strings.Repeat("x", n)))
		size -= n + len(key)
	}
	return ops
}

// wantNamed wants the limit in the message, since the user must stay below it.
func wantNamed(t tb, err error, limit int) {
	t.Helper()
	if !strings.Contains(err.Error(), fmt.Sprint(limit)) {
		t.Errorf("%q does not name the limit %d", err, limit)
	}
}
