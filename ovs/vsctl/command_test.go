package vsctl

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

func TestRun(t *testing.T) {
	out, err := run(t.Context(), strings.NewReader("in"), "sh", "-c", "cat; echo out; echo warning >&2")
	if string(out) != "inout\n" || err != nil {
		t.Errorf("output %q, error %v", out, err)
	}
}

func TestRunFails(t *testing.T) {
	_, err := run(t.Context(), nil, "sh", "-c", "echo tool: bad >&2; echo very bad >&2; exit 3")
	var exit *exec.ExitError
	if !errors.Is(err, ovs.ErrRefused) || !errors.As(err, &exit) || exit.ExitCode() != 3 || !strings.HasSuffix(err.Error(), "tool: bad; very bad") {
		t.Errorf("error %v", err)
	}
}

func TestRunWithoutTheTool(t *testing.T) {
	_, err := run(t.Context(), nil, "ovs-nonesuch")
	if !errors.Is(err, ovs.ErrUnavailable) || !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "openvswitch-common") {
		t.Errorf("error %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := run(ctx, nil, "sleep", "1000"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestLimited(t *testing.T) {
	l := limited{max: 5}
	if n, err := l.Write([]byte("1234")); n != 4 || err != nil {
		t.Errorf("wrote %d, error %v", n, err)
	}
	if _, err := l.Write([]byte("56")); err == nil || l.String() != "1234" {
		t.Errorf("error %v, holds %q", err, l.String())
	}
}
