// Package ovs is one Open vSwitch bridge: its ports, its flows, and the
// values that they are made of.
//
// A [Switch] is a connection to one bridge. ovs/ovsdb implements it over OVSDB
// and OpenFlow; ovs/vsctl with the commands ovs-vsctl and ovs-ofctl; ovs/ovstest
// tests any implementation against a real Open vSwitch.
//
// A [Flow] is a value: [NewMatch] and the action types build it, String writes
// it as ovs-ofctl does, [ParseFlow] reads that back, and [Stamp] gives it a
// cookie that is its owner's tag and a hash of its content. [Diff] compares
// the flows that a bridge should have with those that it has, by cookie, so
// that an agent which restarts keeps what is right.
package ovs

import (
	"context"
	"net"
)

// Flow is one OpenFlow entry. Two flows with the same Table, Priority and
// Match are the same entry: adding the second replaces the first.
type Flow struct {
	Table    uint8
	Priority uint16
	Cookie   uint64
	Match    Match
	Actions  []Action // empty: drop
}

// Changes is what [Switch.Apply] does to the flows and groups of a bridge, in
// one atomic bundle: first the adds, then the deletes.
type Changes struct {
	AddGroups    []GroupEntry
	Add          []Flow // replaces an entry of the same table, priority and match
	Delete       []Flow // deleted only where table, priority, match and cookie are these
	DeleteGroups []uint32
}

// GroupEntry is a group of type all (Select false) or select.
type GroupEntry struct {
	ID      uint32
	Select  bool
	Buckets [][]Action
}

// Port is a port of the bridge as Open vSwitch has it.
type Port struct {
	Name        string
	OFPort      uint32            // 0 while Open vSwitch has not given one
	Type        string            // "", "internal", "vxlan", …
	Error       string            // why it doesn't work, in Open vSwitch's words
	ExternalIDs map[string]string // of its interface: iface-id, attached-mac, …
	Options     map[string]string // of its interface: remote_ip, key, dst_port, …
	MTU         int               // 0 if unknown
}

// PortSpec is a port as it should be.
type PortSpec struct {
	Name        string
	Type        string // "" for a device that exists or will
	ExternalIDs map[string]string
	Options     map[string]string
	OFPort      uint32 // requested number; 0: any
}

// PortChanges is what [Switch.SetPorts] does, in one transaction: the adds
// (a port that exists gets the spec's type, options and external ids), then
// the deletes (of an absent port: nothing).
type PortChanges struct {
	Add    []PortSpec
	Delete []string
}

// Info is what a switch is.
type Info struct {
	SystemID string // external_ids:system-id of the Open_vSwitch table
	Bridge   string
	Datapath string // "system" or "netdev"
	Version  string // of Open vSwitch
}

// PacketIn is a packet that a Controller action sent up.
type PacketIn struct {
	InPort uint32
	Table  uint8
	Cookie uint64
	Match  Match // the packet's metadata: in_port, tun_id, registers
	Data   []byte
}

// PacketOut is a packet to send as if it came in on InPort.
type PacketOut struct {
	InPort  uint32 // 0: from the controller
	Data    []byte
	Actions []Action
}

// Event tells a watcher of a switch where to look again. The zero fields did
// not change.
type Event struct {
	Ports    bool      // the ports changed: read them again
	Flows    bool      // connected, or connected again: the flows may be gone
	PacketIn *PacketIn // a packet for the agent
}

// Switch is a connection to one bridge. Its methods may be called from many
// goroutines, and answer soon after their context ended. While Open vSwitch is
// away they answer an error that matches [ErrUnavailable]; the connection
// comes back by itself.
type Switch interface {
	// Info tells what the switch is.
	Info(ctx context.Context) (Info, error)
	// Ports reads the ports of the bridge, sorted by name.
	Ports(ctx context.Context) ([]Port, error)
	// SetPorts adds and deletes ports in one transaction. It does not wait for
	// OFPort: Watch tells when that is known.
	SetPorts(ctx context.Context, c PortChanges) error
	// Flows reads the flows whose cookie matches under the mask, sorted by
	// table, priority (highest first) and match.
	Flows(ctx context.Context, cookie, mask uint64) ([]Flow, error)
	// Apply makes the changes atomically: all of them, or none and an error
	// that names the flow which Open vSwitch refused.
	Apply(ctx context.Context, c Changes) error
	// Send sends packets out, in order.
	Send(ctx context.Context, packets ...PacketOut) error
	// Watch calls fn, from one goroutine at a time, when something changed; at
	// first once with Ports and Flows set. It returns when ctx ends or fn fails.
	Watch(ctx context.Context, fn func(Event) error) error
	// Close ends the connection and changes nothing on the bridge.
	Close() error
}

// BridgeSpec is the bridge that an implementation of [Switch] opens, and makes
// first if it is missing.
type BridgeSpec struct {
	Name     string           // e.g. "dockerbr0"
	Datapath string           // "auto", "system" or "netdev"; a bridge that exists keeps its own
	MAC      net.HardwareAddr // of a new bridge; nil: Open vSwitch's choice
	Database string           // OVSDB socket; "" for /var/run/openvswitch/db.sock
	RunDir   string           // where <bridge>.mgmt is; "" for the directory of Database
}
