package testlab

import (
	"context"
	"os"
	"os/exec"
	"strconv"
)

// Terminal is a command that runs a program in the host on this process's
// terminal, for a person.
func (h *Host) Terminal(ctx context.Context, argv ...string) *exec.Cmd {
	enter := []string{"--target", strconv.Itoa(h.sandbox.init.Process.Pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--"}
	cmd := exec.CommandContext(ctx, "nsenter", append(enter, argv...)...)
	cmd.Env = append(h.env[:len(h.env):len(h.env)], "TERM="+os.Getenv("TERM"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}
