package testlab

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespaces are those that a host has of its own.
const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC

//go:embed host.sh
var hostScript string

// sandbox is the namespaces of a host.
type sandbox struct {
	init  *exec.Cmd // the first process
	life  io.Closer // its input: with its end the sandbox ends
	pidfd int
	ended sync.Once
}

// newSandbox starts the first process of a host and returns when host.sh is
// through.
func newSandbox(ctx context.Context, name string, env []string) (*sandbox, error) {
	resolver, _ := underlay(0)
	init := exec.Command("/bin/sh", "-c", hostScript, "sh", name, resolver.String())
	var stderr bytes.Buffer
	init.Env, init.Stderr = env, &stderr
	// A session of its own: Ctrl-C on the terminal is for us alone.
	init.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Setsid: true}
	life, err := init.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := init.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := init.Start(); err != nil {
		return nil, fmt.Errorf("start host %s: %w", name, err)
	}
	s := &sandbox{init: init, life: life, pidfd: -1}
	if err = s.await(ctx, stdout); err == nil {
		s.pidfd, err = unix.PidfdOpen(init.Process.Pid, 0)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("start host %s: %w\n%s", name, err, &stderr)
	}
	return s, nil
}

// await returns when the first process says that it is ready.
func (s *sandbox) await(ctx context.Context, stdout io.Reader) error {
	stop := context.AfterFunc(ctx, func() { s.life.Close() })
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	if !stop() {
		return ctx.Err()
	}
	if line != "ready\n" {
		return errors.New("its init script failed")
	}
	return nil
}

// close ends every process of the sandbox and returns when they are gone.
func (s *sandbox) close() {
	s.ended.Do(func() {
		s.life.Close()
		s.init.Process.Kill() // fails only where it has ended by itself
		s.init.Wait()
		if s.pidfd >= 0 {
			unix.Close(s.pidfd)
		}
	})
}

// start starts cmd in the sandbox. Unlike nsenter(1) it leaves no process in
// between: cmd's process is our child, to be signalled and waited for.
func (s *sandbox) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return onLostThread(func() error {
		// A thread that shares its working directory can't change its mounts.
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return err
		}
		if err := unix.Setns(s.pidfd, namespaces); err != nil {
			return err
		}
		return cmd.Start()
	})
}

// onLostThread calls fn on a thread that ends afterwards. That is never the
// main thread, which would stay, and whose namespaces /proc/self shows.
func onLostThread(fn func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			result <- onLostThread(fn) // while this goroutine holds the main thread
			runtime.UnlockOSThread()
			return
		}
		result <- fn()
	}()
	return <-result
}
