package testenv

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vlcp-go/vlcp/internal/servers"
)

// Daemon is a server process of one test, on loopback. It ends with the test,
// and with the test's process.
type Daemon struct {
	t    testing.TB
	path string
	args []string
	env  []string
	log  string // the file of what it prints
	cmd  *exec.Cmd
}

// Start starts the process again after [Daemon.Kill], and does not wait until it
// serves.
func (d *Daemon) Start() {
	d.t.Helper()
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(d.t, err)
	defer log.Close()
	d.cmd = exec.Command(d.path, d.args...)
	d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = d.env, log, log
	must(d.t, startMortal(d.cmd, func() error { return nil }))
}

// startMortal starts a process that dies with this one: the kernel ends it when
// the thread that started it ends, so that thread stays as long as the process, and
// does nothing else. It enters the process's namespace first.
func startMortal(cmd *exec.Cmd, enter func() error) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := enter()
		if err == nil {
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		}
	}()
	return <-started
}

// Kill kills the process, paused or not, and returns when it is gone.
func (d *Daemon) Kill() { stop(d.cmd) }

// Pause stops the process without its knowledge: its connections stay open, but
// nobody answers. It returns when it has stopped.
func (d *Daemon) Pause() {
	d.t.Helper()
	must(d.t, d.cmd.Process.Signal(syscall.SIGSTOP))
	must(d.t, unix.Waitid(unix.P_PID, d.cmd.Process.Pid, nil, unix.WSTOPPED, nil))
}

// Resume lets the process go on after [Daemon.Pause].
func (d *Daemon) Resume() {
	d.t.Helper()
	must(d.t, d.cmd.Process.Signal(syscall.SIGCONT))
}

// await returns when ready holds, and fails the test with the end of the log if
// that takes too long.
func (d *Daemon) await(ready func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ready(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(d.log)
			d.t.Fatalf("%s %q does not serve:\n%s", d.path, d.args, log[max(0, len(log)-2000):])
		}
	}
}

// serverBinary is the path of a server's program. Without one t is skipped.
func serverBinary(t testing.TB, name string) string {
	t.Helper()
	path, err := servers.Program(name)
	if err != nil {
		t.Skip("not run: ", err)
	}
	return path
}

// loopback gives n addresses of loopback on which nobody listened a moment ago.
// Their ports lie below those that Linux gives to outgoing connections, so that a
// server which is started again finds its own free.
func loopback(t testing.TB, n int) []string {
	t.Helper()
	const lowest, highest = 20000, 32767
	var addrs []string
	for len(addrs) < n {
		addr := fmt.Sprintf("127.0.0.1:%d", lowest+rand.N(highest-lowest+1))
		if l, err := net.Listen("tcp", addr); err == nil {
			defer l.Close()
			addrs = append(addrs, addr)
		}
	}
	return addrs
}
