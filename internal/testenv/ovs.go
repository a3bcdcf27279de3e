// Package testenv gives a test the real thing in a place of its own: [OVS]
// starts an Open vSwitch in a fresh network namespace and a temporary
// directory, and ends it with the test. A machine that can't do so skips the
// test, with the reason.
package testenv

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netns"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

const vswitchSchema = "/usr/share/openvswitch/vswitch.ovsschema"

// OVSInstance is an Open vSwitch of one test: ovsdb-server and ovs-vswitchd in
// a network namespace without links, with every socket in RunDir.
type OVSInstance struct {
	RunDir string         // <bridge>.mgmt and the other sockets
	DB     string         // OVSDB's unix socket
	NS     netns.NsHandle // where the bridges' LOCAL ports and all devices live

	t                testing.TB
	dir              string
	server, vswitchd *exec.Cmd
}

// OVS starts an Open vSwitch with an empty database. Both daemons end with t;
// so does the namespace, which has no name. It skips t without root, Open
// vSwitch or /dev/net/tun.
func OVS(t testing.TB) *OVSInstance {
	t.Helper()
	needOVS(t)
	return ovsIn(t, newNS(t))
}

// ovsIn starts an Open vSwitch in a network namespace.
func ovsIn(t testing.TB, ns netns.NsHandle) *OVSInstance {
	t.Helper()
	// Not t.TempDir: the path of a unix socket has at most 107 bytes.
	dir, err := os.MkdirTemp("", "ovs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := &OVSInstance{RunDir: dir, DB: filepath.Join(dir, "db.sock"), NS: ns, t: t, dir: dir}

	o.run(exec.Command("ovsdb-tool", "create", o.database(), vswitchSchema))
	o.StartServer()
	t.Cleanup(o.StopServer)
	o.Vsctl("--no-wait", "init")
	o.StartVswitchd()
	t.Cleanup(o.StopVswitchd)
	return o
}

// StartServer starts ovsdb-server after [OVSInstance.StopServer], with the
// database that it had, and returns when it listens.
func (o *OVSInstance) StartServer() {
	o.t.Helper()
	o.server = o.start("ovsdb-server", o.database(), "--remote=punix:"+o.DB)
	o.awaitSocket(o.DB)
}

// StopServer kills ovsdb-server and returns when it is gone.
func (o *OVSInstance) StopServer() { stop(o.server) }

// StartVswitchd starts ovs-vswitchd after [OVSInstance.StopVswitchd]. The next
// Vsctl waits for it; a bridge's management socket may come a moment later.
func (o *OVSInstance) StartVswitchd() {
	o.t.Helper()
	o.vswitchd = o.start("ovs-vswitchd", "unix:"+o.DB)
}

// StopVswitchd kills ovs-vswitchd, which loses its flows, and returns when it
// is gone.
func (o *OVSInstance) StopVswitchd() { stop(o.vswitchd) }

// Vswitchd is the process of ovs-vswitchd.
func (o *OVSInstance) Vswitchd() *os.Process { return o.vswitchd.Process }

// Server is the process of ovsdb-server.
func (o *OVSInstance) Server() *os.Process { return o.server.Process }

// AddBridge adds a bridge of the [Datapath] that has no flows (fail mode
// secure) and waits until it is there.
func (o *OVSInstance) AddBridge(name string) {
	o.t.Helper()
	o.Vsctl("add-br", name, "--", "set", "bridge", name, "datapath_type="+Datapath(), "fail-mode=secure")
}

// Datapath is that of the bridges that tests make: the kernel's ("system")
// where the kernel has one, as in the guest of internal/kernellab, else "netdev".
func Datapath() string { return bridge.Datapath(ovs.BridgeSpec{Datapath: "auto"}) }

// Mgmt is the path of a bridge's OpenFlow management socket.
func (o *OVSInstance) Mgmt(bridge string) string {
	return filepath.Join(o.RunDir, bridge+".mgmt")
}

// Vsctl runs ovs-vsctl and returns what it printed; a failure ends the test.
func (o *OVSInstance) Vsctl(args ...string) string {
	o.t.Helper()
	return o.run(o.Command("ovs-vsctl", append([]string{"--db=unix:" + o.DB, "--timeout=20"}, args...)...))
}

// Ofctl runs ovs-ofctl with OpenFlow 1.4, as in Ofctl("dump-flows", "br0"),
// and returns what it printed; a failure ends the test.
func (o *OVSInstance) Ofctl(args ...string) string {
	o.t.Helper()
	return o.run(o.Command("ovs-ofctl", append([]string{"-O", "OpenFlow14"}, args...)...))
}

// Appctl runs ovs-appctl against ovs-vswitchd and returns what it printed; a
// failure ends the test.
func (o *OVSInstance) Appctl(args ...string) string {
	o.t.Helper()
	return o.run(o.Command("ovs-appctl", append([]string{"--target", filepath.Join(o.RunDir, "ovs-vswitchd.ctl")}, args...)...))
}

// Command is a command with the environment in which the Open vSwitch tools
// find this instance. It runs in the caller's namespace: see
// [OVSInstance.Do].
func (o *OVSInstance) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "OVS_RUNDIR="+o.RunDir, "OVS_LOGDIR="+o.dir, "OVS_DBDIR="+o.dir, "OVS_SYSCONFDIR="+o.dir)
	return cmd
}

// Do calls fn in the namespace of the instance, as [In] does; processes that
// fn starts stay there.
func (o *OVSInstance) Do(fn func()) {
	o.t.Helper()
	In(o.t, o.NS, fn)
}

// start starts a daemon in the foreground, so that its pid is ours to end. It
// dies with the test's process too.
func (o *OVSInstance) start(name string, args ...string) *exec.Cmd {
	o.t.Helper()
	file := func(ext string) string { return filepath.Join(o.dir, name+ext) }
	cmd := o.Command(name, append(args, "--pidfile="+file(".pid"), "--unixctl="+file(".ctl"),
		"--log-file="+file(".log"), "-vconsole:off")...)
	must(o.t, startMortal(cmd, func() error { return netns.Set(o.NS) }))
	return cmd
}

// awaitSocket returns when a daemon listens at path. (ovs-vsctl --retry would
// do, but waits a second after its first try.)
func (o *OVSInstance) awaitSocket(path string) {
	o.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		c, err := net.Dial("unix", path)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatal(err)
		}
	}
}

func (o *OVSInstance) database() string { return filepath.Join(o.dir, "conf.db") }

func stop(cmd *exec.Cmd) {
	cmd.Process.Kill() // fails only where it was stopped before
	cmd.Wait()
}

func (o *OVSInstance) run(cmd *exec.Cmd) string {
	o.t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		o.t.Fatalf("%v: %v\n%s", cmd.Args, err, &stderr)
	}
	return string(out)
}

// newNS makes a namespace without a name: the kernel removes it with the last
// process and handle in it.
func newNS(t testing.TB) netns.NsHandle {
	t.Helper()
	runtime.LockOSThread()
	home, err := netns.Get()
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ns.Close() })
	if err := netns.Set(home); err != nil {
		t.Fatal(err)
	}
	runtime.UnlockOSThread()
	return ns
}

func needOVS(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root for a network namespace")
	}
	for _, name := range []string{"ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovs-appctl"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs Open vSwitch: %v", err)
		}
	}
	for _, path := range []string{vswitchSchema, "/dev/net/tun"} {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("needs Open vSwitch and a tap device: %v", err)
		}
	}
}
