package etcd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/status"

	"github.com/vlcp-go/vlcp/kvstore"
)

func TestJudge(t *testing.T) {
	lost := status.Error(codes.Unavailable, "error reading from server: EOF")
	for _, test := range []struct {
		err  error
		sent bool
		want fate
	}{
		{lost, true, unknown},
		{lost, false, unsent},
		{status.Error(codes.DeadlineExceeded, "context deadline exceeded"), true, unknown},
		{status.Error(codes.DeadlineExceeded, "no connection"), false, unsent},
		{status.Error(codes.Canceled, "context canceled"), true, unknown},
		{status.Error(codes.Unknown, "raft proposal dropped"), true, passing},
		{status.Error(codes.Unknown, "something new"), true, unknown},
		{status.Error(codes.Internal, "stream terminated by RST_STREAM"), true, unknown},
		{status.Error(codes.Unauthenticated, "etcdserver: authentication failed, invalid user ID or password"), false, refused},
		{rpctypes.ErrGRPCNoLeader, true, passing},
		{rpctypes.ErrGRPCRequestTooManyRequests, true, passing},
		{rpctypes.ErrGRPCAuthOldRevision, true, passing},
		{rpctypes.ErrGRPCInvalidAuthToken, true, stranger},
		{rpctypes.ErrGRPCUserEmpty, true, stranger},
		{rpctypes.ErrGRPCPermissionDenied, true, refused},
		{rpctypes.ErrGRPCTooManyOps, true, refused},
		{rpctypes.ErrGRPCRequestTooLarge, true, refused},
		{rpctypes.ErrGRPCLeaseNotFound, true, refused},
		{rpctypes.ErrLeaseNotFound, true, refused}, // as the client renames it
		{rpctypes.ErrGRPCStopped, true, unknown},
		{rpctypes.ErrGRPCTimeout, true, unknown},
		{rpctypes.ErrGRPCTimeoutDueToLeaderFail, true, unknown},
		{rpctypes.ErrGRPCTimeoutDueToConnectionLost, true, unknown},
		{rpctypes.ErrGRPCLeaderChanged, true, unknown},
		{rpctypes.ErrGRPCNoSpace, true, unknown},
		{rpctypes.ErrGRPCCorrupt, true, unknown},
	} {
		if got := judge(test.err, test.sent); got != test.want {
			t.Errorf("judge(%v, sent %v) = %d, want %d", test.err, test.sent, got, test.want)
		}
	}
}

// TestOutcomes has a server that fails each transaction, and counts how often it
// gets one.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err         error
		write, read error
		once        bool // a write is sent
	}{
		{status.Error(codes.Canceled, "by a proxy"), kvstore.ErrUnknown, kvstore.ErrUnavailable, true},
		{status.Error(codes.DeadlineExceeded, "by a proxy"), kvstore.ErrUnknown, kvstore.ErrUnavailable, true},
		{status.Error(codes.Unavailable, "by a proxy"), kvstore.ErrUnknown, kvstore.ErrUnavailable, true},
		{rpctypes.ErrGRPCTimeout, kvstore.ErrUnknown, kvstore.ErrUnavailable, true},
		{rpctypes.ErrGRPCNoSpace, kvstore.ErrUnknown, kvstore.ErrUnavailable, true},
		{rpctypes.ErrGRPCNoLeader, kvstore.ErrUnavailable, kvstore.ErrUnavailable, false},
		{rpctypes.ErrGRPCPermissionDenied, rpctypes.ErrPermissionDenied, rpctypes.ErrPermissionDenied, true},
		{rpctypes.ErrGRPCTooManyOps, kvstore.ErrTooLarge, kvstore.ErrTooLarge, true},
		{rpctypes.ErrGRPCInvalidAuthToken, rpctypes.ErrInvalidAuthToken, rpctypes.ErrInvalidAuthToken, true},
	} {
		t.Run(fmt.Sprint(status.Convert(test.err).Message(), status.Code(test.err)), func(t *testing.T) {
			server := &failing{err: test.err}
			s := server.open(t)
			err := s.Commit(t.Context(), []kvstore.Op{{Key: "a", Write: kvstore.Put}})
			if !errors.Is(err, test.write) {
				t.Errorf("Commit = %v, want %v", err, test.write)
			}
			if n := server.got.Load(); (n == 1) != test.once {
				t.Errorf("the commit was sent %d times", n)
			}
			if err := s.Commit(t.Context(), []kvstore.Op{{Key: "a", Check: true}}); !errors.Is(err, test.read) {
				t.Errorf("Commit of a check = %v, want %v", err, test.read)
			}
			if _, err := s.Get(t.Context(), []string{"a"}, true); !errors.Is(err, test.read) {
				t.Errorf("Get = %v, want %v", err, test.read)
			}
		})
	}
}

// TestEndOnTheWay ends a commit while the server has it.
func TestEndOnTheWay(t *testing.T) {
	for name, want := range map[string]error{"cancel": context.Canceled, "close": kvstore.ErrClosed} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var s *Store
			server := &failing{err: status.Error(codes.Unavailable, "too late"), on: func() {
				if name == "cancel" {
					cancel()
				} else {
					go s.Close()
				}
			}}
			s = server.open(t, Patience(time.Minute))
			err := s.Commit(ctx, []kvstore.Op{{Key: "a", Write: kvstore.Put}})
			if !errors.Is(err, kvstore.ErrUnknown) || !errors.Is(err, want) {
				t.Errorf("Commit = %v, want %v and that the outcome is unknown", err, want)
			}
		})
	}
}

// failing is a server of etcd that fails each transaction.
type failing struct {
	pb.UnimplementedKVServer
	err error
	on  func() // is called before, and the call then lasts until its client gives up
	got atomic.Int32
}

func (f *failing) Txn(ctx context.Context, _ *pb.TxnRequest) (*pb.TxnResponse, error) {
	f.got.Add(1)
	if f.on != nil {
		f.on()
		<-ctx.Done()
	}
	return nil, f.err
}

func (f *failing) open(t *testing.T, opts ...Option) *Store {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterKVServer(server, f)
	go server.Serve(l)
	t.Cleanup(server.Stop)
	s, err := Open(t.Context(), "etcd://"+l.Addr().String(), append([]Option{Lazy(), Patience(500 * time.Millisecond)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	conn := s.client.ActiveConnection()
	conn.Connect()
	for state := conn.GetState(); state != connectivity.Ready; state = conn.GetState() {
		conn.WaitForStateChange(t.Context(), state)
	}
	return s
}

func TestErrorsReadAsOneSentence(t *testing.T) {
	t.Parallel()
	server := &failing{err: rpctypes.ErrGRPCNoLeader}
	_, err := server.open(t).List(t.Context(), "net/")
	for _, part := range []string{"store list net/: ", "127.0.0.1", "no leader", "check that"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}
