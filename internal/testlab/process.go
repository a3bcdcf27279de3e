package testlab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Process is a program that goes on running in a host.
type Process struct {
	Name string

	cmd   *exec.Cmd
	log   string        // the file with its output
	from  int64         // where its own part of that begins
	ready chan struct{} // closed when it said READY=1
	done  chan struct{} // closed when it has ended
	err   error         // how it ended; valid after done
}

// Start starts a program in the host; its output goes to a log with the name.
// It runs until it ends by itself, is stopped, or the host is closed: ctx is
// for the start alone. A program without a slash is searched for in the
// host's PATH.
func (h *Host) Start(ctx context.Context, name string, argv ...string) (*Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &Process{Name: name, log: filepath.Join(h.dir, name+".log"), ready: make(chan struct{}), done: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	if p.from, err = log.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	notify, err := h.notifySocket(name)
	if err != nil {
		return nil, err
	}
	p.cmd = h.command(context.Background(), argv...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Env = append(p.cmd.Env, "NOTIFY_SOCKET="+notifyPath(name))
	if err := h.sandbox.start(p.cmd); err != nil {
		notify.Close()
		return nil, fmt.Errorf("%s: start %s: %w", h.Name, name, err)
	}
	go p.awaitReady(notify)
	go p.awaitEnd(notify)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.processes = append(h.processes, p)
	return p, nil
}

// notifyPath is where, in its host, a program says that it is ready.
func notifyPath(name string) string { return "/run/lab/" + name + ".notify" }

func (h *Host) notifySocket(name string) (*net.UnixConn, error) {
	path := h.Path(notifyPath(name))
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
}

// awaitReady reads what the program says until it says READY=1; see
// sd_notify(3).
func (p *Process) awaitReady(notify *net.UnixConn) {
	message := make([]byte, 4096)
	for {
		n, err := notify.Read(message)
		if err != nil {
			return
		}
		for _, line := range strings.Split(string(message[:n]), "\n") {
			if line == "READY=1" {
				close(p.ready)
				return
			}
		}
	}
}

func (p *Process) awaitEnd(notify *net.UnixConn) {
	p.err = p.cmd.Wait()
	notify.Close()
	close(p.done)
}

// Ready waits until the program says that it is ready, as sd_notify(3) does.
func (p *Process) Ready(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-p.done:
		return fmt.Errorf("%s ended before it was ready: %w\n%s", p.Name, p.err, p.tail())
	case <-ctx.Done():
		return fmt.Errorf("%s is not ready: %w\n%s", p.Name, ctx.Err(), p.tail())
	}
}

// Signal sends the program a signal.
func (p *Process) Signal(sig syscall.Signal) error { return p.cmd.Process.Signal(sig) }

// Wait waits until the program has ended, and says how, as exec.Cmd.Wait does.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("%s goes on: %w\n%s", p.Name, ctx.Err(), p.tail())
	}
}

// Stop sends the signal and returns when the program has ended, however that
// says it did.
func (p *Process) Stop(ctx context.Context, sig syscall.Signal) error {
	if err := p.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return nil
	default:
		err := p.Wait(ctx)
		if ctx.Err() != nil {
			return err
		}
		return nil
	}
}

// Running tells whether the program has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Pid is the program's process id, in this process's namespace.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Log is what the program has written to its output so far.
func (p *Process) Log() string {
	all, err := os.ReadFile(p.log)
	if err != nil || int64(len(all)) < p.from {
		return ""
	}
	return string(all[p.from:])
}

// tail is the end of the log, where the reason of a failure is.
func (p *Process) tail() string {
	const size = 4 << 10
	log := p.Log()
	return log[max(0, len(log)-size):]
}
