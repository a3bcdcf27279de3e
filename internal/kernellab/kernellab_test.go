package kernellab_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/kernellab"
	"github.com/vlcp-go/vlcp/internal/testenv"
)

// find is the kernel, or skips t.
func find(t *testing.T) kernellab.Kernel {
	t.Helper()
	testenv.Root(t)
	k, err := kernellab.Find()
	if err != nil {
		t.Skip("not run: ", err)
	}
	return k
}

func TestGuest(t *testing.T) {
	k := find(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	files := t.TempDir()
	if err := os.WriteFile(filepath.Join(files, "greeting"), []byte("hello, guest"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	code, err := k.Run(ctx, kernellab.Job{Script: "ls /sys/module; cat greeting; exit 7", Files: files}, &out)
	if code != 7 || err != nil || !strings.Contains(out.String(), "vport_vxlan") || !strings.Contains(out.String(), "hello, guest") {
		t.Errorf("code %d, error %v, output\n%s", code, err, &out)
	}
}

// A guest that ends in the middle has no result, whatever was printed before.
func TestGuestDies(t *testing.T) {
	k := find(t)
	var out strings.Builder
	_, err := k.Run(t.Context(), kernellab.Job{Script: "echo PASS; echo o >/proc/sysrq-trigger; sleep 60", Files: t.TempDir()}, &out)
	if !errors.Is(err, kernellab.ErrNoResult) {
		t.Errorf("error %v, output\n%s", err, &out)
	}
}

// A guest that hangs is killed with all its processes.
func TestGuestHangs(t *testing.T) {
	k := find(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	files := t.TempDir()
	_, err := k.Run(ctx, kernellab.Job{Script: "echo up; sleep 1000", Files: files}, writer(func(p []byte) {
		if bytes.Contains(p, []byte("up\n")) {
			cancel()
		}
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	cmdlines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range cmdlines {
		if line, _ := os.ReadFile(file); bytes.Contains(line, []byte("JOB_FILES="+files)) {
			t.Errorf("left of the guest: %s", file)
		}
	}
}

// writer is a function as an io.Writer.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}
