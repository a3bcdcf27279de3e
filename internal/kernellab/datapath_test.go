package kernellab_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/kernellab"
)

// suite is a package's tests in the guest, by the flags of their program.
type suite struct{ pkg, flags string }

// TestKernelDatapath runs tests that have an Open vSwitch in a guest, where its
// datapath is the kernel's.
func TestKernelDatapath(t *testing.T) {
	passInGuest(t, 19, []suite{
		{".", "-test.run 'Embedding|Containers|Routers'"},
		{"network/plan", "-test.run 'Tunnels|Forward|Neighbors|Guard|TestGuests|TestConnections|Copies|RouterAnswers'"},
	})
}

// TestKernelHosts runs tests of several hosts with Docker in two guests at once,
// since a guest has one processor.
func TestKernelHosts(t *testing.T) {
	if os.Getenv("VLCP_KERNEL") == "" {
		t.Skip("not run, since it takes minutes: make test-kernel runs it")
	}
	for name, tests := range map[string][]string{
		"tunnels": {"TestTwoHosts", "TestKernelDatapath", "TestPortMoves"},
		"trunk":   {"TestVLAN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passInGuest(t, len(tests), []suite{{"internal/e2e", "-test.run '^(" + strings.Join(tests, "|") + ")$'"}})
		})
	}
}

// passInGuest runs suites in a guest: at least so many tests pass, and none is
// skipped.
func passInGuest(t *testing.T, least int, suites []suite) {
	t.Helper()
	out := inGuest(t, suites)
	for _, skipped := range skip.FindAllString(out, -1) {
		t.Errorf("not run in the guest: %s", skipped)
	}
	if passed := len(pass.FindAllString(out, -1)); passed < least {
		t.Errorf("%d tests passed in the guest, want %d", passed, least)
	}
}

// TestKernelBenchmarks prints benchmarks of the kernel's datapath.
func TestKernelBenchmarks(t *testing.T) {
	if os.Getenv("VLCP_BENCH") == "" {
		t.Skip("not run, since it is no test: make bench-kernel runs it")
	}
	inGuest(t, []suite{{"network/plan", "-test.run '^$' -test.bench Forward -test.benchtime 3s"}})
}

// inGuest runs suites in a guest, one after the other, and gives what they print.
func inGuest(t *testing.T, suites []suite) string {
	t.Helper()
	k := find(t)
	files := t.TempDir()
	build(t, "build", "-o", files+"/vlcp", "./examples/plugin")
	build(t, "build", "-ldflags=-s -w", "-o", files+"/probe", "./internal/testlab/probe/cmd")
	script := "await_ovs\nexport VLCP_PROGRAMS=" + kernellab.GuestFiles + " failed=0\n"
	for i, s := range suites {
		name := fmt.Sprintf("suite%d.test", i)
		build(t, "test", "-c", "-o", filepath.Join(files, name), "./"+s.pkg)
		script += fmt.Sprintf("./%s -test.v -test.timeout 25m %s || failed=1\n", name, s.flags)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	var out strings.Builder
	code, err := k.Run(ctx, kernellab.Job{Script: script + "exit $failed", Files: files}, io.MultiWriter(t.Output(), &out))
	if err != nil || code != 0 {
		t.Errorf("in the guest: code %d, error %v", code, err)
	}
	return out.String()
}

var (
	skip = regexp.MustCompile(`(?m)^ *--- SKIP: .*`)
	pass = regexp.MustCompile(`(?m)^--- PASS: .*`)
)

// build runs the go command at the module's root. The programs are static.
func build(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
