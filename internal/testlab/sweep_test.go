package testlab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

// deadPid is the id of a process that has ended.
func deadPid(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.Pid()
}

func TestDead(t *testing.T) {
	tests := []struct {
		name string
		want bool
	}{
		{fmt.Sprintf("%s%d-1", prefix, deadPid(t)), true},
		{fmt.Sprintf("%s%d-1", prefix, os.Getpid()), false},
		{prefix + "1-1", false},
		{prefix + "notes", false},
	}
	for _, tt := range tests {
		if got := dead(tt.name); got != tt.want {
			t.Errorf("dead(%q) = %v", tt.name, got)
		}
	}
}

func TestSweep(t *testing.T) {
	testenv.Root(t)
	t.Setenv("TMPDIR", t.TempDir())
	dead, alive := fmt.Sprintf("%s%d-1", prefix, deadPid(t)), fmt.Sprintf("%s%d-1", prefix, os.Getpid())
	for _, name := range []string{dead, alive} {
		nested := filepath.Join(os.TempDir(), name, "h1")
		if err := os.MkdirAll(nested, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(); err != nil {
		t.Fatal(err)
	}
	if left := directories(prefix + "*"); len(left) != 1 || filepath.Base(left[0]) != alive {
		t.Errorf("left: %v, want that of %s alone", left, alive)
	}
}

func TestLeftovers(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const name = prefix + "here-1"
	if left, err := leftovers(name); err != nil || len(left) > 0 {
		t.Fatalf("before: %v, %v", left, err)
	}
	if err := os.Mkdir(filepath.Join(os.TempDir(), name), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "60")
	cmd.Env = []string{labVariable + "=" + name}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	left, err := leftovers(name)
	if err != nil || len(left) != 2 {
		t.Fatalf("left: %v, %v", left, err)
	}
	for i, want := range []string{name, fmt.Sprintf("process %d", cmd.Process.Pid)} {
		if !strings.Contains(left[i], want) {
			t.Errorf("%q says nothing of %q", left[i], want)
		}
	}
}

func TestRemoveCgroup(t *testing.T) {
	testenv.Root(t)
	name := fmt.Sprintf("%s%d-test", prefix, os.Getpid())
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/memory"} {
		if _, err := os.Stat(root + "/cgroup.procs"); err != nil {
			continue // of the other cgroup version
		}
		if err := os.MkdirAll(filepath.Join(root, name, "h1", "container"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if len(cgroups(name)) == 0 {
		t.Skip("no cgroups where they are expected")
	}
	if err := remove(name); err != nil {
		t.Error(err)
	}
	if left := cgroups(name); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestEnvironment(t *testing.T) {
	got := HostConfig{BinDir: "/opt/docker", Env: []string{"A=b"}}.environment("lab")
	want := map[string]bool{"PATH=/opt/docker:" + systemPath: true, labVariable + "=lab": true, "A=b": true}
	for _, v := range got {
		delete(want, v)
	}
	if len(want) > 0 {
		t.Errorf("%v lacks %v", got, want)
	}
}
