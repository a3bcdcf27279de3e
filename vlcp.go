// Package vlcp gives containers, virtual machines and anything with a network
// interface multi-host L2 and L3 networks on Open vSwitch.
//
// There is no controller in the middle: every host runs an [Agent], and all
// agents share one store. An Agent needs a store and a switch:
//
//	store, err := bolt.Open("/var/lib/vlcp/vlcp.db")
//	…
//	bridge, err := ovsdb.Open(ctx, ovs.BridgeSpec{Name: "vlcp0"})
//	…
//	agent := &vlcp.Agent{Store: store, Switch: bridge}
//	go agent.Run(ctx)
//
// Then networks can be created, and ports plugged into them:
//
//	_, err = agent.CreateNetwork(ctx, network.Spec{
//		Network: network.Network{ID: "blue"},
//		Subnets: []network.Subnet{{ID: "blue4", Prefix: netip.MustParsePrefix("10.1.0.0/24")}},
//	})
//	…
//	a, err := agent.Plug(ctx, network.Plug{
//		Port:  network.Port{ID: "web-1", Network: "blue", Addresses: []network.Address{{Subnet: "blue4"}}},
//		Netns: "/run/netns/web-1",
//	})
//	…
//	_, err = agent.Ready(ctx, a.Port.ID)
//
// examples/embed is this as a program.
//
// # The packages
//
// [network] holds the vocabulary (physical and logical networks, subnets,
// ports) and the rules on it, each change one transaction. [kvstore] is the
// store, with a package for each back-end. [ipam] hands out addresses. [ovs] is
// one bridge. network/plan computes the flows that a host should have from what
// the store and the switch say. [netns] makes interfaces. dockerdriver is the
// face to Docker, and network/webapi the management API; both are interfaces
// away from the Agent, so others can be written beside them.
//
// # What an Agent does
//
// It watches the parts of the store that its host needs and the ports of its
// bridge, and keeps the bridge's flows as the two say; events only tell it where
// to look again. It may die at any time: flows stay, and the next Agent keeps
// those that are right. What an Agent left half-made is cleared by the next.
package vlcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/vlcp-go/vlcp/internal/host"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// Agent is one host's part of a vlcp network. Its exported fields are its
// configuration, not to be changed once a method was called; those that may be
// zero have a default. The methods may be called from many goroutines.
type Agent struct {
	Store  kvstore.Store // where the network is kept
	Switch ovs.Switch    // this host's bridge

	IPAM      ipam.IPAM     // who hands out addresses to faces; nil: the agent's own pools in Store
	Host      string        // id of the host; "": the switch's system-id
	TunnelIP  netip.Addr    // of this host in the underlay; zero: the address of the default route
	VXLANPort uint16        // UDP port of the tunnels; 0: 4999, since Docker's overlay has 4789
	Pool4     netip.Prefix  // where subnets that nobody names come from; zero: 10.0.0.0/8
	Pool6     netip.Prefix  // the same for IPv6; zero: a unique local /48
	Interface string        // prefix of the interfaces' names, 1 to 4 letters; "": vlcp
	Audit     time.Duration // between two full comparisons with the switch; 0: one minute
	Log       *slog.Logger  // nil: silent

	host atomic.Pointer[host.Host]
}

// ErrIncomplete means that a field of the Agent which has no default is unset.
var ErrIncomplete = errors.New("vlcp: the Agent needs a Store and a Switch")

