package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

// process is a vlcp that runs.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	dir    string // its sockets are here
	log    *logbook
	docker *http.Client
}

// newDaemon makes a vlcp with a store in memory and an Open vSwitch that it
// won't find.
func newDaemon(t *testing.T, flags ...string) *process {
	t.Helper()
	dir, err := os.MkdirTemp("", "vlcp") // not t.TempDir: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &process{t: t, dir: dir, log: newLogbook()}
	d.cmd = program(t, append([]string{"--store", "memory:", "--socket", d.socket(), "--api", "127.0.0.1:0", "--docker", "",
		"--ovs-database", filepath.Join(dir, "none.sock")}, flags...)...)
	d.cmd.Stderr = d.log
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.socket())
	}}
	t.Cleanup(transport.CloseIdleConnections)
	d.docker = &http.Client{Transport: transport}
	return d
}

func (d *process) socket() string { return filepath.Join(d.dir, "vlcp.sock") }

// start starts the daemon and returns when it said READY=1 (sd_notify(3)).
func (d *process) start() {
	d.t.Helper()
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(d.dir, "notify"), Net: "unixgram"})
	if err != nil {
		d.t.Fatal(err)
	}
	defer os.Remove(notify.LocalAddr().String())
	defer notify.Close()
	d.cmd.Env = append(d.cmd.Env, "NOTIFY_SOCKET="+notify.LocalAddr().String())
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if d.cmd.ProcessState == nil {
			d.cmd.Process.Kill()
			d.cmd.Wait()
		}
		if d.t.Failed() {
			d.t.Logf("log of the daemon:\n%s", d.log)
		}
	})
	notify.SetReadDeadline(time.Now().Add(time.Minute))
	message := make([]byte, 100)
	if n, err := notify.Read(message); err != nil || string(message[:n]) != "READY=1" {
		d.t.Fatalf("instead of READY=1: %s, %v", message[:n], err)
	}
}

// stop ends the daemon with SIGTERM, and fails the test where it does not end
// soon and well.
func (d *process) stop() {
	d.t.Helper()
	stuck := time.AfterFunc(5*time.Second, func() { d.cmd.Process.Signal(syscall.SIGQUIT) })
	defer stuck.Stop()
	d.cmd.Process.Signal(syscall.SIGTERM)
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("ended with %v", err)
	}
}

// restart starts a daemon that was stopped once more.
func (d *process) restart() {
	d.t.Helper()
	d.cmd = program(d.t, d.cmd.Args[1:]...)
	d.cmd.Stderr = d.log
	d.start()
}

// call makes a call of Docker.
func (d *process) call(name, body string) string {
	d.t.Helper()
	return answer(d.t, d.docker, "http://docker/"+name, body)
}

