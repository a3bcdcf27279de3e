package vsctl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

const (
	maxOutput  = 256 << 20 // a million flows as text
	maxStderr  = 64 << 10
	timeout    = "--timeout=20" // seconds that a command waits for a server that hangs
	killedWait = time.Second    // for the output of a command that was killed
)

// tools are the commands for one bridge.
type tools struct{ spec ovs.BridgeSpec }

func (t tools) vsctl(ctx context.Context, args ...string) ([]byte, error) {
	return run(ctx, nil, "ovs-vsctl", append([]string{"--db=unix:" + t.spec.Database, timeout, "--no-wait"}, args...)...)
}

func (t tools) ofctl(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	return run(ctx, stdin, "ovs-ofctl", append([]string{timeout, "-O", "OpenFlow14"}, args...)...)
}

func (t tools) mgmt() string {
	return "unix:" + filepath.Join(t.spec.RunDir, t.spec.Name+".mgmt")
}

// command is a tool of Open vSwitch whose end comes with that of ctx at the
// latest.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = killedWait
	return cmd
}

// run runs a tool and gives what it printed. Its error has what the tool wrote
// to stderr, as one line.
func run(ctx context.Context, stdin io.Reader, name string, args ...string) ([]byte, error) {
	cmd := command(ctx, name, args...)
	out, stderr := limited{max: maxOutput}, limited{max: maxStderr}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, explain(name, err, stderr.String())
}

// toolError is a tool that failed.
type toolError struct {
	tool   string
	stderr string
	err    error
}

func (e *toolError) Error() string {
	if e.stderr == "" {
		return e.tool + ": " + e.err.Error()
	}
	return strings.Join(strings.FieldsFunc(e.stderr, func(r rune) bool { return r == '\n' }), "; ")
}

func (e *toolError) Unwrap() error { return e.err }

// unreachable is what the tools print when nobody is at the other end, or
// nobody who answers.
var unreachable = []string{
	"database connection failed", "failed to connect", "connecting to", "receive failed",
	"send failed", "vconn_recv", "End of file", "Connection re", "Broken pipe", "Alarm clock",
	"no row ", "no bridge named", // the bridge is being made
}

// explain sorts the failure of a tool by what the caller can do.
func explain(tool string, err error, stderr string) error {
	failed := &toolError{tool: tool, stderr: stderr, err: err}
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%w (the commands are in openvswitch-switch and openvswitch-common): %w", ovs.ErrUnavailable, failed)
	}
	for _, sign := range unreachable {
		if strings.Contains(stderr, sign) {
			return fmt.Errorf("%w: %w", ovs.ErrUnavailable, failed)
		}
	}
	return fmt.Errorf("%w: %w", ovs.ErrRefused, failed)
}

// limited is a buffer that refuses more than max bytes.
type limited struct {
	bytes.Buffer
	max int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.max {
		return 0, fmt.Errorf("more than %d bytes of output", l.max)
	}
	return l.Buffer.Write(p)
}
