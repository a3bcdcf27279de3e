// Package device makes and removes the interfaces of logical ports: a veth
// pair whose host end is a port of the bridge.
//
// Making one ([Devices.Add]) is on the way of a container that starts, so it is
// one message to the kernel and one to Open vSwitch. Removing
// ([Devices.Remove]) costs milliseconds of waiting in both, so it happens in
// the background ([Devices.Run]), in batches; queue.go keeps the two apart for a
// port that is removed and made again. [Devices.Sweep] finds what nobody
// removed.
package device

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
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
	queue    *queue
	suspects map[string]bool // interfaces that looked orphaned at the last sweep
}

// Config is what Devices works with.
type Config struct {
	Switch    ovs.Switch
	Bridge    string // its name: two agents on one machine have interfaces of their own
	Prefix    string // of the interfaces' names, at most 4 characters
	Userspace bool   // the bridge's datapath is netdev, which forwards no offloaded checksums
	Log       *slog.Logger
}

// New makes a Devices.
func New(c Config) *Devices {
	return &Devices{Config: c, queue: newQueue()}
}

// Spec is the interface of a logical port.
type Spec struct {
	Port  string // id of the logical port
	MAC   net.HardwareAddr
	MTU   int
	Netns string // path of the namespace where the container's end is born; "": this one
}

// names is an alphabet of which interfaces' names may be made, 5 bits a letter.
var names = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567")

const (
	hashLength   = 7 // letters
	bridgeSuffix = "-tap"
)

// Names gives the names of a port's interfaces, at most 15 characters each:
// the end for the container, and the end on the bridge. They follow from the
// port's id, so that whoever comes back after a crash finds them.
func (d *Devices) Names(port string) (container, bridge string) {
	sum := sha256.Sum256([]byte(d.Bridge + "\x00" + port))
	container = d.Prefix + names.EncodeToString(sum[:])[:hashLength]
	return container, container + bridgeSuffix
}

// group is the device group of the ends on this bridge: the kernel keeps it
// from the moment that an interface is made, so that what was never plugged in
// is known as this bridge's own too.
func (d *Devices) group() uint32 {
	sum := sha256.Sum256([]byte(d.Bridge))
	return binary.BigEndian.Uint32(sum[:])
}

// Add makes the interface of a port and plugs it into the bridge. Repeated, it
// changes nothing. On an error Remove clears what it left.
func (d *Devices) Add(ctx context.Context, s Spec) error {
	container, bridge := d.Names(s.Port)
	if err := d.queue.claim(ctx, bridge); err != nil {
		return err
	}
	err := netns.CreateVeth(ctx, netns.Veth{
		Host: bridge, Peer: container, MAC: s.MAC, MTU: s.MTU, Netns: s.Netns, Group: d.group(), TxOff: d.Userspace,
	})
	if err != nil {
		return err
	}
	if err := netns.Isolate(ctx, bridge); err != nil {
		d.Log.Warn("this host's own IP stack sees the packets of a port; make /proc/sys writable to the agent", "port", s.Port, "error", err)
	}
	return d.Switch.SetPorts(ctx, ovs.PortChanges{Add: []ovs.PortSpec{{
		Name:        bridge,
		ExternalIDs: map[string]string{ifaceID: s.Port, attachedMAC: s.MAC.String(), markKey: markPort},
	}}})
}

// Remove has the interface of a port removed soon; there may be none.
func (d *Devices) Remove(port string) {
	_, bridge := d.Names(port)
	d.queue.put(bridge)
}
