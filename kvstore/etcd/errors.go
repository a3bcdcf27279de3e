package etcd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/vlcp-go/vlcp/kvstore"
)

// fate is what became of a transaction that failed.
type fate uint8

const (
	refused  fate = iota // not done, and never will be
	passing              // not done, but may be in a moment
	unsent               // not done, since no server could be connected to
	stranger             // not done: the servers don't know who we are
	unknown              // done or not
)

// dropped is what a server without a leader says that was not asked to have one.
const dropped = "raft proposal dropped"

// judge tells the fate by gRPC's error, and by whether it was sent to a server.
// What servers answer is in rpctypes, and when in etcd's server/etcdserver:
// timeouts and "server stopped" come after the proposal was made, and so may
// "database space exceeded".
func judge(err error, sent bool) fate {
	answer := rpctypes.Error(err)
	switch {
	case matches(answer, rpctypes.ErrInvalidAuthToken, rpctypes.ErrUserEmpty):
		return stranger
	case matches(answer, rpctypes.ErrNoLeader, rpctypes.ErrTooManyRequests, rpctypes.ErrAuthOldRevision),
		rpctypes.ErrorDesc(err) == dropped:
		return passing
	}
	switch code(err) {
	case codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition, codes.OutOfRange,
		codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented:
		return refused
	}
	if !sent {
		return unsent
	}
	return unknown
}

// explain is the error of a call with the last attempt's fate.
func (s *Store) explain(ctx context.Context, f fate, err error) error {
	stopped := s.stopped(ctx)
	switch {
	case f == unknown && stopped != nil:
		return fmt.Errorf("%w: %w: %w", kvstore.ErrUnknown, stopped, err)
	case f == unknown:
		return fmt.Errorf("%w: %w", kvstore.ErrUnknown, s.advise(err))
	case f == refused:
		return s.advise(err)
	case stopped != nil:
		return fmt.Errorf("%w: %w", stopped, err)
	}
	return fmt.Errorf("%w: no server of etcd at %s can do it: %w; check that they run, and the addresses and TLS files",
		kvstore.ErrUnavailable, strings.Join(s.client.Endpoints(), ", "), err)
}

// advise says what to do about an answer that waiting does not help against.
func (s *Store) advise(err error) error {
	switch {
	case matches(err, rpctypes.ErrTooManyOps, rpctypes.ErrRequestTooLarge):
		return fmt.Errorf("%w: %w: give the servers at least etcd's defaults of --max-txn-ops=128 and --max-request-bytes=1572864",
			kvstore.ErrTooLarge, err)
	case matches(err, rpctypes.ErrAuthFailed, rpctypes.ErrUserEmpty):
		return fmt.Errorf("%w: check the user and the password, as in etcd://USER:PASSWORD@HOST:2379", err)
	case matches(err, rpctypes.ErrPermissionDenied):
		return fmt.Errorf("%w: give the user's role readwrite permission for the prefix %s", err, s.root)
	case matches(err, rpctypes.ErrNoSpace):
		return fmt.Errorf("%w: compact and defragment the servers, then run etcdctl alarm disarm", err)
	default:
		return err
	}
}

// code is gRPC's code of an error, also of one that etcd's client has renamed.
func code(err error) codes.Code {
	var answer rpctypes.EtcdError
	if errors.As(err, &answer) {
		return answer.Code()
	}
	return status.Code(err)
}

func matches(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// plain is an error of gRPC as etcd names it, or else without gRPC's frame.
func plain(err error) error {
	if answer := rpctypes.Error(err); answer != err {
		return answer
	}
	return reason{err}
}

type reason struct{ error }

func (r reason) Error() string {
	return strings.TrimPrefix(rpctypes.ErrorDesc(r.error), "latest balancer error: ")
}

func (r reason) Unwrap() error { return r.error }
