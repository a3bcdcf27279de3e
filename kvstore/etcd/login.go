package etcd

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// login gets the token of a user by the password, and sends it with every call.
// The client can do so too, but it asks for the token when it is made, and so
// can't be made while the servers are away.
type login struct {
	user, password string
	patience       time.Duration
	auth           clientv3.Auth // set before the first call

	turn  chan struct{} // held by who asks for a token
	token atomic.Pointer[string]
}

func newLogin(user, password string, patience time.Duration) *login {
	return &login{user: user, password: password, patience: patience, turn: make(chan struct{}, 1)}
}

// GetRequestMetadata is called by gRPC before each call; uris has the service.
func (l *login) GetRequestMetadata(ctx context.Context, uris ...string) (map[string]string, error) {
	if len(uris) > 0 && strings.HasSuffix(uris[0], "/etcdserverpb.Auth") {
		return nil, nil // the call that gets the token
	}
	token, err := l.get(ctx)
	if err != nil || token == "" {
		return nil, err
	}
	return map[string]string{rpctypes.TokenFieldNameGRPC: token}, nil
}

// RequireTransportSecurity is false: whether to use TLS is the operator's choice.
func (l *login) RequireTransportSecurity() bool { return false }

func (l *login) get(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if token := l.token.Load(); token != nil {
		return *token, nil
	}
	token, err := l.ask(ctx)
	if err == nil {
		l.token.Store(&token)
	}
	return token, err
}

// ask gets a new token, which is empty where nobody needs one.
func (l *login) ask(ctx context.Context) (string, error) {
	answer, err := l.auth.Authenticate(ctx, l.user, l.password)
	switch {
	case err == nil:
		return answer.Token, nil
	case matches(err, rpctypes.ErrAuthNotEnabled):
		return "", nil
	case matches(err, rpctypes.ErrAuthFailed):
		// gRPC lets credentials fail with this code, but not with etcd's own.
		return "", status.Error(codes.Unauthenticated, err.Error())
	}
	return "", status.Error(codes.Unavailable, rpctypes.ErrorDesc(err))
}

// forget has the next call ask for a new token.
func (l *login) forget() { l.token.Store(nil) }
