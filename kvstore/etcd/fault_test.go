package etcd_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// TestGap cuts the watcher's connection: once so that etcd's watch can go on, and
// once so that what it missed is compacted.
func TestGap(t *testing.T) {
	c := testenv.Etcd(t, 1)
	admin := client(t, c)
	for name, compact := range map[string]bool{"resumed": false, "compacted": true} {
		t.Run(name, func(t *testing.T) {
			kvtest.RunGap(t, func(t testing.TB) (watcher, writer kvstore.Store, cut func(during func())) {
				way := testenv.NewProxy(t, c[0].Addr)
				root := fmt.Sprint("/test/", roots.Add(1))
				return open(t, "etcd://"+way.Addr+root), open(t, url(c)+root), func(during func()) {
					way.Cut()
					defer way.Restore()
					during()
					if compact {
						compactAll(t, admin)
					}
				}
			})
		})
	}
}

// compactAll forgets all revisions but the newest.
func compactAll(t testing.TB, admin *clientv3.Client) {
	t.Helper()
	put, err := admin.Put(t.Context(), "/elsewhere", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Compact(t.Context(), put.Header.Revision, clientv3.WithCompactPhysical()); err != nil {
		t.Fatal(err)
	}
}

// TestRestored empties the cluster under a session, as one does who restores an
// old backup: its revisions begin again.
func TestRestored(t *testing.T) {
	t.Parallel()
	c := testenv.Etcd(t, 1)
	s := open(t, url(c))
	defer s.Close()
	for range 10 {
		commit(t, s, put("w/a", "before"), put("w/b", "before"))
	}
	batches := watch(t, s, "w/")
	if b := <-batches; !b.Snapshot || len(b.Entries) != 2 {
		t.Fatalf("the watch begins with %v", b)
	}
	c[0].Kill()
	c[0].Erase()
	c[0].Start()
	c.Await()
	if got, err := s.List(t.Context(), ""); err != nil || len(got) != 0 {
		t.Errorf("List = %v, %v", got, err)
	}
	commit(t, s, put("w/a", "after"))
	until(batches, "w/a", "after")
}

// TestBehind reads from a server that is behind the others.
func TestBehind(t *testing.T) {
	c := testenv.Etcd(t, 1)
	var old frozen
	own := client(t, c, grpc.WithChainUnaryInterceptor(old.answer))
	s, late := with(t, own), with(t, own)
	defer s.Close()
	defer late.Close()
	commit(t, s, put("a", "old"))
	for _, session := range []kvstore.Store{s, late} {
		if got, err := session.Get(t.Context(), []string{"a"}, false); err != nil || string(got[0].Value) != "old" {
			t.Fatalf("Get = %v, %v", got, err)
		}
	}
	commit(t, s, put("a", "new"))
	if got, err := late.Get(t.Context(), []string{"a"}, false); err != nil || string(got[0].Value) != "old" {
		t.Errorf("the server is not behind: %v, %v", got, err)
	}
	want(t, late, "a", "new")
	for _, session := range []kvstore.Store{s, late} {
		if got, err := session.Get(t.Context(), []string{"a"}, false); err != nil || string(got[0].Value) != "new" {
			t.Errorf("who knows better reads %v, %v", got, err)
		}
	}
}

// frozen gives, to all reads that any server may answer, the answer of the first.
type frozen struct {
	first atomic.Pointer[pb.TxnResponse]
}

func (f *frozen) answer(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	txn, ok := req.(*pb.TxnRequest)
	if !ok || len(txn.Success) == 0 || !txn.Success[0].GetRequestRange().GetSerializable() {
		return invoke(ctx, method, req, reply, conn, opts...)
	}
	if f.first.Load() == nil {
		first := &pb.TxnResponse{}
		if err := invoke(ctx, method, req, first, conn, opts...); err != nil {
			return err
		}
		f.first.Store(first)
	}
	proto.Merge(reply.(*pb.TxnResponse), f.first.Load())
	return nil
}

// TestLostLease takes the session's lease away.
func TestLostLease(t *testing.T) {
	c := testenv.Etcd(t, 1)
	admin := client(t, c)
	s, other := open(t, url(c)), open(t, url(c))
	defer s.Close()
	defer other.Close()
	live := func(value string) kvstore.Op {
		op := put("live/h", value)
		op.Ephemeral = true
		return op
	}
	for range 3 {
		commit(t, s, live("here"))
		want(t, other, "live/h", "here")
		leases, err := admin.Leases(t.Context())
		if err != nil || len(leases.Leases) != 1 {
			t.Fatalf("Leases = %v, %v, want one", leases, err)
		}
		if _, err := admin.Revoke(t.Context(), leases.Leases[0].ID); err != nil {
			t.Fatal(err)
		}
		want(t, other, "live/h", "")
	}
	commit(t, s, live("here"))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	want(t, other, "live/h", "")
}

// TestDied ends a session without a farewell: its lease was kept alive before,
// and expires then.
func TestDied(t *testing.T) {
	t.Parallel()
	c := testenv.Etcd(t, 1)
	own := client(t, c)
	s := with(t, own, etcd.TTL(3*time.Second))
	other := open(t, url(c))
	defer other.Close()
	op := put("live/h", "here")
	op.Ephemeral = true
	commit(t, s, op)
	awaitRenewal(t, client(t, c))
	want(t, other, "live/h", "here")
	batches := watch(t, other, "live/")
	if b := <-batches; len(b.Entries) != 1 {
		t.Errorf("the watch begins with %v", b)
	}
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	if b := <-batches; len(b.Entries) != 1 || b.Entries[0].Revision != kvstore.Absent {
		t.Errorf("then it tells of %v", b)
	}
	if err := s.Close(); err == nil {
		t.Error("Close says that it ended a session whose client is closed")
	}
}

// awaitRenewal returns when a lease has got more time to live.
func awaitRenewal(t *testing.T, admin *clientv3.Client) {
	t.Helper()
	leases, err := admin.Leases(t.Context())
	if err != nil || len(leases.Leases) != 1 {
		t.Fatalf("Leases = %v, %v, want one", leases, err)
	}
	for last := int64(0); ; {
		left, err := admin.TimeToLive(t.Context(), leases.Leases[0].ID)
		switch {
		case err != nil || left.TTL < 0:
			t.Fatalf("the lease is gone: %v, %v", left, err)
		case last > 0 && left.TTL > last:
			return
		}
		last = left.TTL
		time.Sleep(5 * time.Millisecond)
	}
}

func TestCloseWhileAway(t *testing.T) {
	t.Parallel()
	c := testenv.Etcd(t, 1)
	s := open(t, url(c), etcd.Patience(time.Second))
	op := put("live/h", "here")
	op.Ephemeral = true
	commit(t, s, op)
	c[0].Kill()
	if err := s.Close(); err == nil {
		t.Error("Close says that the ephemeral keys are gone")
	}
}
