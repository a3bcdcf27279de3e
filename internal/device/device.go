// Package device makes and removes the interfaces of logical ports: a veth
// pair whose host end is a port of the bridge.
//
// Making one is on the way of a container that starts, so it is one message to
// the kernel and one to Open vSwitch. Removing costs milliseconds of waiting
// in both, so it happens in the background, in batches.
package device

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/ovs"
)

// The marks in the external ids of an interface that this package made.
const (
	ifaceID     = "iface-id"     // the logical port, as Open vSwitch's integration guide names it
	attachedMAC = "attached-mac" // its MAC, likewise
	markKey     = "vlcp"
	markPort    = "port"
)

// Devices makes interfaces for one bridge. Make it with New, and keep Run
// running.
type Devices struct {
	Config
	removals chan string
	suspects suspects
}

// Config is what Devices works with.
type Config struct {
	Switch    ovs.Switch
	Prefix    string // of the interfaces' names, at most 4 characters
	Userspace bool   // the bridge's datapath is netdev, which forwards no offloaded checksums
	Log       *slog.Logger
}

// New makes a Devices.
func New(c Config) *Devices {
	return &Devices{Config: c, removals: make(chan string, 1024), suspects: suspects{}}
}

// Spec is the interface of a logical port.
type Spec struct {
	Port  string // id of the logical port
	MAC   net.HardwareAddr
	MTU   int
	Netns string // path of the namespace where the container's end is born; "": this one
}

// Names gives the names of a port's interfaces, at most 15 characters each:
// the end for the container, and the end on the bridge. They follow from the
// port's id, so that whoever comes back after a crash finds them.
func (d *Devices) Names(port string) (container, bridge string) {
	sum := sha256.Sum256([]byte(port))
	container = d.Prefix + hex.EncodeToString(sum[:])[:7]
	return container, container + "-tap"
}

// Add makes the interface of a port and plugs it into the bridge. Repeated, it
// changes nothing. On an error nothing is left.
func (d *Devices) Add(ctx context.Context, s Spec) error {
	container, bridge := d.Names(s.Port)
	veth := netns.Veth{Host: bridge, Peer: container, MAC: s.MAC, MTU: s.MTU, Netns: s.Netns, TxOff: d.Userspace}
	if err := netns.CreateVeth(ctx, veth); err != nil {
		return err
	}
	port := ovs.PortSpec{Name: bridge, ExternalIDs: map[string]string{
		ifaceID: s.Port, attachedMAC: s.MAC.String(), markKey: markPort,
	}}
	if err := d.Switch.SetPorts(ctx, ovs.PortChanges{Add: []ovs.PortSpec{port}}); err != nil {
		d.Remove(s.Port)
		return err
	}
	return nil
}

// Remove has the interface of a port removed soon; there may be none.
func (d *Devices) Remove(port string) {
	_, bridge := d.Names(port)
	d.removeDevice(bridge)
}

// removeDevice queues a device for removal. When the queue is full it is left
// to the sweep, which finds it.
func (d *Devices) removeDevice(name string) {
	select {
	case d.removals <- name:
	default:
		d.Log.Warn("too many interfaces to remove at once, one is left to the next sweep", "interface", name)
	}
}
