package testlab_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/labtest"
	"github.com/vlcp-go/vlcp/internal/testlab/probe"
)

func TestMain(m *testing.M) {
	if os.Getenv(orphanVariable) != "" {
		orphan()
	}
	goleak.VerifyTestMain(m)
}

// run runs a program in a host, which must succeed.
func run(t *testing.T, h *testlab.Host, argv ...string) string {
	t.Helper()
	out, err := h.Run(t.Context(), argv...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func host(t *testing.T, lab *testlab.Lab, name string) *testlab.Host {
	t.Helper()
	h, err := lab.Host(t.Context(), testlab.HostConfig{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// checkTCP sends bytes from a host to a listener in another, and back.
func checkTCP(t *testing.T, from, to *testlab.Host, addr string) {
	t.Helper()
	l, err := to.Listen("tcp", net.JoinHostPort(addr, "7"))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- probe.Serve(l) }()
	defer func() { l.Close(); <-served }()
	c, err := from.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := probe.Check(c, 256<<10, 10*time.Second); err != nil {
		t.Errorf("from %s to %s: %v", from.Name, addr, err)
	}
}

// checkPing sends packets from a host to another: each comes back, once.
func checkPing(t *testing.T, lab *testlab.Lab, from, to *testlab.Host) {
	t.Helper()
	path, err := lab.Probe()
	if err != nil {
		t.Fatal(err)
	}
	var stats probe.Stats
	if err := json.Unmarshal([]byte(run(t, from, path, "ping", "-c", "20", to.Addr.String())), &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Received != 20 || stats.Duplicates > 0 {
		t.Errorf("from %s to %s: %+v", from.Name, to.Name, stats)
	}
}

// checkUnderlay sends between the hosts and to the outside.
func checkUnderlay(t *testing.T, lab *testlab.Lab, a, b *testlab.Host) {
	t.Helper()
	checkPing(t, lab, a, b)
	checkPing(t, lab, b, lab.Outside)
	checkTCP(t, a, b, b.Addr.String())
	checkTCP(t, b, a, a.IPv6.String())
	checkTCP(t, a, lab.Outside, lab.Outside.Addr.String())
}

func TestHostsHaveMachinesOfTheirOwn(t *testing.T) {
	lab := labtest.New(t, testlab.Config{MTU: 1600})
	h1, h2 := host(t, lab, "h1"), host(t, lab, "h2")
	tests := []struct{ name, script, want string }{
		{"hostname", "hostname", "h1"},
		{"processes", "cat /proc/1/comm", "cat"},
		{"network", "ls /sys/class/net; cat /sys/class/net/eth0/mtu", "eth0\nlo\n1600"},
		{"route", "ip route show default; ip -6 route show default | cut -d' ' -f1-5", "default via 10.99.0.254 dev eth0 \ndefault via fd99::254 dev eth0"},
		{"orphans are reaped", "sh -c 'true & exec true'; while pgrep -x true; do :; done", ""},
		{"/run", "ls /run/docker", "plugins"},
		{"/etc", "cat /etc/resolv.conf; echo h1 >/etc/mine; ls /etc/docker", "nameserver 10.99.0.254"},
		{"/var/lib", "ls /var/lib; mkdir /var/lib/mine", ""},
		{"cgroups", "test -e /sys/fs/cgroup/cgroup.procs -o -e /sys/fs/cgroup/memory/cgroup.procs && echo there", "there"},
	}
	for _, tt := range tests {
		if got := strings.TrimSuffix(run(t, h1, "sh", "-c", tt.script), "\n"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if out, err := h2.Run(t.Context(), "ls", "/etc/mine", "/var/lib/mine"); err == nil {
		t.Errorf("one host sees another's files: %s", out)
	}
	if _, err := os.Stat("/etc/mine"); err == nil {
		t.Error("a host wrote to the machine's /etc")
	}
	if hosts := lab.Hosts(); len(hosts) != 2 || hosts[0] != h1 {
		t.Errorf("hosts: %v", hosts)
	}
	checkUnderlay(t, lab, h1, h2)
}

// Whoever talks to Outside goes on as hosts come and go.
func TestOutsideKeepsItsMAC(t *testing.T) {
	lab := labtest.New(t, testlab.Config{})
	mac := func() string { return run(t, lab.Outside, "cat", "/sys/class/net/br0/address") }
	before := mac()
	for i := range 4 { // their interfaces' MACs are random
		if h := host(t, lab, fmt.Sprint("h", i)); i%2 > 0 {
			h.Close()
		}
		if now := mac(); now != before {
			t.Fatalf("host %d: %s, before %s", i, now, before)
		}
	}
}

func TestHostErrors(t *testing.T) {
	lab := labtest.New(t, testlab.Config{})
	h1 := host(t, lab, "h1")
	if _, err := lab.Host(t.Context(), testlab.HostConfig{Name: "h1"}); !errors.Is(err, os.ErrExist) {
		t.Errorf("the same name again: %v", err)
	}
	if _, err := lab.Up(t.Context(), testlab.HostConfig{Name: "h1"}); !errors.Is(err, os.ErrExist) {
		t.Errorf("the same name again, up: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lab.Host(ended, testlab.HostConfig{Name: "h2"}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context ended: %v", err)
	}
	_, err := lab.Host(t.Context(), testlab.HostConfig{Name: "h3", Env: []string{"PATH=/nowhere"}})
	if err == nil || !strings.Contains(err.Error(), "mount: not found") {
		t.Errorf("without mount(8): %v", err)
	}
	_, err = h1.Run(t.Context(), "sh", "-c", "echo the reason >&2; exit 3")
	if err == nil || !strings.Contains(err.Error(), "the reason") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a program that failed: %v", err)
	}
	if _, err := h1.Run(ended, "sleep", "60"); !errors.Is(err, context.Canceled) {
		t.Errorf("a run after the context ended: %v", err)
	}
}

func TestProcess(t *testing.T) {
	lab := labtest.New(t, testlab.Config{})
	h := host(t, lab, "h1")
	start := func(script string) *testlab.Process {
		t.Helper()
		p, err := h.Start(t.Context(), "script", "sh", "-c", script)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}

	p := start("echo out; echo err >&2; exit 4")
	if err := p.Wait(t.Context()); err == nil || err.Error() != "exit status 4" {
		t.Errorf("Wait: %v", err)
	}
	if p.Running() || p.Log() != "out\nerr\n" {
		t.Errorf("running %v, log %q", p.Running(), p.Log())
	}
	if err := p.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "out\nerr") {
		t.Errorf("Ready of one that ended: %v", err)
	}

	p = start("exec sleep 60")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Ready(ended); !errors.Is(err, context.Canceled) || !p.Running() {
		t.Errorf("Ready of one that says nothing: %v, running %v", err, p.Running())
	}
	if err := p.Wait(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait for one that goes on: %v", err)
	}
	for range 2 { // the second finds it ended
		if err := p.Stop(t.Context(), syscall.SIGTERM); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	if p.Log() != "" {
		t.Errorf("the log of an earlier one: %q", p.Log())
	}
	if log := lab.Logs(); !strings.Contains(log, "out\nerr") {
		t.Errorf("logs of the lab: %q", log)
	}
}

func TestTerminal(t *testing.T) {
	cmd := host(t, labtest.New(t, testlab.Config{}), "h1").Terminal(t.Context(), "cat", "/proc/sys/kernel/hostname")
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil || out.String() != "h1\n" {
		t.Errorf("%q, %v", &out, err)
	}
}

func TestReady(t *testing.T) {
	if _, err := os.Stat("/bin/systemd-notify"); err != nil {
		t.Skipf("needs a program that speaks sd_notify(3): %v", err)
	}
	h := host(t, labtest.New(t, testlab.Config{}), "h1")
	p, err := h.Start(t.Context(), "notify", "sh", "-c", "systemd-notify STATUS=soon; systemd-notify --ready; exec sleep 60")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestClosingAHostEndsAllThatRunsInIt(t *testing.T) {
	lab := labtest.New(t, testlab.Config{})
	h1, h2 := host(t, lab, "h1"), host(t, lab, "h2")
	p, err := h1.Start(t.Context(), "sleep", "sleep", "60")
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Outside.Listen("tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := h2.Dial(t.Context(), "tcp", "10.99.0.254:80")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	h1.Close()
	if p.Running() {
		t.Error("a process outlived its host")
	}
	if _, err := h1.Run(t.Context(), "true"); err == nil {
		t.Error("a closed host runs a program")
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("the other host: %v", err)
	}
}
