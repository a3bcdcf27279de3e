package testlab_test

import (
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/labtest"
)

// TestOneDay does with two hosts what end-to-end tests do.
func TestOneDay(t *testing.T) {
	lab := labtest.New(t, testlab.Config{})
	hosts := labtest.Up(t, lab, testlab.HostConfig{Name: "h1", DockerFlags: []string{"--live-restore"}}, testlab.HostConfig{Name: "h2"})
	h1, h2 := hosts[0], hosts[1]
	checkUnderlay(t, lab, h1, h2)
	run(t, h1, "docker", "run", "-d", "--name", "c1", testlab.Image)

	t.Run("a container describes itself", func(t *testing.T) { checkState(t, h1) })
	t.Run("a container reaches the other host", func(t *testing.T) {
		run(t, h2, "docker", "run", "-d", "--name", "c2", "-p", "7007:7", testlab.Image)
		run(t, h1, "docker", "exec", "c1", "probe", "check", h2.Addr.String()+":7007")
		stats, err := h1.Ping(t.Context(), "c1", h2.Addr, 50)
		if err != nil || stats.Received != 50 {
			t.Errorf("ping: %+v, %v", stats, err)
		}
	})
	t.Run("Docker crashes", func(t *testing.T) { crashDocker(t, h1) })
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run("Open vSwitch ends by "+sig.String(), func(t *testing.T) {
			if err := h1.RestartOVS(t.Context(), sig); err != nil {
				t.Fatal(err)
			}
			checkUnderlay(t, lab, h1, h2)
		})
	}
	t.Run("a container ends by itself when it is asked to", func(t *testing.T) {
		run(t, h1, "docker", "stop", "c1")
		if code := run(t, h1, "docker", "inspect", "-f", "{{.State.ExitCode}}", "c1"); code != "0\n" {
			t.Errorf("exit code %s", code)
		}
	})
}

func checkState(t *testing.T, h *testlab.Host) {
	s, err := h.State(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	eth0 := s.Interface("eth0")
	if !eth0.Up || eth0.MTU != 1500 || !strings.HasPrefix(eth0.MAC, "02:42:ac:11:") {
		t.Errorf("eth0: %+v", eth0)
	}
	if r, ok := s.Route("0.0.0.0/0"); !ok || r.Via.String() != "172.17.0.1" || r.Interface != "eth0" {
		t.Errorf("default route: %+v", r)
	}
}

// crashDocker kills dockerd and starts it again: with --live-restore a
// container's traffic goes on.
func crashDocker(t *testing.T, h *testlab.Host) {
	ping, err := h.StartPing(t.Context(), "c1", netip.MustParseAddr("172.17.0.1"), 2*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.StopDocker(t.Context(), syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := h.StartDocker(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(strings.TrimPrefix(h.DockerHost(), "unix://")); err != nil {
		t.Error(err)
	}
	if _, err := ping.Stop(); err == nil {
		t.Error("docker exec outlived dockerd")
	}
	if out := run(t, h, "docker", "inspect", "-f", "{{.State.Running}}", "c1"); out != "true\n" {
		t.Errorf("running: %s", out)
	}
}

func TestStartPing(t *testing.T) {
	lab := labtest.New(t, testlab.Config{})
	h := labtest.Up(t, lab, testlab.HostConfig{Name: "h1"})[0]
	run(t, h, "docker", "run", "-d", "--name", "c1", testlab.Image)
	ping, err := h.StartPing(t.Context(), "c1", lab.Outside.Addr, 2*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	stats, err := ping.Stop()
	if err != nil || stats.Received == 0 || stats.Lost > 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	if _, err := h.StartPing(t.Context(), "absent", lab.Outside.Addr, time.Second); err == nil || !strings.Contains(err.Error(), "No such container") {
		t.Errorf("from no container: %v", err)
	}
}
