package etcd

import (
	"context"
	"slices"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/vlcp-go/vlcp/kvstore"
)

// The pauses between two attempts.
const (
	minPause = 20 * time.Millisecond
	maxPause = 500 * time.Millisecond
)

// tries is how many servers that do not answer a read can be got past.
const tries = 3

// txn is a transaction of etcd.
type txn struct {
	when  []clientv3.Cmp
	then  []clientv3.Op
	orGet []clientv3.Op // if a condition did not hold
}

// ask makes a transaction that writes nothing, and so may be made many times.
func (s *Store) ask(ctx context.Context, t txn) (resp *clientv3.TxnResponse, err error) {
	err = s.repeat(ctx, func(ctx context.Context) (f fate, err error) {
		resp, f, err = s.send(ctx, t)
		return f, err
	})
	return resp, err
}

// repeat tries what may be done many times, and so gets past a server that does
// not answer.
func (s *Store) repeat(ctx context.Context, attempt func(context.Context) (fate, error)) error {
	return s.try(ctx, func(ctx context.Context) (fate, error) {
		ctx, cancel := context.WithTimeout(ctx, s.patience/tries)
		defer cancel()
		f, err := attempt(ctx)
		return min(f, passing), err
	})
}

// try makes attempts until one is done, refused, or of unknown outcome, as long
// as the patience lasts.
func (s *Store) try(ctx context.Context, attempt func(context.Context) (fate, error)) error {
	call, end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		f, err := attempt(call)
		if err == nil {
			return nil
		}
		if f != passing || !sleep(call, pause) {
			return s.explain(ctx, f, err)
		}
	}
}

// begin gives the context of a call: it ends with ctx, at Close, and when the
// patience is over.
func (s *Store) begin(ctx context.Context) (context.Context, context.CancelFunc, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.stopped(ctx); err != nil {
		return nil, nil, err
	}
	s.calls.Add(1)
	ctx, unbind := s.bind(ctx)
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	return ctx, func() { cancel(); unbind(); s.calls.Done() }, nil
}

// bind gives a context that ends with ctx and at Close.
func (s *Store) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		select {
		case <-s.closed:
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// stopped says why a call must end: the store is closed, or its context ended.
func (s *Store) stopped(ctx context.Context) error {
	select {
	case <-s.closed:
		return kvstore.ErrClosed
	default:
		return ctx.Err()
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// send sends a transaction, once.
func (s *Store) send(ctx context.Context, t txn, opts ...grpc.CallOption) (*clientv3.TxnResponse, fate, error) {
	m := &message{KVClient: clientv3.RetryKVClient(s.client), opts: opts}
	kv := clientv3.NewKVFromKVClient(m, s.client)
	resp, err := kv.Txn(ctx).If(t.when...).Then(t.then...).Else(t.orGet...).Commit()
	if err == nil {
		return resp, 0, nil
	}
	f := judge(m.err, m.receiver.Addr != nil)
	if f == stranger {
		f = refused
		if s.login != nil {
			s.login.forget()
			f = passing
		}
	}
	return nil, f, plain(m.err)
}

// message is the KV service for one transaction, of which it notes what became.
type message struct {
	pb.KVClient
	opts     []grpc.CallOption
	receiver peer.Peer // without an address it was never sent
	err      error     // as gRPC has it; the client leaves out its reasons
}

// Txn sends the transaction. The client would send it again, applied or not,
// after a status Canceled or DeadlineExceeded that a server or a proxy made up.
func (m *message) Txn(ctx context.Context, in *pb.TxnRequest, opts ...grpc.CallOption) (*pb.TxnResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	once := grpc.OnFinish(func(err error) {
		if code := status.Code(err); code == codes.Canceled || code == codes.DeadlineExceeded {
			cancel()
		}
	})
	resp, err := m.KVClient.Txn(ctx, in, slices.Concat(opts, m.opts, []grpc.CallOption{grpc.Peer(&m.receiver), once})...)
	m.err = err
	return resp, err
}
