package netns

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// threadNetns is the namespace of the calling thread; /proc/self is that of
// the main thread.
const threadNetns = "/proc/thread-self/ns/net"

// Namespace is an open network namespace. It exists at least until Close.
type Namespace struct {
	file *os.File
}

// New makes a network namespace that has no name: with the last process and
// the last open Namespace in it, it is gone.
func New() (*Namespace, error) {
	var n *Namespace
	err := onThread(func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			n, err = Open(threadNetns)
		}
		return err
	})
	if err != nil {
		return nil, &Error{Op: "create network namespace", Err: explain(err)}
	}
	return n, nil
}

// Open opens the namespace at path: /run/netns/NAME, /proc/PID/ns/net, or
// Docker's SandboxKey. An absent one matches os.ErrNotExist.
func Open(path string) (*Namespace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Op: "open network namespace", ID: path, Err: err}
	}
	return &Namespace{file: f}, nil
}

// Path is a path of the namespace that any process may use until Close.
func (n *Namespace) Path() string {
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), n.file.Fd())
}

// Close closes the namespace; what runs in it goes on.
func (n *Namespace) Close() error { return n.file.Close() }

// Do calls fn in the namespace and returns its error. Sockets that fn opens
// and processes that it starts stay there; goroutines that it starts don't.
func (n *Namespace) Do(fn func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return &Error{Op: "enter network namespace", ID: n.file.Name(), Err: explain(err)}
		}
		return fn()
	})
}

// Do calls fn in the namespace at path, as [Namespace.Do] does; "" is the
// caller's own.
func Do(path string, fn func() error) error {
	if path == "" {
		return fn()
	}
	n, err := Open(path)
	if err != nil {
		return err
	}
	defer n.Close()
	return n.Do(fn)
}

// onThread calls fn on a goroutine that has its thread for itself, so that fn
// may change the thread's namespace. Goroutines run on threads whose namespace
// is the process's: one that can't go back there ends with the goroutine.
func onThread(fn func() error) error {
	err := errors.New("the function ended its goroutine")
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		home, openErr := os.Open(threadNetns)
		if openErr != nil {
			err = openErr
			return
		}
		defer home.Close()
		defer func() {
			if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
				runtime.UnlockOSThread()
			}
		}()
		err = fn()
	}()
	<-done
	return err
}

// handleAt opens a netlink connection to the namespace at path; "" is the
// caller's own.
func handleAt(path string) (h *netlink.Handle, err error) {
	err = Do(path, func() error {
		h, err = netlink.NewHandle(unix.NETLINK_ROUTE)
		return err
	})
	return h, err
}
