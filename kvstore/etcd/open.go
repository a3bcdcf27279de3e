package etcd

import (
	"context"
	"errors"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Open connects to the cluster at a URL:
//
//	etcd://[USER:PASSWORD@]HOST[:2379][,HOST[:2379]…][/ROOT][?ca=FILE&cert=FILE&key=FILE&password-file=FILE]
//
// The root is /vlcp if not given. With ca (the authority that signed the servers'
// certificates), cert and key (the client's own certificate), or tls=true, it
// connects by TLS; so it does with [TLS]. Special characters of the user and the
// password are escaped, as in p%40ss; or the password is in a file.
//
// It asks the servers, and answers an error at once where they are away
// ([kvstore.ErrUnavailable]) or refuse; with [Lazy] it does not ask.
func Open(ctx context.Context, rawURL string, opts ...Option) (*Store, error) {
	a, err := parse(rawURL)
	if err != nil {
		return nil, &kvstore.Error{Op: "open", Err: err}
	}
	s, err := a.open(ctx, opts)
	if err != nil {
		return nil, &kvstore.Error{Op: "open", Key: a.String(), Err: err}
	}
	return s, nil
}

func (a address) open(ctx context.Context, opts []Option) (*Store, error) {
	o, err := newOptions(append([]Option{Root(a.root)}, opts...))
	if err != nil {
		return nil, err
	}
	config, err := a.config(&o)
	if err != nil {
		return nil, err
	}
	client, err := clientv3.New(config)
	if err != nil {
		return nil, err
	}
	if o.login != nil {
		o.login.auth = client.Auth
	}
	o.hangUp = client.Close
	s := newStore(client, o)
	if o.lazy {
		return s, nil
	}
	if err := s.ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// ping reads any key below the root. It waits for no server that can't be
// connected to.
func (s *Store) ping(ctx context.Context) error {
	t := txn{then: []clientv3.Op{clientv3.OpGet(s.root + "schema")}}
	return s.try(clientv3.WithRequireLeader(ctx), func(ctx context.Context) (fate, error) {
		ctx, cancel := context.WithTimeout(ctx, s.patience/tries)
		defer cancel()
		_, f, err := s.send(ctx, t, grpc.WaitForReady(false))
		if f == unknown {
			f = passing
		}
		return f, err
	})
}

// config is for a client that connects fast, tries no call twice by itself, and
// finds out in some ten seconds (gRPC's least) that a server has vanished.
func (a address) config(o *options) (clientv3.Config, error) {
	dial := []grpc.DialOption{grpc.WithConnectParams(grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: o.patience},
		MinConnectTimeout: o.patience,
	})}
	if a.user != "" {
		o.login = newLogin(a.user, a.password, o.patience)
		dial = append(dial, grpc.WithPerRPCCredentials(o.login))
	}
	tls, err := a.tlsConfig(o.tls)
	return clientv3.Config{
		Endpoints: a.hosts, TLS: tls, DialOptions: dial, Logger: zap.NewNop(), MaxUnaryRetries: 1,
		DialKeepAliveTime: 10 * time.Second, DialKeepAliveTimeout: 3 * time.Second,
	}, err
}