func answer(t *testing.T, client *http.Client, url, body string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

const createNetwork = `{"NetworkID":"n1","Options":{},"IPv4Data":[{"AddressSpace":"LocalDefault","Pool":"10.1.0.0/24","Gateway":"10.1.0.1/24"}]}`

// READY does not wait for Open vSwitch, which may be started after Docker; calls
// say that it is missing, and so does the log.
func TestWithoutOpenVSwitch(t *testing.T) {
	for _, backend := range []string{"ovsdb", "vsctl"} {
		t.Run(backend, func(t *testing.T) {
			d := newDaemon(t, "--switch", backend)
			d.start()
			if got := d.call("Plugin.Activate", ""); !strings.Contains(got, "NetworkDriver") {
				t.Errorf("Activate: %s", got)
			}
			if got := d.call("NetworkDriver.CreateNetwork", createNetwork); !strings.Contains(got, `"Err":`) || !strings.Contains(got, "Open vSwitch") {
				t.Errorf("CreateNetwork: %s", got)
			}
			api := d.log.await(t, `management API.* address=(\S+)`)
			got := answer(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+api+"/viperflow/listphysicalnetworks", "")
			if !strings.Contains(got, `{"error":`) || !strings.Contains(got, "Open vSwitch") {
				t.Errorf("listphysicalnetworks: %s", got)
			}
			const warning = "waiting for Open vSwitch"
			d.log.await(t, "level=WARN msg=\"("+warning+")")
			d.stop()
			if n := strings.Count(d.log.String(), warning); n != 1 {
				t.Errorf("said %d times: %s", n, warning)
			}
			if left, err := filepath.Glob(d.socket()); err != nil || left != nil {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// When Open vSwitch comes, the daemon goes on without being told.
func TestOpenVSwitchComes(t *testing.T) {
	ovs := testenv.OVS(t)
	ovs.StopVswitchd()
	ovs.StopServer()
	d := newDaemon(t, "--ovs-database", ovs.DB, "--datapath", "netdev", "--tunnel-ip", "127.0.0.1", "--api", "")
	ovs.Do(func() { // where it finds no interfaces of others
		setUp(t, "lo")
		d.start()
	})
	const away = "Open vSwitch is not reachable"
	if got := d.call("NetworkDriver.CreateNetwork", createNetwork); !strings.Contains(got, away) {
		t.Errorf("without Open vSwitch: %s", got)
	}
	ovs.StartServer()
	ovs.StartVswitchd()
	got := away
	for deadline := time.Now().Add(time.Minute); strings.Contains(got, away) && time.Now().Before(deadline); {
		got = d.call("NetworkDriver.CreateNetwork", createNetwork) // which waits a little
	}
	if got != "{}\n" {
		t.Errorf("with Open vSwitch: %s", got)
	}
	if got := d.call("NetworkDriver.DeleteNetwork", `{"NetworkID":"n1"}`); got != "{}\n" {
		t.Errorf("DeleteNetwork: %s", got)
	}
	d.stop()
}

func setUp(t *testing.T, device string) {
	t.Helper()
	link, err := netlink.LinkByName(device)
	if err == nil {
		err = netlink.LinkSetUp(link)
	}
	if err != nil {
		t.Error(err)
	}
}

// One socket has one daemon; the other says so, and leaves it alone.
func TestTwoDaemons(t *testing.T) {
	first := newDaemon(t)
	first.start()
	second := newDaemon(t, "--socket", first.socket())
	err := second.cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || !matches(`vlcp: listen on .*vlcp.sock: another process serves this socket: stop it first`, second.log.String()) {
		t.Errorf("%v, %s", err, second.log)
	}
	if got := first.call("Plugin.Activate", ""); !strings.Contains(got, "NetworkDriver") {
		t.Errorf("the first one: %s", got)
	}
	first.stop()
}

// What cannot be served is said before READY, and no socket is left.
func TestAddressOfTheAPI(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for addr, want := range map[string]string{
		"0.0.0.0:8081":          `management API: 0.0.0.0:8081 is not on loopback: that needs TLS`,
		":8081":                 "set api-tls-cert and api-tls-key, and api-tokens or api-client-ca",
		"8081":                  `"8081" is no address: use one such as 127.0.0.1:8081`,
		taken.Addr().String():   "address already in use",
		"192.168.100.100:18081": "is not on loopback",
	} {
		d := newDaemon(t, "--api", addr)
		if err := d.cmd.Run(); err == nil || !strings.Contains(d.log.String(), want) {
			t.Errorf("%s: %v, %s", addr, err, d.log)
		}
		if left, err := os.ReadDir(d.dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", addr, left, err)
		}
	}
}

// A socket that another process made in its place is not the daemon's to remove.
func TestOnlyItsOwnSocketIsRemoved(t *testing.T) {
	d := newDaemon(t)
	d.start()
	if err := os.Remove(d.socket()); err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("unix", d.socket())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	d.stop()
	if _, err := os.Stat(d.socket()); err != nil {
		t.Errorf("the other's socket: %v", err)
	}
}

// logbook is what a daemon logs.
type logbook struct {
	mu    sync.Mutex
	text  strings.Builder
	wrote chan struct{} // closed, and replaced, when there is more
}

func newLogbook() *logbook { return &logbook{wrote: make(chan struct{})} }

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.wrote)
	l.wrote = make(chan struct{})
	return l.text.Write(p)
}

func (l *logbook) look() (text string, wrote <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String(), l.wrote
}

func (l *logbook) String() string {
	text, _ := l.look()
	return text
}

// await waits until the log has a pattern, and gives its group.
func (l *logbook) await(t *testing.T, pattern string) string {
	t.Helper()
	late := time.After(time.Minute)
	for {
		text, wrote := l.look()
		if found := regexp.MustCompile(pattern).FindStringSubmatch(text); found != nil {
			return found[1]
		}
		select {
		case <-wrote:
		case <-late:
			t.Fatalf("the log does not say %s:\n%s", pattern, text)
		}
	}
}
