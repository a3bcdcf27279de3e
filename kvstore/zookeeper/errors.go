package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/kvstore"
)

// The errors by which ZooKeeper says that it did not do what was asked.
var (
	// outdated: a node is not as it was read.
	outdated = []error{zk.ErrNoNode, zk.ErrNodeExists, zk.ErrBadVersion, zk.ErrNotEmpty}
	// unsent: the request came to nobody who could have done it.
	unsent = []error{zk.ErrNoServer, zk.ErrSessionExpired, zk.ErrSessionMoved}
	// denied: nor will it.
	denied = []error{zk.ErrNoAuth, zk.ErrAuthFailed, zk.ErrInvalidACL, zk.ErrNoChildrenForEphemerals, zk.ErrBadArguments}
)

func isAny(err error, targets []error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
}

// isFinal tells whether a read has ended: any other error is one of the connection.
func isFinal(err error) bool {
	return err == nil || isEnd(err) || isAny(err, outdated) || isAny(err, denied)
}

// isEnd tells the errors with which the store itself ends a call.
func isEnd(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, kvstore.ErrClosed) || errors.Is(err, kvstore.ErrUnavailable)
}

// explain says what the user can do.
func explain(err error) error {
	switch {
	case errors.Is(err, zk.ErrNoAuth), errors.Is(err, zk.ErrAuthFailed):
		return fmt.Errorf("%w: look at the user and the password in the URL of the store, and at the permissions of its path", err)
	case errors.Is(err, zk.ErrNoChildrenForEphemerals):
		return fmt.Errorf("%w: somebody else has made one in the path of the store", err)
	}
	return err
}
