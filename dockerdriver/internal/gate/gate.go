// Package gate holds up who opens a file until the file is ready, by the permission
// events of fanotify(7).
//
// Processes to which the file has the path that it has here, so those that have this
// one's mounts, are not held up, nor is anybody for longer than [Patience], nor once
// this process has ended.
package gate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Patience is how long somebody who opens a file waits at most.
const Patience = time.Second

// Gate is files that are held. It is safe for concurrent use.
type Gate struct {
	group *os.File // of fanotify
	ready func(key string) (done <-chan struct{})

	mu   sync.Mutex
	held map[inode]held

	closed   chan struct{}
	handling sync.WaitGroup
}

// inode is what stands for a file whatever path somebody opens it by.
type inode struct{ dev, ino uint64 }

// held is a file.
type held struct{ key, path string }

// New makes a Gate. When somebody opens the file of a key ready is called, and who
// opens it goes on when done is closed. It is an error where the kernel has no
// permission events, or lets this process have none.
func New(ready func(key string) (done <-chan struct{})) (*Gate, error) {
	fd, err := unix.FanotifyInit(unix.FAN_CLASS_CONTENT|unix.FAN_UNLIMITED_MARKS|unix.FAN_CLOEXEC|unix.FAN_NONBLOCK, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_LARGEFILE)
	if err != nil {
		return nil, fmt.Errorf("fanotify: %w", err)
	}
	g := &Gate{group: os.NewFile(uintptr(fd), "fanotify"), ready: ready, held: map[inode]held{}, closed: make(chan struct{})}
	g.handling.Go(g.serve)
	return g, nil
}

// Hold holds a file until somebody has opened it, or Release. fs.ErrNotExist.
func (g *Gate) Hold(key, path string) error {
	err := g.hold(key, path)
	if err != nil {
		err = &fs.PathError{Op: "hold", Path: path, Err: err}
	}
	return err
}

func (g *Gate) hold(key, path string) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	file, path, err := identify(fd)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.mark(unix.FAN_MARK_ADD, fd); err != nil {
		return err
	}
	g.held[file] = held{key, path}
	return nil
}

// Release forgets the file of a key, which is no more.
func (g *Gate) Release(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.held, func(_ inode, h held) bool { return h.key == key })
}

// Close lets everybody go on, and returns when ready is not called any more.
func (g *Gate) Close() error {
	close(g.closed)
	err := g.group.Close()
	g.handling.Wait()
	return err
}

// mark has the kernel ask when a file is opened, or not any more.
func (g *Gate) mark(how uint, fd int) error {
	group, err := g.group.SyscallConn()
	if err != nil {
		return err
	}
	controlErr := group.Control(func(group uintptr) {
		err = unix.FanotifyMark(int(group), how, unix.FAN_OPEN_PERM, unix.AT_FDCWD, link(fd))
	})
	return errors.Join(controlErr, err)
}

// link is a file descriptor as a path.
func link(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// identify gives a file, and the path by which it was opened: one that somebody with
// other mounts opened has the path that it has there.
func identify(fd int) (file inode, path string, err error) {
	var is unix.Stat_t
	if err = unix.Fstat(fd, &is); err == nil {
		path, err = os.Readlink(link(fd))
	}
	return inode{is.Dev, is.Ino}, path, err
}

// serve takes events until the Gate is closed. It opens no file that is held.
func (g *Gate) serve() {
	buffer := make([]byte, 4096)
	for {
		n, err := g.group.Read(buffer)
		if err != nil {
			if errors.Is(err, os.ErrClosed) {
				return
			}
			continue
		}
		for events := buffer[:n]; len(events) >= int(unsafe.Sizeof(unix.FanotifyEventMetadata{})); {
			e := (*unix.FanotifyEventMetadata)(unsafe.Pointer(&events[0]))
			g.heed(int(e.Fd), int(e.Pid))
			events = events[e.Event_len:]
		}
	}
}

// heed answers one event, now or when the file is ready.
func (g *Gate) heed(fd, pid int) {
	if fd < 0 {
		return // events were lost, which the kernel answers itself
	}
	if pid == os.Getpid() { // which must not wait for itself
		g.allow(fd)
		return
	}
	g.handling.Go(func() {
		g.await(fd)
		g.allow(fd)
	})
}

// await returns when a file is ready, which is held no more then.
func (g *Gate) await(fd int) {
	file, path, err := identify(fd)
	if err != nil {
		return
	}
	g.mu.Lock()
	h, isHeld := g.held[file]
	g.mu.Unlock()
	if isHeld && path == h.path {
		return
	}
	if isHeld {
		select {
		case <-g.ready(h.key):
		case <-time.After(Patience):
		case <-g.closed:
		}
	}
	g.drop(file, fd)
}

// drop ends that a file is held. The file, or the Gate, may be gone.
func (g *Gate) drop(file inode, fd int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.held, file)
	_ = g.mark(unix.FAN_MARK_REMOVE, fd)
}

// allow lets who opens a file go on. It may have ended by now.
func (g *Gate) allow(fd int) {
	var answer [8]byte
	binary.NativeEndian.PutUint32(answer[:4], uint32(fd))
	binary.NativeEndian.PutUint32(answer[4:], unix.FAN_ALLOW)
	_, _ = g.group.Write(answer[:])
	unix.Close(fd)
}
