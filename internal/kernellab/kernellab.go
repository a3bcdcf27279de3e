// Package kernellab runs programs on a kernel that has Open vSwitch's module,
// whatever kernel the machine has: User-mode Linux, which is Linux as a process
// of this machine. The tests of the kernel's datapath, which are those of the
// userspace one, run in it.
//
// The guest has the machine's files, read-only, with empty directories over
// /run and /tmp, a network of its own, and one processor. [Find] finds the kernel,
// [Kernel.Run] boots it; its first process is init.sh.
package kernellab

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/vlcp-go/vlcp/internal/servers"
)

//go:embed init.sh
var initScript string

// hostScript starts the guest in a mount namespace of its own, where its memory,
// which is a file, and init.sh are.
const hostScript = `set -e
mount --make-rprivate /
mount -t tmpfs -o size=100% memory "$1"
printf %s "$INIT" >"$1/init"
chmod 755 "$1/init"
export TMPDIR="$1" HOME="$1"
shift
unset INIT
exec "$@"`

// modprobe is what init.sh calls.
const modprobe = "/sbin/modprobe"

// memory is the guest's. What it doesn't use costs nothing.
const memory = "2G"

// Kernel is a kernel that can be booted.
type Kernel struct {
	program string
	modules string // with a directory for each version
}

// Find finds the kernel that .ci/servers.d/linux.uml gets, or an installed one.
func Find() (Kernel, error) {
	program, err := servers.Program("linux.uml")
	if err != nil {
		return Kernel{}, err
	}
	if !servers.IsFile(modprobe) {
		return Kernel{}, fmt.Errorf("there is no %s, which the kernel's modules need; install kmod", modprobe)
	}
	modules := filepath.Join(filepath.Dir(program), "modules")
	if _, err := filepath.EvalSymlinks(modules); err != nil {
		modules = "/usr/lib/uml/modules" // where Debian's package has them
	}
	return Kernel{program, modules}, nil
}

// Job is what runs in a guest.
type Job struct {
	Script string // of sh, in the directory Files
	Files  string // a directory, which the guest has read-only at the path GuestFiles
}

// GuestFiles is where the guest has a job's files.
const GuestFiles = "/mnt"

// Run boots a guest, which ends with its script, and gives that one's exit code.
// What the guest prints goes to w. When ctx ends it is killed. It needs root.
func (k Kernel) Run(ctx context.Context, j Job, w io.Writer) (code int, err error) {
	console := &result{w: w}
	cmd := k.command(ctx, j)
	cmd.Stdout, cmd.Stderr = console, console
	if err := cmd.Run(); err != nil && ctx.Err() != nil {
		return 0, fmt.Errorf("the guest did not end in time: %w", ctx.Err())
	}
	return console.code()
}

// command is the guest as a process. It is the first of its PID namespace: all
// that it starts ends with it.
func (k Kernel) command(ctx context.Context, j Job) *exec.Cmd {
	const dir = "/mnt" // any directory that each machine has
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", hostScript, "sh", dir,
		k.program, "mem="+memory, "uml_dir="+dir+"/", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "init="+dir+"/init",
		"con=null", "con0=null,fd:1", "quiet",
		"JOB_FILES="+j.Files, "JOB_MODULES="+k.modules, "JOB_SERVERS="+servers.Dir())
	cmd.Env = append(cmd.Environ(), "INIT="+strings.Replace(initScript, "{{script}}", j.Script, 1))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL, Setsid: true,
	}
	return cmd
}

// resultMark begins the last line that init.sh prints.
const resultMark = "RESULT "

// ErrNoResult means that a guest ended before its script did.
var ErrNoResult = errors.New("the guest ended without a result")

// result passes on what a guest prints, and keeps the line with its result.
type result struct {
	w    io.Writer
	line []byte // the last, so far
	mark string
}

func (r *result) Write(p []byte) (int, error) {
	for _, b := range p {
		if b != '\n' {
			r.line = append(r.line, b)
			continue
		}
		if after, found := strings.CutPrefix(strings.TrimSpace(string(r.line)), resultMark); found {
			r.mark = cmp.Or(r.mark, after)
		}
		r.line = r.line[:0]
	}
	return r.w.Write(p)
}

func (r *result) code() (int, error) {
	code, err := strconv.Atoi(r.mark)
	if err != nil {
		return 0, ErrNoResult
	}
	return code, nil
}
