package testlab_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/labtest"
)

// TestSystemd boots systemd in a host, runs a service, and looks whether that
// and what is written there stays there.
func TestSystemd(t *testing.T) {
	ctx := t.Context()
	lab := labtest.New(t, testlab.Config{})
	h, err := lab.Host(ctx, testlab.HostConfig{Name: "h1"})
	check(t, err)
	s, err := h.StartSystemd(ctx)
	check(t, err)
	const unit = "[Service]\nType=oneshot\nRemainAfterExit=yes\n" +
		"ExecStart=/bin/sh -c 'touch /usr/lib/vlcp-lab-was-here; cp /proc/self/cgroup /run/lab/cgroup.txt'\n"
	check(t, os.WriteFile(h.Path("/etc/systemd/system/lab.service"), []byte(unit), 0o644))
	run := func(line string) string {
		t.Helper()
		out, err := s.Run(ctx, "sh", "-c", line)
		check(t, err)
		return strings.TrimSpace(out)
	}
	run("systemctl daemon-reload && systemctl start lab.service && ls /usr/lib/vlcp-lab-was-here")
	if out := run("cat /run/lab/cgroup.txt"); !strings.Contains(out, ":/system.slice/lab.service\n") {
		t.Errorf("the service's cgroups: %s", out)
	}
	if out := run("systemctl list-units --failed --plain --no-legend; systemctl is-system-running"); out != "running" {
		t.Errorf("systemd is not as it should be: %s", out)
	}
	if _, err := os.Stat("/usr/lib/vlcp-lab-was-here"); err == nil {
		t.Error("a file of the host is on the machine")
	}
	if out := run("dpkg-query --show --showformat '${Status}' systemd"); out != "install ok installed" {
		t.Errorf("systemd's package: %q", out)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
