package ovstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

func makesBridge(l *lab) {
	spec := l.spec()
	spec.Datapath = "auto"
	spec.MAC = net.HardwareAddr{2, 0, 0, 0, 0, 9}
	sw := l.open(l, spec)
	ready(l, sw)
	want := "netdev"
	if _, err := os.Stat("/sys/module/openvswitch"); err == nil {
		want = "system"
	}
	if got, err := sw.Info(l.Context()); err != nil || got.Datapath != want || got.Bridge != bridgeName {
		l.Errorf("info %+v, error %v", got, err)
	}
	l.checkBridge("fail_mode", "secure")
	l.checkBridge("other_config:hwaddr", `"02:00:00:00:00:09"`)
	l.checkBridge("datapath_type", want)
	l.checkBridge("controller", "[]")
}

// adoptsBridge: a bridge that exists stays as it is.
func adoptsBridge(l *lab) {
	l.ovs.AddBridge(bridgeName)
	l.ovs.Vsctl("set", "bridge", bridgeName, "external_ids:theirs=1", "other_config:theirs=2")
	l.ovs.Vsctl("add-port", bridgeName, "p", "--", "set", "interface", "p", "type=internal", "external_ids:theirs=3")
	l.ovs.Ofctl("add-flow", l.ovs.Mgmt(bridgeName), "cookie=0x9999,priority=3,actions=drop")
	spec := l.spec()
	spec.Datapath = "system"
	spec.MAC = net.HardwareAddr{2, 0, 0, 0, 0, 9}
	sw := l.open(l, spec)
	ready(l, sw)
	if got, err := sw.Info(l.Context()); err != nil || got.Datapath != "netdev" {
		l.Errorf("info %+v, error %v", got, err)
	}
	checkPorts(l, sw, []ovs.Port{{Name: "p", Type: "internal", ExternalIDs: map[string]string{"theirs": "3"}}})
	l.checkBridge("external_ids", `{theirs="1"}`)
	l.checkBridge("other_config", `{theirs="2"}`)
	checkFlows(l, sw, flow(l, "cookie=0x9999,table=0,priority=3 actions=drop"))
}

// securesBridge: the flow with which a bridge in standalone mode forwards
// everything goes away.
func securesBridge(l *lab) {
	l.ovs.Vsctl("add-br", bridgeName, "--", "set", "bridge", bridgeName, "datapath_type=netdev")
	if got := l.ovs.Ofctl("dump-flows", l.ovs.Mgmt(bridgeName)); !strings.Contains(got, "NORMAL") {
		l.Fatalf("flows of a new bridge:\n%s", got)
	}
	sw := l.ready()
	l.checkBridge("fail_mode", "secure")
	l.ovs.Vsctl("set", "bridge", bridgeName, "external_ids:waited=1")
	checkFlows(l, sw)
}

// bridgeDeleted: a bridge that somebody deletes comes back, without its ports.
func bridgeDeleted(l *lab) {
	sw := l.ready()
	setPorts(l, sw, ovs.PortChanges{Add: specs("p")})
	l.ovs.Vsctl("--no-wait", "del-br", bridgeName)
	await(l, sw, "a new bridge", func() bool {
		p, err := sw.Ports(l.Context())
		return err == nil && len(p) == 0
	})
	l.checkBridge("fail_mode", "secure")
	f := flows(l, "cookie=0x1,table=0,priority=5 actions=drop")
	await(l, sw, "its flows", func() bool {
		return sw.Apply(l.Context(), ovs.Changes{Add: f}) == nil
	})
	checkFlows(l, sw, f...)
}

func systemIDStays(l *lab) {
	l.ovs.Vsctl("--no-wait", "set", "Open_vSwitch", ".", "external_ids:system-id=mine", "external_ids:rundir=x")
	sw := l.ready()
	if got, err := sw.Info(l.Context()); err != nil || got.SystemID != "mine" {
		l.Errorf("info %+v, error %v", got, err)
	}
	if got := l.ovs.Vsctl("get", "Open_vSwitch", ".", "external_ids"); got != "{rundir=x, system-id=mine}\n" {
		l.Errorf("external_ids %s", got)
	}
}

// vswitchdRestarts: the flows are gone, an event says so, and all works again.
func vswitchdRestarts(l *lab) {
	sw := l.ready()
	setPorts(l, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: "p", Type: "internal"}}})
	awaitNumber(l, sw, "p")
	f := flows(l, "cookie=0x1,table=0,priority=5 actions=drop")
	apply(l, sw, ovs.Changes{Add: f})
	l.ovs.StopVswitchd()
	unavailable(l, sw, "Flows", "Apply", "Send")
	l.ovs.StartVswitchd()
	awaitEvent(l, sw, "flows that are gone", func(e ovs.Event) bool {
		have, err := sw.Flows(l.Context(), 0, 0)
		return e.Flows && err == nil && len(have) == 0
	})
	apply(l, sw, ovs.Changes{Add: f})
	checkFlows(l, sw, f...)
	setPorts(l, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: "q", Type: "internal"}}})
	awaitNumber(l, sw, "q")
}

