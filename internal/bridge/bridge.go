// Package bridge is what every implementation of [ovs.Switch] shares: the
// defaults and checks of a bridge's settings ([Complete], [Datapath]), the
// checks of port changes ([CheckPorts]), the connection that comes and goes
// ([Link]), and the fan-out of events to the watchers of a switch ([Hub]).
package bridge

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vlcp-go/vlcp/ovs"
)

// The datapaths that a bridge can have.
const (
	auto   = "auto"
	system = "system"
	netdev = "netdev"
)

const (
	defaultDatabase = "/var/run/openvswitch/db.sock"
	kernelModule    = "/sys/module/openvswitch"
)

// Complete checks a spec and fills in its defaults.
func Complete(spec ovs.BridgeSpec) (ovs.BridgeSpec, error) {
	if err := checkName(spec.Name); err != nil {
		return spec, &ovs.Error{Op: "open", ID: spec.Name, Err: err}
	}
	switch spec.Datapath {
	case "":
		spec.Datapath = auto
	case auto, system, netdev:
	default:
		return spec, &ovs.Error{Op: "open", ID: spec.Name, Err: fmt.Errorf("%w: the datapath %q is none of auto, system and netdev", ovs.ErrRefused, spec.Datapath)}
	}
	if n := len(spec.MAC); n != 0 && n != 6 {
		return spec, &ovs.Error{Op: "open", ID: spec.Name, Err: fmt.Errorf("%w: the hardware address %v has %d bytes, not 6", ovs.ErrRefused, spec.MAC, n)}
	}
	if spec.Database == "" {
		spec.Database = defaultDatabase
	}
	if spec.RunDir == "" {
		spec.RunDir = filepath.Dir(spec.Database)
	}
	return spec, nil
}

// Datapath is the type of a new bridge's datapath. What Open vSwitch lists as
// its datapath types is no proof that the kernel has one; its module is.
func Datapath(spec ovs.BridgeSpec) string {
	if spec.Datapath != auto {
		return spec.Datapath
	}
	if _, err := os.Stat(kernelModule); err == nil {
		return system
	}
	return netdev
}

// DatapathOf is the name of the datapath that the column datapath_type says,
// where nothing stands for the kernel's.
func DatapathOf(column string) string {
	if column == "" {
		return system
	}
	return column
}

// NewSystemID is a random UUID (RFC 9562, version 4) for a host that has no
// system-id.
func NewSystemID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
