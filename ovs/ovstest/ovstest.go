// Package ovstest tells whether something is an [ovs.Switch]: [Run] tests an
// implementation against a real Open vSwitch in a namespace of its own,
// [RunAlone] tests what makes sense without one. [Fake] is a switch in memory
// for the tests of those who use a switch; it passes RunAlone.
//
// The suite waits by [ovs.Switch.Watch] alone: it looks again when an event
// says so, and a missing event fails it.
package ovstest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ovs"
)

// patience is how long the suite waits for what must come; it decides no test
// of an implementation that works.
const patience = 20 * time.Second

// Open opens the implementation under test, and closes it with t.
type Open func(t testing.TB, spec ovs.BridgeSpec) ovs.Switch

// Run tests an implementation. It skips t where no Open vSwitch can be started.
func Run(t *testing.T, open Open) {
	shared := testenv.OVS(t)
	bridges := 0
	RunAlone(t, func(t testing.TB) ovs.Switch {
		bridges++
		sw := open(t, ovs.BridgeSpec{Name: fmt.Sprintf("br%d", bridges), Datapath: "netdev", Database: shared.DB})
		ready(t, sw)
		return sw
	})
	for _, test := range []struct {
		name string
		run  func(*lab)
	}{
		{"MakesBridge", makesBridge},
		{"AdoptsBridge", adoptsBridge},
		{"SecuresBridge", securesBridge},
		{"BridgeDeleted", bridgeDeleted},
		{"SystemIDStays", systemIDStays},
		{"DeviceComesLater", deviceComesLater},
		{"VXLANPort", vxlanPort},
		{"PortOfAnotherBridge", portOfAnotherBridge},
		{"ForeignFlowsStay", foreignFlowsStay},
		{"RefusedFlow", refusedFlow},
		{"ManyFlows", manyFlows},
		{"BigFlow", bigFlow},
		{"Groups", groups},
		{"Packets", packets},
		{"VswitchdRestarts", vswitchdRestarts},
		{"ServerRestarts", serverRestarts},
		{"NotUpYet", notUpYet},
		{"ContextEndsACall", contextEndsACall},
		{"TwoSwitches", twoSwitches},
		{"CloseLeavesAll", closeLeavesAll},
		{"SwapsLoseNothing", swapsLoseNothing},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(&lab{T: t, ovs: testenv.OVS(t), open: open}) })
	}
}

// RunAlone tests what any implementation does, with or without an Open vSwitch
// below. open gives a switch whose bridge is there and empty, and closes it
// with t.
func RunAlone(t *testing.T, open func(t testing.TB) ovs.Switch) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, ovs.Switch)
	}{
		{"Info", info},
		{"AddPorts", addPorts},
		{"AddPortAgain", addPortAgain},
		{"DeletePorts", deletePorts},
		{"BadPorts", badPorts},
		{"ManyPorts", manyPorts},
		{"AddFlows", addFlows},
		{"FlowsByCookie", flowsByCookie},
		{"ReplaceFlow", replaceFlow},
		{"DeleteFlow", deleteFlow},
		{"DiffClosesTheDifference", diffClosesTheDifference},
		{"NothingToDo", nothingToDo},
		{"WatchBeginsWithAll", watchBeginsWithAll},
		{"WatchEnds", watchEnds},
		{"WatchesAreApart", watchesAreApart},
		{"EndedContext", endedContext},
		{"ManyGoroutines", manyGoroutines},
		{"Closed", closed},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// lab is one test with an Open vSwitch of its own.
type lab struct {
	*testing.T
	ovs  *testenv.OVSInstance
	open Open
}

const bridgeName = "br0"

func (l *lab) spec() ovs.BridgeSpec {
	return ovs.BridgeSpec{Name: bridgeName, Datapath: "netdev", Database: l.ovs.DB}
}

// ready opens the bridge and returns when it is there.
func (l *lab) ready() ovs.Switch {
	l.Helper()
	sw := l.open(l, l.spec())
	ready(l, sw)
	return sw
}

func ready(t testing.TB, sw ovs.Switch) {
	t.Helper()
	await(t, sw, "the bridge", func() bool {
		_, err := sw.Ports(t.Context())
		if err == nil {
			_, err = sw.Flows(t.Context(), 0, 0)
		}
		return err == nil
	})
}

var errStop = errors.New("seen")

// await returns when check is true. It looks again when sw says so.
func await(t testing.TB, sw ovs.Switch, what string, check func() bool) {
	t.Helper()
	awaitEvent(t, sw, what, func(ovs.Event) bool { return check() })
}

func awaitEvent(t testing.TB, sw ovs.Switch, what string, check func(ovs.Event) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := sw.Watch(ctx, func(e ovs.Event) error {
		if check(e) {
			return errStop
		}
		return nil
	})
	if !errors.Is(err, errStop) {
		t.Fatalf("waited in vain for %s: %v", what, err)
	}
}
