// Package vsctl implements [ovs.Switch] with the commands of Open vSwitch, for
// hosts where commands are what an operator trusts, or wraps: ovs-vsctl for the
// bridge and its ports, ovs-ofctl for its flows and packets. It links no
// protocol library. Each call costs a process or two, some 10 ms.
//
// [Open] returns at once; two goroutines each keep a command running. One is
// ovsdb-client monitor: it begins with the bridge being made where it is
// missing, each line it prints is a change of a port, and it ends with
// ovsdb-server ([Switch.followDatabase]). The other is ovs-ofctl monitor on the
// bridge's management socket: it prints the packet-ins, and ends with
// ovs-vswitchd, which takes the flows with it ([Switch.followFlows]).
//
// A bridge that exists is adopted: its ports, its flows and its datapath stay
// as they are. Only its fail mode becomes secure. In the mode standalone, which
// is Open vSwitch's default, a bridge without a controller gets a flow that
// switches everything to everywhere: it would join networks that are apart.
// With that change, once, Open vSwitch drops all flows of the bridge.
//
// ovs-ofctl drops a term of a match whose prerequisite is missing, where
// OpenFlow itself refuses the flow.
package vsctl

import (
	"context"
	"log/slog"
	"sync"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

// Switch is a bridge. [Open] makes one.
type Switch struct {
	tools    tools
	log      *slog.Logger
	server   bridge.Link[tools] // ovsdb-server
	vswitchd bridge.Link[tools] // ovs-vswitchd
	hub      bridge.Hub
	stop     context.CancelFunc
	done     sync.WaitGroup
}

var _ ovs.Switch = (*Switch)(nil)

// Option is a setting of [Open].
type Option func(*Switch)

// WithLogger makes the switch log to l: as a warning that Open vSwitch went
// away, the rest at debug. Without it, nothing is logged.
func WithLogger(l *slog.Logger) Option { return func(s *Switch) { s.log = l } }

// Open returns a switch that follows the bridge in the background until Close;
// [Switch.Watch] tells when it is there. Open itself fails only where the spec
// is wrong or ctx has ended.
func Open(ctx context.Context, spec ovs.BridgeSpec, opts ...Option) (*Switch, error) {
	spec, err := bridge.Complete(spec)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	s := &Switch{tools: tools{spec}, log: slog.New(slog.DiscardHandler)}
	for _, o := range opts {
		o(s)
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	log := s.log.With("bridge", spec.Name)
	s.done.Go(func() { s.server.Keep(ctx, log.With("to", "database"), s.followDatabase) })
	s.done.Go(func() { s.vswitchd.Keep(ctx, log.With("to", "flows"), s.followFlows) })
	return s, nil
}

// Close ends the commands; the bridge stays as it is.
func (s *Switch) Close() error {
	s.stop()
	s.done.Wait()
	s.hub.Close()
	return nil
}

// Info implements [ovs.Switch].
func (s *Switch) Info(ctx context.Context) (ovs.Info, error) {
	t, err := s.server.Get(ctx)
	if err != nil {
		return ovs.Info{}, s.fail("read bridge", err)
	}
	tables, err := t.query(ctx,
		"--columns=external_ids,ovs_version", "list", "Open_vSwitch", ".", "--",
		"--columns=datapath_type", "list", "Bridge", t.spec.Name)
	if err != nil {
		return ovs.Info{}, s.fail("read bridge", err)
	}
	root, br := tables[0][0], tables[1][0]
	return ovs.Info{
		SystemID: dict(root["external_ids"])["system-id"],
		Bridge:   t.spec.Name,
		Datapath: bridge.DatapathOf(text(br["datapath_type"])),
		Version:  text(root["ovs_version"]),
	}, nil
}

// Watch implements [ovs.Switch].
func (s *Switch) Watch(ctx context.Context, fn func(ovs.Event) error) error {
	return s.hub.Watch(ctx, fn)
}

func (s *Switch) fail(op string, err error) error {
	return &ovs.Error{Op: op, ID: s.tools.spec.Name, Err: err}
}
