package ovstest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

var errAway = errors.New("the fake is away")

// Fake is a switch in memory; its zero value is ready to use. It takes every
// flow, and each port has its device and gets the next number. [Fake.String]
// shows what it has, so that a test can compare text.
type Fake struct {
	hub bridge.Hub

	mu     sync.Mutex
	away   error
	ports  map[string]ovs.Port
	last   uint32 // port number that was given
	flows  map[string]ovs.Flow
	groups map[uint32]ovs.GroupEntry
	sent   []ovs.PacketOut
}

var _ ovs.Switch = (*Fake)(nil)

// fakeBridge is the name of every fake's bridge.
const fakeBridge = "fake0"

// String is one line a port, then one a group, then one a flow, each sorted:
//
//	port 1 vxlan0 type=vxlan options:key=flow options:remote_ip=flow
//	port 2 v1 external_ids:iface-id=web
//	group_id=5,type=all,bucket=actions=output:1
//	cookie=0x1,table=0,priority=1 actions=drop
func (f *Fake) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.ports)) {
		fmt.Fprintln(&b, portText(f.ports[name]))
	}
	for _, id := range slices.Sorted(maps.Keys(f.groups)) {
		fmt.Fprintln(&b, f.groups[id])
	}
	for _, flow := range slices.SortedFunc(maps.Values(f.flows), ovs.CompareFlows) {
		fmt.Fprintln(&b, flow)
	}
	return b.String()
}

func portText(p ovs.Port) string {
	var b strings.Builder
	fmt.Fprintf(&b, "port %d %s", p.OFPort, p.Name)
	if p.Type != "" {
		b.WriteString(" type=" + p.Type)
	}
	for _, k := range slices.Sorted(maps.Keys(p.ExternalIDs)) {
		fmt.Fprintf(&b, " external_ids:%s=%s", k, p.ExternalIDs[k])
	}
	for _, k := range slices.Sorted(maps.Keys(p.Options)) {
		fmt.Fprintf(&b, " options:%s=%s", k, p.Options[k])
	}
	return b.String()
}

// Leave makes the fake unavailable, as an Open vSwitch that was stopped.
func (f *Fake) Leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = errAway
}

// Return ends [Fake.Leave]. The flows are gone, as after a restart of
// ovs-vswitchd.
func (f *Fake) Return() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away, f.flows, f.groups = nil, nil, nil
	f.hub.Notify(ovs.Event{Ports: true, Flows: true})
}

// Receive gives a packet to the watchers.
func (f *Fake) Receive(p ovs.PacketIn) { f.hub.Notify(ovs.Event{PacketIn: &p}) }

// Sent are the packets that were sent so far.
func (f *Fake) Sent() []ovs.PacketOut {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

// begin locks the fake for a method, or tells why the method can't run.
func (f *Fake) begin(ctx context.Context, op string) (end func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	if f.away != nil {
		defer f.mu.Unlock()
		return nil, &ovs.Error{Op: op, ID: fakeBridge, Err: fmt.Errorf("%w: %w", ovs.ErrUnavailable, f.away)}
	}
	return f.mu.Unlock, nil
}
