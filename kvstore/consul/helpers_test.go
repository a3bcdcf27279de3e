package consul_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
)

func open(t testing.TB, addr string, opts ...consul.Option) *consul.Store {
	t.Helper()
	s, err := consul.Open(t.Context(), "consul://"+addr, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// client is Consul's own, for what an operator does.
func client(t testing.TB, addr, token string) *api.Client {
	t.Helper()
	config := api.DefaultConfig()
	config.Address, config.Token = addr, token
	c, err := api.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(config.Transport.CloseIdleConnections)
	return c
}

func put(t testing.TB, s kvstore.Store, key, value string) {
	t.Helper()
	if err := s.Commit(t.Context(), []kvstore.Op{{Key: key, Write: kvstore.Put, Value: []byte(value)}}); err != nil {
		t.Fatal(err)
	}
}

func putEphemeral(t testing.TB, s kvstore.Store, key, value string) {
	t.Helper()
	op := kvstore.Op{Key: key, Write: kvstore.Put, Value: []byte(value), Ephemeral: true}
	if err := s.Commit(t.Context(), []kvstore.Op{op}); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, s kvstore.Store, key string) kvstore.Entry {
	t.Helper()
	entries, err := s.Get(t.Context(), []string{key}, true)
	if err != nil {
		t.Fatal(err)
	}
	return entries[0]
}

// follower is a watch and what it has told.
type follower struct {
	t       testing.TB
	batches chan kvstore.Batch
	values  map[string]string
}

// follow watches a prefix until the test ends.
func follow(t testing.TB, s kvstore.Store, prefix string) *follower {
	w := &follower{t: t, batches: make(chan kvstore.Batch), values: map[string]string{}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Watch(ctx, prefix, func(b kvstore.Batch) error {
			select {
			case w.batches <- b:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return w
}

// is waits until the watch has told this state, such as "w/a=1 w/b=2".
func (w *follower) is(want string) {
	w.t.Helper()
	for {
		select {
		case b := <-w.batches:
			w.take(b)
		case <-time.After(time.Minute):
			w.t.Fatalf("the watch never told of %q, but %q", want, w.values)
		}
		if w.String() == want {
			return
		}
	}
}

func (w *follower) take(b kvstore.Batch) {
	if b.Snapshot {
		clear(w.values)
	}
	for _, e := range b.Entries {
		w.values[e.Key] = string(e.Value)
		if e.Revision == kvstore.Absent {
			delete(w.values, e.Key)
		}
	}
}

func (w *follower) String() string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(w.values)) {
		words = append(words, key+"="+w.values[key])
	}
	return strings.Join(words, " ")
}
