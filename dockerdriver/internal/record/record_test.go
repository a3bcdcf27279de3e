package record_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// world is a store with records.
type world struct {
	*testing.T
	*memory.Store
}

func newWorld(t *testing.T) *world {
	w := &world{t, memory.New()}
	t.Cleanup(func() { w.Close() })
	return w
}

// does runs a transaction that is to answer an error; nil: none.
func (w *world) does(what string, want error, fn func(*kvstore.Tx) error) {
	w.Helper()
	if err := kvstore.Update(w.Context(), w.Store, fn); !errors.Is(err, want) {
		w.Errorf("%s: %v, want %v", what, err, want)
	}
}

// has checks the keys that there are.
func (w *world) has(want ...string) {
	w.Helper()
	entries, err := w.List(w.Context(), "")
	if err != nil {
		w.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Key)
	}
	if !slices.Equal(got, want) {
		w.Errorf("keys:\n%v, want\n%v", got, want)
	}
}

func (w *world) network(host, id string) (n record.Network) {
	w.Helper()
	w.does("load", nil, func(tx *kvstore.Tx) (err error) {
		n, _, err = record.Load(tx, host, id)
		return err
	})
	return n
}

func (w *world) create(host, id, logical string) {
	w.Helper()
	w.does("save", nil, func(tx *kvstore.Tx) error { return record.Network{Network: logical}.Save(tx, host, id) })
}

func (w *world) take(host, id, logical, name string, want error) {
	w.Helper()
	c := record.Claim{Network: logical, Host: host, NetworkID: id}
	w.does("take", want, func(tx *kvstore.Tx) error { return c.Take(tx, name) })
}

func (w *world) make(host, id, logical, name string) {
	w.Helper()
	w.does("making", nil, func(tx *kvstore.Tx) error { return record.Making{Network: logical, Name: name}.Save(tx, host) })
	w.does("begin", nil, func(tx *kvstore.Tx) error {
		return record.Network{Network: logical, Attached: true}.Begin(tx, host, id, true)
	})
}

func (w *world) made(host, id string, want bool) {
	w.Helper()
	w.does("made", nil, func(tx *kvstore.Tx) error {
		gone, err := record.Made(tx, host, id)
		if err == nil && gone != want {
			w.Errorf("gone: %v, want %v", gone, want)
		}
		return err
	})
}

func (w *world) remove(host, id string) {
	w.Helper()
	w.does("remove", nil, func(tx *kvstore.Tx) error { return record.Remove(tx, host, id) })
}

func (w *world) forget(host, id string) {
	w.Helper()
	w.does("forget", nil, func(tx *kvstore.Tx) error { return record.Forget(tx, host, id) })
}

// TestLife is that of a network which another host removes.
func TestLife(t *testing.T) {
	w := newWorld(t)
	w.create("h1", "a", "L")
	w.take("h1", "a", "L", "n", nil)
	w.make("h2", "b", "L", "n")
	w.made("h2", "b", false)
	w.has("docker/making/h2", "docker/net/h1/a", "docker/net/h2/b", "docker/network/n", "docker/use/L/h1/a", "docker/use/L/h2/b")
	if n := w.network("h2", "b"); n.Name != "n" {
		t.Errorf("made %+v", n)
	}
	w.remove("h2", "b")
	w.has("docker/making/h2", "docker/net/h1/a", "docker/net/h2/b", "docker/removed/L/n", "docker/use/L/h1/a")
	w.forget("h2", "b")
	w.does("leave", nil, func(tx *kvstore.Tx) error { return record.Leave(tx, "h1", "a") })
	w.reap("L")
	w.remove("h1", "a")
	w.forget("h1", "a")
	w.has("docker/making/h2", "docker/removed/L/n")
	w.reap("L")
	w.has("docker/making/h2")
}

func (w *world) reap(logical string) {
	w.Helper()
	if err := record.Reap(w.Context(), w.Store, logical, true); err != nil {
		w.Fatal(err)
	}
}

