package etcd_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

func TestMain(m *testing.M) {
	// Each step of a random test asks real servers several times.
	if err := flag.Set("rapid.checks", "10"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) {
	c := testenv.Etcd(t, 1)
	kvtest.Run(t, func(t testing.TB) kvstore.Store { return emptyRoot(c)(t) })
	kvtest.RunSessions(t, func(testing.TB) kvtest.Open { return emptyRoot(c) })
	kvtest.RunReopen(t, func(testing.TB) kvtest.Open { return emptyRoot(c) })
}

// TestLargestCommit has the most operations, each checked, with the longest keys
// below the longest root, and as many bytes as there may be.
func TestLargestCommit(t *testing.T) {
	s := open(t, url(testenv.Etcd(t, 1))+"/"+strings.Repeat("r", 128))
	defer s.Close()
	l := s.Limits()
	ops := make([]kvstore.Op, l.Ops)
	for i := range ops {
		key := fmt.Sprintf("%0*d", kvstore.MaxKey, i)
		ops[i] = put(key, strings.Repeat("x", l.Bytes/l.Ops-len(key)))
		ops[i].Check = true
	}
	commit(t, s, ops...)
	if err := s.Commit(t.Context(), ops); !errors.Is(err, kvstore.ErrConflict) || !strings.Contains(err.Error(), ops[0].Key) {
		t.Errorf("Commit = %.80v…", err)
	}
}

func BenchmarkStore(b *testing.B) {
	c := testenv.Etcd(b, 1)
	kvtest.Benchmark(b, func(t testing.TB) kvstore.Store { return emptyRoot(c)(t) })
}

// emptyRoot opens sessions on a root that nobody used before.
func emptyRoot(c testenv.EtcdCluster, opts ...etcd.Option) kvtest.Open {
	root := fmt.Sprint("/test/", roots.Add(1))
	return func(t testing.TB) kvstore.Store { return open(t, url(c)+root, opts...) }
}

var roots atomic.Int64

func url(c testenv.EtcdCluster) string { return "etcd://" + strings.Join(c.Addrs(), ",") }

func open(t testing.TB, url string, opts ...etcd.Option) *etcd.Store {
	t.Helper()
	s, err := etcd.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// client is a client of the caller's own.
func client(t testing.TB, c testenv.EtcdCluster, opts ...grpc.DialOption) *clientv3.Client {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: c.Addrs(), Logger: zap.NewNop(), DialOptions: opts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func with(t testing.TB, client *clientv3.Client, opts ...etcd.Option) *etcd.Store {
	t.Helper()
	s, err := etcd.New(client, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(key, value string) kvstore.Op {
	return kvstore.Op{Key: key, Write: kvstore.Put, Value: []byte(value)}
}

func commit(t testing.TB, s kvstore.Store, ops ...kvstore.Op) {
	t.Helper()
	if err := s.Commit(t.Context(), ops); err != nil {
		t.Fatalf("Commit(%v) = %v", ops, err)
	}
}

// eventually tries until it is done.
func eventually(t testing.TB, try func() error) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// want wants a value now, or with "" an absent key.
func want(t testing.TB, s kvstore.Store, key, value string) {
	t.Helper()
	got, err := s.Get(t.Context(), []string{key}, true)
	if err != nil || string(got[0].Value) != value || (got[0].Revision == kvstore.Absent) != (value == "") {
		t.Fatalf("Get(%s) = %v, %v, want %q", key, got, err, value)
	}
}

// watch is what a watch tells until the test ends.
func watch(t testing.TB, s kvstore.Store, prefix string) <-chan kvstore.Batch {
	ctx, cancel := context.WithCancel(t.Context())
	batches, ended := make(chan kvstore.Batch), make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Watch(ctx, prefix, func(b kvstore.Batch) error {
			select {
			case batches <- b:
			case <-ctx.Done():
			}
			return nil
		})
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return batches
}

// until returns when a watch has told of a value, and hangs if it never does.
func until(batches <-chan kvstore.Batch, key, value string) {
	for b := range batches {
		for _, e := range b.Entries {
			if e.Key == key && string(e.Value) == value {
				return
			}
		}
	}
}
