package kvstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

var copyOptions = kvstore.CopyOptions{Seal: "schema", Draft: []byte("draft"), Skip: []string{"alive/"}}

// fill writes n keys and a seal, and an ephemeral one, to a new store.
func fill(t *testing.T, n int) kvstore.Store {
	t.Helper()
	s := memory.New()
	t.Cleanup(func() { s.Close() })
	write(t, s, kvstore.Op{Key: "schema", Write: kvstore.Put, Value: []byte("1")},
		kvstore.Op{Key: "alive/h1", Write: kvstore.Put, Ephemeral: true})
	for i := range n {
		write(t, s, kvstore.Op{Key: fmt.Sprintf("net/%d", i), Write: kvstore.Put, Value: []byte(strings.Repeat("x", i))})
	}
	return s
}

func write(t *testing.T, s kvstore.Store, ops ...kvstore.Op) {
	t.Helper()
	if err := s.Commit(t.Context(), ops); err != nil {
		t.Fatal(err)
	}
}

// dump is what a store has, but for what is skipped.
func dump(t *testing.T, s kvstore.Store) map[string]string {
	t.Helper()
	entries, err := s.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if !strings.HasPrefix(e.Key, "alive/") {
			all[e.Key] = string(e.Value)
		}
	}
	return all
}

func TestCopy(t *testing.T) {
	for _, n := range []int{0, 1, 62, 63, 64, 300} { // around the 64 operations of a commit
		from, to := fill(t, n), memory.New()
		keys, err := kvstore.Copy(t.Context(), from, to, copyOptions)
		if err != nil || keys != n+1 {
			t.Errorf("%d keys: %d, %v", n, keys, err)
		}
		if diff := cmp.Diff(dump(t, from), dump(t, to)); diff != "" {
			t.Errorf("%d keys: (-from +to)\n%s", n, diff)
		}
		if alive, err := to.List(t.Context(), "alive/"); err != nil || len(alive) > 0 {
			t.Errorf("copied %v, %v", alive, err)
		}
		if _, err := kvstore.Copy(t.Context(), from, to, copyOptions); !errors.Is(err, kvstore.ErrNotEmpty) {
			t.Errorf("once more: %v", err)
		}
	}
}

// A batch of few operations may have too many bytes.
func TestCopyOfLargeValues(t *testing.T) {
	from, to := fill(t, 3), memory.New()
	for i := range 60 {
		write(t, from, kvstore.Op{Key: fmt.Sprintf("large/%d", i), Write: kvstore.Put, Value: make([]byte, to.Limits().Bytes/5)})
	}
	if _, err := kvstore.Copy(t.Context(), from, to, copyOptions); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(dump(t, from), dump(t, to)); diff != "" {
		t.Errorf("(-from +to)\n%s", diff)
	}
}

// Wherever a copy is cut, the data is a draft, and a second one completes it, also
// if the source was changed in between.
func TestCopyThatIsCut(t *testing.T) {
	for _, fault := range []kvtest.Fault{kvtest.Unavailable, kvtest.Lost, kvtest.Applied, kvtest.Late} {
		for commits := range 7 { // the draft, 4 batches, the seal
			from, to := fill(t, 200), memory.New()
			faults := append(make([]kvtest.Fault, commits), fault)
			_, err := kvstore.Copy(t.Context(), from, kvtest.NewFaulty(to, kvtest.Commits(faults...)), copyOptions)
			if err != nil && dump(t, to)["schema"] == "1" && fault != kvtest.Applied {
				t.Errorf("fault %d after %d: %v, but no draft", fault, commits, err)
			}
			if err == nil { // Update knows what to do
				continue
			}
			write(t, from, kvstore.Op{Key: "net/3", Write: kvstore.Delete}, kvstore.Op{Key: "net/4", Write: kvstore.Put, Value: []byte("new")})
			if _, err := kvstore.Copy(t.Context(), from, to, copyOptions); err != nil {
				t.Errorf("fault %d after %d, once more: %v", fault, commits, err)
			}
			if diff := cmp.Diff(dump(t, from), dump(t, to)); diff != "" {
				t.Errorf("fault %d after %d: (-from +to)\n%s", fault, commits, diff)
			}
		}
	}
}

func TestCopyRefuses(t *testing.T) {
	put := func(key, value string) kvstore.Op {
		return kvstore.Op{Key: key, Write: kvstore.Put, Value: []byte(value)}
	}
	for name, tt := range map[string]struct {
		from, to []kvstore.Op
		want     error
	}{
		"nothing to copy":        {nil, nil, kvstore.ErrNoData},
		"no seal":                {[]kvstore.Op{put("net/1", "")}, nil, kvstore.ErrNoData},
		"a draft":                {[]kvstore.Op{put("schema", "draft")}, nil, kvstore.ErrNoData},
		"data there":             {[]kvstore.Op{put("schema", "1")}, []kvstore.Op{put("schema", "1")}, kvstore.ErrNotEmpty},
		"something there":        {[]kvstore.Op{put("schema", "1")}, []kvstore.Op{put("other", "")}, kvstore.ErrNotEmpty},
		"too large":              {[]kvstore.Op{put("schema", "1"), put("net/1", strings.Repeat("x", 200_000))}, nil, kvstore.ErrTooLarge},
		"too large, the seal":    {[]kvstore.Op{put("schema", strings.Repeat("x", 200_000))}, nil, kvstore.ErrTooLarge},
		"only what is skipped":   {[]kvstore.Op{put("schema", "1")}, []kvstore.Op{put("alive/h", "")}, nil},
		"what is left of drafts": {[]kvstore.Op{put("schema", "1")}, []kvstore.Op{put("schema", "draft"), put("x", "y")}, nil},
	} {
		from, to := memory.New(), narrow{memory.New()}
		write(t, from, tt.from...)
		write(t, to.Store, tt.to...)
		before := dump(t, to)
		if _, err := kvstore.Copy(t.Context(), from, to, copyOptions); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, dump(t, to)); tt.want != nil && diff != "" {
			t.Errorf("%s: wrote %s", name, diff)
		}
	}
}

// narrow takes less than other stores.
type narrow struct{ kvstore.Store }

func (n narrow) Limits() kvstore.Limits {
	return kvstore.Limits{Ops: 64, Bytes: 100_000, Value: 100_000}
}

// Who writes meanwhile, on either side, is found out.
func TestCopyOfAMovingStore(t *testing.T) {
	for name, op := range map[string]kvstore.Op{
		"changed":           {Key: "net/1", Write: kvstore.Put, Value: []byte("new")},
		"deleted":           {Key: "net/1", Write: kvstore.Delete},
		"created":           {Key: "net/new", Write: kvstore.Put},
		"by an agent there": {Key: "schema", Write: kvstore.Put, Value: []byte("2")},
	} {
		for _, commits := range []int{1, 2, 3} {
			from, to := fill(t, 100), memory.New()
			side := map[string]kvstore.Store{"by an agent there": to}[name]
			if side == nil {
				side = from
			}
			meddled := &meddler{Store: to, after: commits, do: func() { write(t, side, op) }}
			if _, err := kvstore.Copy(t.Context(), from, meddled, copyOptions); !errors.Is(err, kvstore.ErrChanged) {
				t.Errorf("%s after %d commits: %v", name, commits, err)
			}
		}
	}
}

// meddler does something after a number of commits.
type meddler struct {
	kvstore.Store
	after int
	do    func()
}

func (m *meddler) Commit(ctx context.Context, ops []kvstore.Op) error {
	err := m.Store.Commit(ctx, ops)
	if m.after--; m.after == 0 {
		m.do()
	}
	return err
}