// TestName: a name is that of the first; of one that was removed it is not again,
// unless a user made it again.
func TestName(t *testing.T) {
	w := newWorld(t)
	w.create("h1", "a", "L")
	w.create("h2", "b", "M")
	w.create("h3", "c", "L")
	w.take("h1", "a", "L", "n", nil)
	w.take("h2", "b", "M", "n", record.ErrTaken)
	w.take("h3", "c", "L", "n", nil)
	w.take("h3", "none", "L", "n", record.ErrGone)
	w.remove("h2", "b") // which is nobody's name
	w.take("h1", "a", "L", "n", nil)
	w.remove("h1", "a")
	w.take("h1", "a", "L", "n", record.ErrGone)
	w.take("h3", "c", "L", "n", record.ErrGone) // it is to be removed
	w.create("h1", "d", "L")
	w.take("h1", "d", "L", "n", nil)
	w.take("h3", "c", "L", "n", nil) // which may stay now
	w.does("leave", record.ErrGone, func(tx *kvstore.Tx) error { return record.Leave(tx, "h3", "c") })
}

// TestLost: what a host lost is not removed from the others.
func TestLost(t *testing.T) {
	w := newWorld(t)
	w.create("h1", "a", "L")
	w.take("h1", "a", "L", "n", nil)
	w.does("lose", nil, func(tx *kvstore.Tx) error { return record.Lose(tx, "h1", "a") })
	w.has("docker/net/h1/a", "docker/network/n")
	w.remove("h1", "a")
	w.has("docker/net/h1/a", "docker/network/n")
}

// TestMaking: while a network is being made, its removal is Docker's giving up;
// once it was made, it is a user's.
func TestMaking(t *testing.T) {
	w := newWorld(t)
	w.create("h1", "a", "L")
	w.take("h1", "a", "L", "n", nil)

	w.make("h2", "b", "L", "n")
	w.remove("h2", "b")
	w.has("docker/making/h2", "docker/net/h1/a", "docker/net/h2/b", "docker/network/n", "docker/use/L/h1/a", "docker/use/L/h2/%")
	w.made("h2", "b", true)
	w.has("docker/making/h2", "docker/net/h1/a", "docker/net/h2/b", "docker/removed/L/n", "docker/use/L/h1/a")
	w.made("h2", "b", true) // again: the answer was lost
	w.forget("h2", "b")

	w.does("begin", record.ErrGone, func(tx *kvstore.Tx) error { // what was given up
		return record.Network{Network: "L", Attached: true}.Begin(tx, "h2", "late", true)
	})
	w.does("begin", nil, func(tx *kvstore.Tx) error { // a user's
		return record.Network{Network: "L", Attached: true}.Begin(tx, "h2", "own", false)
	})
}

// TestGate: who closes a logical network keeps everybody out until all who did
// have opened it.
func TestGate(t *testing.T) {
	w := newWorld(t)
	begin := func(want error) {
		t.Helper()
		w.does("begin", want, func(tx *kvstore.Tx) error { return record.Network{Network: "L"}.Begin(tx, "h3", "c", false) })
		w.does("making", want, func(tx *kvstore.Tx) error { return record.Making{Network: "L", Name: "n"}.Save(tx, "h3") })
	}
	begin(nil)
	one, two := record.Closer("h1", "a"), record.Closer("h2", "b")
	for _, closer := range []string{one, one, two} {
		if err := record.Close(t.Context(), w.Store, "L", closer); err != nil {
			t.Fatal(err)
		}
	}
	for _, closer := range []string{one, two} {
		begin(record.ErrClosed)
		if err := record.Open(t.Context(), w.Store, "L", closer, true); err != nil {
			t.Fatal(err)
		}
	}
	begin(nil)
}

// TestOpenWithoutGate: a gate that went with its logical network does not come
// back, unless it may be on its way.
func TestOpenWithoutGate(t *testing.T) {
	w := newWorld(t)
	for _, done := range []bool{true, false} {
		if err := record.Open(t.Context(), w.Store, "L", record.Closer("h1", "a"), done); err != nil {
			t.Fatal(err)
		}
		if done {
			w.has()
		} else {
			w.has("docker/gate/L")
		}
	}
}

// TestReapComesLate: a removal of what was made again meanwhile stays.
func TestReapComesLate(t *testing.T) {
	w := newWorld(t)
	remove := func() {
		w.create("h1", "a", "L")
		w.take("h1", "a", "L", "n", nil)
		w.remove("h1", "a")
		w.forget("h1", "a")
	}
	remove()
	again := remove
	late := listing{w.Store, func() {
		again()
		again = func() {}
	}}
	if err := record.Reap(t.Context(), late, "L", false); err != nil {
		t.Fatal(err)
	}
	w.has("docker/removed/L/n")
	w.reap("L")
	w.has()
}

// listing is a store that does something after each list.
type listing struct {
	kvstore.Store
	then func()
}

func (l listing) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	entries, err := l.Store.List(ctx, prefix)
	l.then()
	return entries, err
}
