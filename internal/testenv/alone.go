package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"github.com/vishvananda/netns"
)

// aloneVar is set in the environment of a process that Alone started.
const aloneVar = "VLCP_TEST_ALONE"

// Alone runs a package's tests, by what would be all of its TestMain, in a
// process that has a network namespace of its own: whatever goroutine makes
// interfaces makes them there. Without root it runs them where they are, and
// [Root] skips those that need it.
func Alone(run func()) {
	if os.Geteuid() != 0 || os.Getenv(aloneVar) != "" {
		run()
		return
	}
	runtime.LockOSThread() // the process dies with the thread that starts it
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), aloneVar+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		os.Exit(code)
	}
	fmt.Fprintln(os.Stderr, "the tests, in a process with a network namespace of its own:", err)
	os.Exit(1)
}

// OVSHere is [OVS] in the network namespace of the process, which must be that
// of [Alone]: whoever lives in this process can make devices for its bridges.
func OVSHere(t testing.TB) *OVSInstance {
	t.Helper()
	needOVS(t)
	if os.Getenv(aloneVar) == "" {
		t.Fatal("a test with an Open vSwitch of its process needs a TestMain with testenv.Alone")
	}
	here, err := netns.Get()
	must(t, err)
	t.Cleanup(func() { here.Close() })
	return ovsIn(t, here)
}