// serverRestarts: the flows stay, an event says to look at the ports again.
func serverRestarts(l *lab) {
	sw := l.ready()
	setPorts(l, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: "p", Type: "internal"}}})
	f := flows(l, "cookie=0x1,table=0,priority=5 actions=drop")
	apply(l, sw, ovs.Changes{Add: f})
	l.ovs.StopServer()
	unavailable(l, sw, "Info", "Ports", "SetPorts")
	l.ovs.StartServer()
	ready(l, sw)
	checkNames(l, sw, "p")
	checkFlows(l, sw, f...)
	setPorts(l, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: "q", Type: "internal"}}})
	awaitNumber(l, sw, "q")
}

// unavailable checks what the methods answer while Open vSwitch is away.
func unavailable(l *lab, sw ovs.Switch, methods ...string) {
	l.Helper()
	all := calls(l.Context(), sw, flows(l, "actions=drop"))
	for _, name := range methods {
		if err := all[name](); !errors.Is(err, ovs.ErrUnavailable) {
			l.Errorf("%s: error %v", name, err)
		}
	}
}

// notUpYet: a switch can be opened before Open vSwitch runs.
func notUpYet(l *lab) {
	l.ovs.StopVswitchd()
	l.ovs.StopServer()
	sw := l.open(l, l.spec())
	unavailable(l, sw, "Info", "Ports", "SetPorts", "Flows", "Apply", "Send")
	l.ovs.StartServer()
	l.ovs.StartVswitchd()
	ready(l, sw)
	l.checkBridge("fail_mode", "secure")
}

// contextEndsACall: Open vSwitch does not answer, but the caller goes on.
func contextEndsACall(l *lab) {
	sw := l.ready()
	for _, test := range []struct {
		hangs *os.Process
		name  string
		call  func(context.Context) error
	}{
		{l.ovs.Vswitchd(), "Flows", func(ctx context.Context) error { _, err := sw.Flows(ctx, 0, 0); return err }},
		{l.ovs.Vswitchd(), "Apply", func(ctx context.Context) error {
			return sw.Apply(ctx, ovs.Changes{Add: flows(l, "actions=drop")})
		}},
		{l.ovs.Server(), "SetPorts", func(ctx context.Context) error {
			return sw.SetPorts(ctx, ovs.PortChanges{Add: specs("p")})
		}},
	} {
		signal(l, test.hangs, syscall.SIGSTOP)
		ctx, cancel := context.WithTimeout(l.Context(), 100*time.Millisecond)
		if err := test.call(ctx); !errors.Is(err, context.DeadlineExceeded) {
			l.Errorf("%s: error %v", test.name, err)
		}
		cancel()
		signal(l, test.hangs, syscall.SIGCONT)
	}
}

func signal(l *lab, p *os.Process, s os.Signal) {
	l.Helper()
	if err := p.Signal(s); err != nil {
		l.Fatal(err)
	}
}

// twoSwitches of one new bridge, as when an agent is replaced: both make it,
// and both make the same changes.
func twoSwitches(l *lab) {
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("p%02d", i))
	}
	a, b := l.open(l, l.spec()), l.open(l, l.spec())
	var wg sync.WaitGroup
	for _, sw := range []ovs.Switch{a, b} {
		wg.Go(func() {
			ready(l, sw)
			for _, name := range names {
				if err := sw.SetPorts(l.Context(), ovs.PortChanges{Add: specs(name)}); err != nil {
					l.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, sw := range []ovs.Switch{a, b} {
		checkNames(l, sw, names...)
	}
	setPorts(l, a, ovs.PortChanges{Delete: names})
	await(l, b, "what the other deleted", func() bool { return len(ports(l, b)) == 0 })
}

func closeLeavesAll(l *lab) {
	sw := l.ready()
	setPorts(l, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: "p", Type: "internal"}}})
	awaitNumber(l, sw, "p")
	apply(l, sw, ovs.Changes{Add: flows(l, "cookie=0x1,table=0,priority=5 actions=drop")})
	state := func() string {
		return l.ovs.Vsctl("show") + l.ovs.Ofctl("--no-stats", "dump-flows", l.ovs.Mgmt(bridgeName))
	}
	before := state()
	if err := sw.Close(); err != nil {
		l.Error(err)
	}
	if after := state(); after != before {
		l.Errorf("before Close:\n%s\nafter:\n%s", before, after)
	}
}

// manyGoroutines: each has ports and flows of its own, and finds them.
func manyGoroutines(t *testing.T, sw ovs.Switch) {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 5 {
				port := fmt.Sprintf("g%d-%d", g, i)
				f := flow(t, fmt.Sprintf("cookie=%#x,table=%d,priority=%d actions=drop", g+1, g, i))
				errs := errors.Join(
					sw.SetPorts(t.Context(), ovs.PortChanges{Add: specs(port)}),
					sw.Apply(t.Context(), ovs.Changes{Add: []ovs.Flow{f}}),
				)
				have, err := sw.Flows(t.Context(), uint64(g+1), ^uint64(0))
				if err := errors.Join(errs, err); err != nil || len(have) != i+1 {
					t.Errorf("goroutine %d has %d flows after %d, error %v", g, len(have), i+1, err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(ports(t, sw)); n != 8*5 {
		t.Errorf("%d ports", n)
	}
}

func (l *lab) checkBridge(column, want string) {
	l.Helper()
	if got := strings.TrimSpace(l.ovs.Vsctl("get", "bridge", bridgeName, column)); got != want {
		l.Errorf("%s of the bridge is %s, want %s", column, got, want)
	}
}
