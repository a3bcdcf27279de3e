package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDemo runs the demonstration, and once more until somebody interrupts it.
func TestDemo(t *testing.T) {
	if _, err := serverOf("etcd"); err != nil || os.Geteuid() != 0 {
		t.Skip("not run: it needs root, and ", err)
	}
	program := filepath.Join(t.TempDir(), "vlcp")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/vlcp-go/vlcp/examples/plugin").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	found := typed(t, "vlcp host list -q >%s; alias docker2 >>%[1]s")
	err := run(t.Context(), program, "etcd", true)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("not run: ", err)
	}
	if err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(found); err != nil || !strings.HasPrefix(string(got), "host1\nhost2\nalias docker2=") {
		t.Errorf("in the shell: %s, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := run(ctx, program, "etcd", false); err == nil {
		t.Error("it was through before it could be interrupted")
	}
	if left := labs(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// typed makes a line the standard input, and answers the file that is in its %s.
func typed(t *testing.T, line string) (written string) {
	t.Helper()
	written = filepath.Join(t.TempDir(), "written")
	input := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(input, fmt.Appendf(nil, line+"\n", written), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(input)
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	os.Stdin = f
	t.Cleanup(func() {
		os.Stdin = stdin
		f.Close()
	})
	return written
}

// labs are what labs of this process have on the machine.
func labs(t *testing.T) (all []string) {
	t.Helper()
	name := fmt.Sprintf("vlcp-lab-%d-*", os.Getpid())
	for _, pattern := range []string{filepath.Join(os.TempDir(), name), "/sys/fs/cgroup/" + name, "/sys/fs/cgroup/*/" + name} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

func TestUnknownStore(t *testing.T) {
	if _, err := serverOf("oracle"); err == nil || !strings.Contains(err.Error(), "etcd, zk or consul") {
		t.Error(err)
	}
}
