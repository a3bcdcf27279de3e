package netns_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/netns"
)

// TestIsolate has somebody at the other end who knows the address of this
// host, and then the hardware address of the interface too.
func TestIsolate(t *testing.T) {
	for _, isolated := range []bool{false, true} {
		ns, sandbox := newNS(t), newNS(t)
		create(t, ns, netns.Veth{Host: "tap", Peer: "eth0", Netns: sandbox.Path()})
		if isolated {
			in(t, ns, func() error { return netns.Isolate(t.Context(), "tap") })
		}
		ip(t, ns, "link set lo up")
		ip(t, ns, "addr add 10.9.0.1/32 dev lo")
		ip(t, sandbox, "link set eth0 up")
		ip(t, sandbox, "addr add 10.9.0.2/24 dev eth0")

		answered := func() bool {
			ping(t, sandbox, "10.9.0.1")
			return strings.Contains(ip(t, sandbox, "neigh show 10.9.0.1"), "lladdr")
		}
		if holds(answered, !isolated) == isolated {
			t.Errorf("isolated %v: ARP is answered: %v", isolated, !isolated)
		}
		ip(t, sandbox, "neigh replace 10.9.0.1 dev eth0 lladdr "+links(t, ns, "tap")["tap"].MAC.String())
		taken := func() bool {
			ping(t, sandbox, "10.9.0.1")
			return counter(t, ns, "Icmp:", "InEchos") != "0"
		}
		if holds(taken, !isolated) == isolated {
			t.Errorf("isolated %v: packets are taken: %v", isolated, !isolated)
		}
		if isolated && strings.Contains(ip(t, ns, "addr show dev tap"), "inet6") {
			t.Error("the interface has an address of its own")
		}
	}
}

// holds asks whether something is so: once, or, where it is expected, until it is.
func holds(what func() bool, expected bool) bool {
	for deadline := time.Now().Add(20 * time.Second); expected && time.Now().Before(deadline); {
		if what() {
			return true
		}
	}
	return what()
}

func ping(t *testing.T, ns *netns.Namespace, addr string) {
	t.Helper()
	in(t, ns, func() error {
		_ = exec.Command("ping", "-c", "1", "-W", "0.3", addr).Run() // nobody answers
		return nil
	})
}

// counter reads one of the counters of the IP stack of ns.
func counter(t *testing.T, ns *netns.Namespace, protocol, name string) string {
	t.Helper()
	var snmp []byte
	in(t, ns, func() (err error) {
		snmp, err = os.ReadFile("/proc/thread-self/net/snmp")
		return err
	})
	var names []string
	for line := range strings.Lines(string(snmp)) {
		switch fields := strings.Fields(line); {
		case fields[0] != protocol:
		case names == nil:
			names = fields
		default:
			return fields[slices.Index(names, name)]
		}
	}
	t.Fatalf("no counter %s in\n%s", name, snmp)
	return ""
}

func TestIsolateErrors(t *testing.T) {
	testenv.Root(t)
	if err := netns.Isolate(t.Context(), "absent"); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "isolate absent") {
		t.Errorf("an absent interface: %v", err)
	}
	var err error
	withReadOnlySys(t, func() { err = netns.Isolate(t.Context(), "lo") })
	if !errors.Is(err, unix.EROFS) {
		t.Errorf("/proc/sys that is read-only: %v", err)
	}
}

// withReadOnlySys calls fn on a thread that has a mount namespace of its own,
// and is thrown away.
func withReadOnlySys(t *testing.T, fn func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		const sys = "/proc/sys"
		err := errors.Join(
			unix.Unshare(unix.CLONE_NEWNS|unix.CLONE_NEWNET),
			unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount(sys, sys, "", unix.MS_BIND, ""),
			unix.Mount("", sys, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""),
		)
		fn()
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