// Run keeps this host's bridge as the store says, until ctx ends; then it
// removes what interfaces are still to be removed. It waits for a store or a
// switch that is away. An Agent runs once; the other methods work while it
// does.
func (a *Agent) Run(ctx context.Context) error {
	h, err := a.open(ctx)
	if errors.Is(err, ovs.ErrUnavailable) {
		a.log().Warn("waiting for Open vSwitch", "error", err)
		h, err = a.await(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	}
	return h.Run(ctx)
}

// Model is the network as the store has it, and the rules to change it. While
// Open vSwitch was never reached it is an error that matches
// [ovs.ErrUnavailable], since the host's id is kept there.
func (a *Agent) Model(ctx context.Context) (*network.Model, error) {
	h, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	return h.Model, nil
}

// HostID is the id of this host: the field Host, or the switch's system-id.
func (a *Agent) HostID(ctx context.Context) (string, error) {
	h, err := a.open(ctx)
	if err != nil {
		return "", err
	}
	return h.ID, nil
}

// Addresses is who hands out addresses: the field IPAM, or the agent's own.
func (a *Agent) Addresses() ipam.IPAM { return host.LazyIPAM(a.open) }

// CreateNetwork creates a logical network with its subnets in one transaction.
// An Owner without a host is this host. The same once more, from the same owner,
// is no error.
func (a *Agent) CreateNetwork(ctx context.Context, s network.Spec) (network.Network, error) {
	h, err := a.open(ctx)
	if err != nil {
		return network.Network{}, err
	}
	return h.CreateNetwork(ctx, s)
}

// DeleteNetwork deletes a logical network with its subnets and their pools. It
// is refused with [network.ErrInUse] while it has ports, or is a static route's
// way; an absent network is no error.
func (a *Agent) DeleteNetwork(ctx context.Context, id string) error {
	h, err := a.open(ctx)
	if err != nil {
		return err
	}
	return h.DeleteNetwork(ctx, id)
}

// Network reads a logical network and its subnets.
func (a *Agent) Network(ctx context.Context, id string) (network.Spec, error) {
	h, err := a.open(ctx)
	if err != nil {
		return network.Spec{}, err
	}
	return h.Network(ctx, id)
}

// Ports lists the ports of a logical network, on all hosts.
func (a *Agent) Ports(ctx context.Context, id string) ([]network.Port, error) {
	h, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	return h.Model.Ports(ctx, id)
}

// Plug creates a port and its interface and plugs that into the bridge. It does
// not wait for flows; see [Agent.Ready]. Without a namespace in p the
// interface, named in the answer, is left to the caller to move and configure.
// Repeated, it gives the same answer. On an error nothing is left of a port that
// was not there before.
func (a *Agent) Plug(ctx context.Context, p network.Plug) (network.Attachment, error) {
	h, err := a.open(ctx)
	if err != nil {
		return network.Attachment{}, err
	}
	return h.Plug(ctx, p)
}

// Ready waits until packets of a port are forwarded, and describes the port.
// When ctx ends first, the error says what the port still waited for.
func (a *Agent) Ready(ctx context.Context, port string) (network.Attachment, error) {
	h, err := a.open(ctx)
	if err != nil {
		return network.Attachment{}, err
	}
	return h.Ready(ctx, port)
}

// Unplug removes a port and, soon after, its interface. An address that was
// asked of the IPAM stays claimed there. An absent port is no error.
func (a *Agent) Unplug(ctx context.Context, port string) error {
	h, err := a.open(ctx)
	if err != nil {
		return err
	}
	return h.Unplug(ctx, port)
}

// patience is how long a call waits for a switch that was never reached: a
// connection that was opened just now takes some milliseconds.
const patience = 500 * time.Millisecond

// open puts the host together, or says soon what is missing.
func (a *Agent) open(ctx context.Context) (*host.Host, error) {
	if h := a.host.Load(); h != nil {
		return h, nil
	}
	if a.Store == nil || a.Switch == nil {
		return nil, ErrIncomplete
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h, err := a.await(wait)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded): // it is slow to answer, which Run must not end for
		return nil, fmt.Errorf("%w: %w", ovs.ErrUnavailable, err)
	}
	return h, err
}

// errKnown ends the watch of a switch that told what it is.
var errKnown = errors.New("known")

// await puts the host together as soon as the switch has told what it is. When
// ctx ends first it answers why that was not to be had.
func (a *Agent) await(ctx context.Context) (*host.Host, error) {
	var err error
	var info ovs.Info
	end := a.Switch.Watch(ctx, func(ovs.Event) error {
		if info, err = a.Switch.Info(ctx); errors.Is(err, ovs.ErrUnavailable) {
			return nil
		}
		return errKnown
	})
	if err = cmp.Or(err, end); !errors.Is(err, errKnown) {
		return nil, err
	}
	a.host.CompareAndSwap(nil, host.New(a.config(info)))
	return a.host.Load(), nil
}

// config is the configuration with its defaults filled in.
func (a *Agent) config(info ovs.Info) host.Config {
	return host.Config{
		Store: a.Store, Switch: a.Switch, IPAM: a.IPAM, Info: info,
		ID:         cmp.Or(a.Host, info.SystemID),
		TunnelIP:   a.TunnelIP.Unmap(),
		VXLANPort:  cmp.Or(a.VXLANPort, 4999),
		Pool4:      a.Pool4,
		Pool6:      a.Pool6,
		VethPrefix: cmp.Or(a.Interface, "vlcp"),
		Audit:      cmp.Or(a.Audit, time.Minute),
		Log:        a.log(),
	}
}

func (a *Agent) log() *slog.Logger { return cmp.Or(a.Log, slog.New(slog.DiscardHandler)) }
