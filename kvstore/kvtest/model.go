package kvtest

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/kvstore"
)

// modelKeys are few, so that operations meet.
var modelKeys = []string{"m/a", "m/a/a", "m/a/b", "m/b", "m/b/%", "m/c"}

// model is the slow and obvious store that the real one is compared with.
type model struct {
	store    kvstore.Store
	values   map[string]string
	revision map[string]kvstore.Revision
	used     []kvstore.Revision // all that any key ever had
	everHad  map[string]map[kvstore.Revision]bool
}

// testModel does random things to a store and to the model of it. The store
// keeps its data from one run of the random test to the next.
func testModel(t testing.TB, s kvstore.Store) {
	w := watching(t, s, "m/")
	m := &model{store: s, everHad: map[string]map[kvstore.Revision]bool{}, used: []kvstore.Revision{kvstore.Absent}}
	rapid.Check(t, func(t *rapid.T) {
		m.empty(t)
		t.Repeat(map[string]func(*rapid.T){
			"":       m.compare,
			"commit": m.commit,
			"watch":  func(t *rapid.T) { w.is(t, m.values) },
		})
		w.is(t, m.values)
	})
}

func (m *model) empty(t *rapid.T) {
	m.values, m.revision = map[string]string{}, map[string]kvstore.Revision{}
	var ops []kvstore.Op
	for _, key := range modelKeys {
		ops = append(ops, del(key))
	}
	commit(t, m.store, ops...)
}

// commit does some random operations, of which each check may hold or not.
func (m *model) commit(t *rapid.T) {
	var ops []kvstore.Op
	holds := true
	for _, key := range modelKeys {
		op := drawWrite(t, key)
		if rapid.IntRange(0, 3).Draw(t, "checked") == 0 {
			op = when(m.drawRevision(t, key), op)
			holds = holds && op.Revision == m.revision[key]
		}
		if op.Check || op.Write != kvstore.None {
			ops = append(ops, op)
		}
	}
	err := m.store.Commit(limited(t), ops)
	switch {
	case holds && err == nil:
		m.apply(t, ops)
	case holds || !errors.Is(err, kvstore.ErrConflict):
		t.Fatalf("Commit(%v) = %v, its checks hold: %v", ops, err, holds)
	}
}

func drawWrite(t *rapid.T, key string) kvstore.Op {
	switch rapid.IntRange(0, 5).Draw(t, key) {
	case 0, 1:
		return put(key, rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "value"))
	case 2:
		return putEphemeral(key, "here")
	case 3:
		return del(key)
	}
	return kvstore.Op{Key: key}
}

// drawRevision is most often the right one, else one that some key had once.
func (m *model) drawRevision(t *rapid.T, key string) kvstore.Revision {
	if rapid.IntRange(0, 4).Draw(t, "right") > 0 {
		return m.revision[key]
	}
	return rapid.SampledFrom(m.used).Draw(t, "revision")
}

func (m *model) apply(t *rapid.T, ops []kvstore.Op) {
	for _, op := range ops {
		switch op.Write {
		case kvstore.Put:
			m.values[op.Key] = string(op.Value)
			m.revision[op.Key] = m.newRevision(t, op.Key)
		case kvstore.Delete:
			delete(m.values, op.Key)
			delete(m.revision, op.Key)
		}
	}
}

// newRevision learns the revision that a write gave, which the key never had.
func (m *model) newRevision(t *rapid.T, key string) kvstore.Revision {
	r := read(t, m.store, key).Revision
	if r == kvstore.Absent || m.everHad[key][r] {
		t.Fatalf("a write gave %s the revision %q, which it had before", key, r)
	}
	if m.everHad[key] == nil {
		m.everHad[key] = map[kvstore.Revision]bool{}
	}
	m.everHad[key][r] = true
	m.used = append(m.used, r)
	return r
}

func (m *model) compare(t *rapid.T) {
	for _, current := range []bool{false, true} {
		entries, err := m.store.Get(limited(t), modelKeys, current)
		if err != nil {
			t.Fatalf("Get = %v", err)
		}
		for i, e := range entries {
			if e.Key != modelKeys[i] || string(e.Value) != m.values[e.Key] || e.Revision != m.revision[e.Key] {
				t.Fatalf("Get has %v, want %q at revision %q", e, m.values[modelKeys[i]], m.revision[modelKeys[i]])
			}
		}
	}
	for _, prefix := range []string{"", "m/", "m/a/"} {
		if got, want := listed(t, m.store, prefix), m.below(prefix); !maps.Equal(got, want) {
			t.Fatalf("List(%q) has %q, want %q", prefix, got, want)
		}
	}
}

func (m *model) below(prefix string) map[string]string {
	values := maps.Clone(m.values)
	maps.DeleteFunc(values, func(key, _ string) bool { return !strings.HasPrefix(key, prefix) })
	return values
}
