// Package netns makes and describes network interfaces: the veth pairs that
// join a container to the bridge, their settings inside a network namespace,
// and the facts of this host that a network must not collide with.
//
// [CreateVeth] makes a pair, and where the sandbox is known its peer is born
// in it, all by one message to the kernel. [Isolate] keeps this host's own IP
// stack off one end. [Delete], [DeleteAll] and [Links] are for the way back.
// [Configure] gives an interface its name, addresses and routes where no
// container engine does. [Routes], [DefaultAddr], [SourceOf] and [LinkOf] read
// this host.
// [New], [Open] and [Do] are the namespaces themselves.
//
// Every function but Configure acts in the network namespace of its caller,
// which is that of the process unless inside [Do].
package netns

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Error tells what was done to which interface when it failed. It matches
// os.ErrNotExist where an interface, a namespace or a route is absent, and
// os.ErrExist where a name is taken.
type Error struct {
	Op  string // "create veth", "delete", "configure", …
	ID  string // the interface, path or address concerned; "" where it is none in particular
	Err error
}

// Error reads as a sentence: delete eth0: operation not permitted.
func (e *Error) Error() string {
	if e.ID == "" {
		return e.Op + ": " + e.Err.Error()
	}
	return e.Op + " " + e.ID + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// do runs fn unless ctx has ended, and says what failed. The kernel answers
// without waiting for anybody, so ctx is not asked again.
func do(ctx context.Context, op, id string, fn func() error) error {
	err := ctx.Err()
	if err == nil {
		err = fn()
	}
	if err == nil {
		return nil
	}
	return &Error{Op: op, ID: id, Err: explain(err)}
}

// explain adds to the kernel's errors what they mean here.
func explain(err error) error {
	var absent netlink.LinkNotFoundError
	switch {
	case errors.As(err, &absent), errors.Is(err, unix.ENODEV):
		return fmt.Errorf("there is no such interface: %w: %w", os.ErrNotExist, err)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("this needs root (CAP_NET_ADMIN): %w", err)
	case errors.Is(err, unix.ERANGE):
		return fmt.Errorf("an interface name has at most %d bytes: %w", unix.IFNAMSIZ-1, err)
	default:
		return err
	}
}

// dump runs fn again while the kernel says that its list changed under way.
func dump[T any](fn func() (T, error)) (T, error) {
	for range 10 {
		list, err := fn()
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			return list, err
		}
	}
	return fn()
}
