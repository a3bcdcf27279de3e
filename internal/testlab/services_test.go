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
	"github.com/vlcp-go/vlcp/netns"
)

// TestOneDay does with two hosts what end-to-end tests do.
func TestOneDay(t *testing.T) {
	lab := labtest.New(t, testlab.Config{})
	hosts := labtest.Up(t, lab, testlab.HostConfig{Name: "h1", DockerFlags: []string{"--live-restore"}}, testlab.HostConfig{Name: "h2"})
	h1, h2 := hosts[0], hosts[1]
	if h1.Addr.String() != "10.99.0.1" || h2.IPv6.String() != "fd99::2" {
		t.Errorf("addresses %s and %s", h1.Addr, h2.IPv6)
	}
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
	if ping, err = h.StartPing(t.Context(), "c1", lab.Outside.Addr, 2*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	h.Close()
	if _, err := ping.Stop(); err == nil {
		t.Error("a ping outlived its host")
	}
}

// The userspace datapath sends tunnel packets through br-phy.
func TestTunnel(t *testing.T) {
	lab := labtest.New(t, testlab.Config{})
	h1, h2 := host(t, lab, "h1"), host(t, lab, "h2")
	for _, ends := range [][2]*testlab.Host{{h1, h2}, {h2, h1}} {
		h, other := ends[0], ends[1]
		if err := h.StartOVS(t.Context()); err != nil {
			t.Fatal(err)
		}
		run(t, h, "ovs-vsctl", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev",
			"--", "add-port", "br0", "vxlan0", "--", "set", "interface", "vxlan0", "type=vxlan",
			"options:remote_ip="+other.Addr.String(), "options:key=100", "options:dst_port=4999")
		err := netns.Configure(t.Context(), h.Netns(), "br0", netns.Config{MTU: 1450,
			Addresses: []netip.Prefix{netip.PrefixFrom(overlay(h), 24)}})
		if err != nil {
			t.Fatal(err)
		}
		if id := run(t, h, "ovs-vsctl", "get", "Open_vSwitch", ".", "external_ids:system-id"); id != h.Name+"\n" {
			t.Errorf("system-id %s", id)
		}
	}
	checkTCP(t, h1, h2, overlay(h2).String())
	checkTCP(t, h2, h1, overlay(h1).String())
}

// overlay is the host's address in the tunnel: 10.5.0.n.
func overlay(h *testlab.Host) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 5, 0, h.Addr.As4()[3]})
}
