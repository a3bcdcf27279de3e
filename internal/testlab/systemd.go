package testlab

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed systemd.sh
var systemdScript string

// systemdPid is the file of a host with the process id of its systemd.
const systemdPid = "/run/lab/systemd.pid"

// Systemd is a systemd that manages services in a host, at their usual paths.
// It shares the host's network, /etc, /run and /var/lib, so that [Host.Docker]
// and the like reach what it starts.
type Systemd struct {
	host *Host
	pid  string // in the host
}

// StartSystemd starts systemd in the host and returns when it has booted. The
// units are the machine's, and none of those that packages brought is enabled.
// Packages can be installed there: on top of the machine's, which they leave as
// they are. It matches errors.ErrUnsupported where there is no systemd.
func (h *Host) StartSystemd(ctx context.Context) (*Systemd, error) {
	if _, err := exec.LookPath("/lib/systemd/systemd"); err != nil {
		return nil, fmt.Errorf("%w: there is no systemd: %w", errors.ErrUnsupported, err)
	}
	cgroup := filepath.Join(h.lab.name, h.Name, "systemd")
	p, err := h.Start(ctx, "systemd", "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", systemdScript, "sh", cgroup, systemdPid)
	if err == nil {
		err = p.Ready(ctx)
	}
	if err != nil {
		return nil, err
	}
	pid, err := os.ReadFile(h.Path(systemdPid))
	return &Systemd{host: h, pid: strings.TrimSpace(string(pid))}, err
}

// Run runs a program where systemd runs, as Host.Run does.
func (s *Systemd) Run(ctx context.Context, argv ...string) (string, error) {
	return s.host.Run(ctx, append([]string{"nsenter", "--target", s.pid, "--mount", "--pid", "--cgroup", "--"}, argv...)...)
}
