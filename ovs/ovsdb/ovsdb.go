// Package ovsdb implements [ovs.Switch] over Open vSwitch's own protocols:
// OVSDB (RFC 7047, by libovsdb) for the bridge and its ports, OpenFlow (by
// ovs/openflow) for its flows and packets.
//
// [Open] returns at once. A goroutine connects to the database, makes the
// bridge where it is missing ([conn.ensure]) and stays; when the connection
// ends, or somebody deletes the bridge, it begins again. Each connection has a
// replica of four tables ([conn.ports] reads it) that is thrown away with it.
// What concerns flows goes to the bridge's management socket, so that the
// bridge needs no controller to be set. While ovsdb-server is away those calls
// fail too: without it, ovs-vswitchd answers nobody (measured with 3.1).
//
// A bridge that exists is adopted: its ports, its flows and its datapath stay
// as they are. Only its fail mode becomes secure. In the mode standalone, which
// is Open vSwitch's default, a bridge without a controller gets a flow that
// switches everything to everywhere: it would join networks that are apart.
// With that change, once, Open vSwitch drops all flows of the bridge.
package ovsdb

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/openflow"
)

// Switch is a bridge. [Open] makes one.
type Switch struct {
	spec  ovs.BridgeSpec
	log   *slog.Logger
	link  bridge.Link[*conn]
	flows openflow.Client
	hub   bridge.Hub
	stop  context.CancelFunc
	done  sync.WaitGroup
}

var _ ovs.Switch = (*Switch)(nil)

// Option is a setting of [Open].
type Option func(*Switch)

// WithLogger makes the switch log to l: a lost connection as a warning, the
// details of the protocol at debug. Without it, nothing is logged.
func WithLogger(l *slog.Logger) Option { return func(s *Switch) { s.log = l } }

// Open returns a switch that connects in the background and goes on trying
// until Close; [Switch.Watch] tells when it is there. Open itself fails only
// where the spec is wrong or ctx has ended.
func Open(ctx context.Context, spec ovs.BridgeSpec, opts ...Option) (*Switch, error) {
	spec, err := bridge.Complete(spec)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	s := &Switch{spec: spec, log: slog.New(slog.DiscardHandler)}
	for _, o := range opts {
		o(s)
	}
	s.flows = openflow.Client{
		Path:      filepath.Join(spec.RunDir, spec.Name+".mgmt"),
		Connected: func() { s.hub.Notify(ovs.Event{Flows: true}) },
		PacketIn:  func(p ovs.PacketIn) { s.hub.Notify(ovs.Event{PacketIn: &p}) },
		Log:       s.log,
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.done.Go(func() { s.link.Keep(ctx, s.log.With("bridge", spec.Name, "to", "database"), s.serve) })
	s.done.Go(func() { s.flows.Run(ctx) })
	return s, nil
}

// Close ends the connections; the bridge stays as it is.
func (s *Switch) Close() error {
	s.stop()
	s.done.Wait()
	s.hub.Close()
	return nil
}

// Info implements [ovs.Switch].
func (s *Switch) Info(ctx context.Context) (ovs.Info, error) {
	c, err := s.link.Get(ctx)
	if err != nil {
		return ovs.Info{}, s.fail("read bridge", err)
	}
	r, br := c.root(), c.bridge(s.spec.Name)
	if r == nil || br == nil {
		return ovs.Info{}, s.fail("read bridge", errGone)
	}
	return ovs.Info{
		SystemID: r.ExternalIDs[systemID],
		Bridge:   br.Name,
		Datapath: bridge.DatapathOf(br.DatapathType),
		Version:  value(r.Version),
	}, nil
}

// Ports implements [ovs.Switch]; it reads the replica.
func (s *Switch) Ports(ctx context.Context) ([]ovs.Port, error) {
	c, err := s.link.Get(ctx)
	if err != nil {
		return nil, s.fail("read ports of", err)
	}
	br := c.bridge(s.spec.Name)
	if br == nil {
		return nil, s.fail("read ports of", errGone)
	}
	return c.ports(br), nil
}

// SetPorts implements [ovs.Switch].
func (s *Switch) SetPorts(ctx context.Context, change ovs.PortChanges) error {
	if err := bridge.CheckPorts(s.spec.Name, change); err != nil {
		return err
	}
	c, err := s.link.Get(ctx)
	if err == nil {
		err = c.setPorts(ctx, s.spec.Name, change)
	}
	if err != nil {
		return s.fail("set ports of", err)
	}
	return nil
}

// Flows implements [ovs.Switch].
func (s *Switch) Flows(ctx context.Context, cookie, mask uint64) ([]ovs.Flow, error) {
	if _, err := s.link.Get(ctx); err != nil {
		return nil, s.fail("read flows of", err)
	}
	return s.flows.Flows(ctx, cookie, mask)
}

// Apply implements [ovs.Switch].
func (s *Switch) Apply(ctx context.Context, c ovs.Changes) error {
	if _, err := s.link.Get(ctx); err != nil {
		return s.fail("apply flows to", err)
	}
	return s.flows.Apply(ctx, c)
}

// Send implements [ovs.Switch].
func (s *Switch) Send(ctx context.Context, packets ...ovs.PacketOut) error {
	if _, err := s.link.Get(ctx); err != nil {
		return s.fail("send packets through", err)
	}
	return s.flows.Send(ctx, packets...)
}

// Watch implements [ovs.Switch].
func (s *Switch) Watch(ctx context.Context, fn func(ovs.Event) error) error {
	return s.hub.Watch(ctx, fn)
}

func (s *Switch) fail(op string, err error) error {
	return &ovs.Error{Op: op, ID: s.spec.Name, Err: err}
}
