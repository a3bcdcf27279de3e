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

// suites are the tests that run on the kernel's datapath: a package, and which of
// its tests.
var suites = []struct{ pkg, run string }{
	{".", "Embedding|Containers"},
	{"network/plan", "Tunnels|Forward|Neighbors|Guard|Guests|Connections"},
	{"internal/e2e", "KernelDatapath|TwoHosts|PortMoves|VLAN"},
}

// TestKernelDatapath runs tests that have an Open vSwitch in a guest, where its
// datapath is the kernel's.
func TestKernelDatapath(t *testing.T) {
	if os.Getenv("VLCP_KERNEL") == "" {
		t.Skip("not run, since it takes minutes: make test-kernel runs it")
	}
	k := find(t)
	files := t.TempDir()
	build(t, "build", "-o", files+"/vlcp", "./examples/plugin")
	build(t, "build", "-ldflags=-s -w", "-o", files+"/probe", "./internal/testlab/probe/cmd")
	script := "await_ovs\nexport VLCP_PROGRAMS=" + kernellab.GuestFiles + " failed=0\n"
	for i, s := range suites {
		name := fmt.Sprintf("suite%d.test", i)
		build(t, "test", "-c", "-o", filepath.Join(files, name), "./"+s.pkg)
		script += fmt.Sprintf("./%s -test.v -test.timeout 8m -test.run '%s' || failed=1\n", name, s.run)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	var out strings.Builder
	code, err := k.Run(ctx, kernellab.Job{Script: script + "exit $failed", Files: files}, io.MultiWriter(t.Output(), &out))
	if err != nil || code != 0 {
		t.Errorf("in the guest: code %d, error %v", code, err)
	}
	for _, skipped := range skip.FindAllString(out.String(), -1) {
		t.Errorf("not run in the guest: %s", skipped)
	}
	if passed := len(pass.FindAllString(out.String(), -1)); passed < len(suites) {
		t.Errorf("%d tests passed in the guest", passed)
	}
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
