// Package socket listens on sockets that others of this host talk to.
package socket

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Mode lets the socket's owner and group talk to it.
const Mode = 0o660

// ErrServed is the answer of [Listen] where another process has the socket.
var ErrServed = errors.New("another process serves this socket: stop it first, or choose another socket")

// Listen makes the socket, with its directory. A socket that nobody answers any
// more is replaced; one that is served is [ErrServed]. Its Close removes the
// socket, unless it is somebody else's by then.
func Listen(socket string) (net.Listener, error) {
	dir := filepath.Dir(socket)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := removeStale(socket); err != nil {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := os.Chmod(socket, Mode); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	made, err := os.Lstat(socket)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &listener{UnixListener: l, socket: socket, made: made}, nil
}

// lock keeps others from looking at sockets of this directory and
// replacing them at the same time. It leaves no file.
func lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(d.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(&os.PathError{Op: "lock", Path: dir, Err: err}, d.Close())
	}
	return func() { d.Close() }, nil
}

// removeStale removes a socket that a process left behind.
func removeStale(socket string) error {
	info, err := os.Lstat(socket)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is a file of this name that is no socket: remove it, or choose another socket")
	}
	conn, err := net.DialTimeout("unix", socket, time.Second)
	switch {
	case err == nil:
		conn.Close()
		return ErrServed
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w (%w)", ErrServed, err)
	}
	return os.Remove(socket)
}

// listener is a socket that it removes when it is closed.
type listener struct {
	*net.UnixListener
	socket string
	made   os.FileInfo
}

// Close closes the listener, and removes its socket.
func (l *listener) Close() error {
	return errors.Join(l.remove(), l.UnixListener.Close())
}

func (l *listener) remove() error {
	unlock, err := lock(filepath.Dir(l.socket))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	now, err := os.Lstat(l.socket)
	if err != nil || !os.SameFile(l.made, now) || !l.made.ModTime().Equal(now.ModTime()) {
		return nil // it is gone, or another process made one of its own
	}
	return os.Remove(l.socket)
}
