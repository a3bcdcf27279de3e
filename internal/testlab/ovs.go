package testlab

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

const (
	ovsDatabase = "/etc/openvswitch/conf.db"
	ovsSocket   = "/run/openvswitch/db.sock"
	ovsSchema   = "/usr/share/openvswitch/vswitch.ovsschema"
	// physBridge holds the uplink. The userspace datapath sends tunnel packets
	// only through a bridge of its own whose LOCAL port has the address.
	physBridge = "br-phy"
)

// StartOVS starts ovsdb-server and ovs-vswitchd with the database, empty at
// first, at the usual paths, and returns when ovs-vswitchd has configured
// itself. The system-id is the host's name. Where bridges are of the userspace
// datapath, the uplink and its addresses are then on bridge br-phy; other bridges
// are for the host's programs to make.
func (h *Host) StartOVS(ctx context.Context) error {
	if err := h.startDatabase(ctx); err != nil {
		return err
	}
	if err := h.serve(ctx, "ovs-vswitchd", "unix:"+ovsSocket, "--pidfile"); err != nil {
		return err
	}
	err := h.awaitVswitchd(ctx)
	if err == nil && !kernelDatapath() {
		err = h.movePhysical(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, h.service("ovs-vswitchd").tail())
	}
	return nil
}

// kernelDatapath tells whether bridges are of the kernel's datapath here. Its
// tunnels leave by the host's routes.
func kernelDatapath() bool {
	return bridge.Datapath(ovs.BridgeSpec{Datapath: "auto"}) == "system"
}

// awaitVswitchd returns when ovs-vswitchd has configured itself. ovs-vsctl waits
// for that only where it changed something.
func (h *Host) awaitVswitchd(ctx context.Context) error {
	_, err := h.Run(ctx, "ovs-vsctl", "--timeout=20", "set", "Open_vSwitch", ".",
		fmt.Sprintf("external_ids:lab-vswitchd=%d", h.service("ovs-vswitchd").Pid()))
	return err
}

// StopOVS ends both daemons with the signal: SIGTERM, or SIGKILL for a crash.
// Flows go; the database and the bridges' own interfaces stay.
func (h *Host) StopOVS(ctx context.Context, sig syscall.Signal) error {
	if err := h.stop(ctx, "ovs-vswitchd", sig); err != nil {
		return err
	}
	return h.stop(ctx, "ovsdb-server", sig)
}

// RestartOVS stops both daemons with the signal and starts them again.
func (h *Host) RestartOVS(ctx context.Context, sig syscall.Signal) error {
	if err := h.StopOVS(ctx, sig); err != nil {
		return err
	}
	return h.StartOVS(ctx)
}

func (h *Host) startDatabase(ctx context.Context) error {
	if _, err := os.Stat(h.Path(ovsDatabase)); err != nil {
		if _, err := h.Run(ctx, "ovsdb-tool", "create", ovsDatabase, ovsSchema); err != nil {
			return err
		}
	}
	if err := h.serve(ctx, "ovsdb-server", ovsDatabase, "--remote=punix:"+ovsSocket, "--pidfile"); err != nil {
		return err
	}
	if err := h.awaitSocket(ctx, "ovsdb-server", ovsSocket); err != nil {
		return err
	}
	_, err := h.Run(ctx, "ovs-vsctl", "--no-wait", "init", "--", "set", "Open_vSwitch", ".",
		"external_ids:system-id="+h.Name, "external_ids:hostname="+h.Name)
	return err
}

// movePhysical moves the uplink's addresses and MAC to br-phy, so that no
// neighbour has to learn it again. The uplink gets another MAC and answers no
// ARP: the kernel would take the packets that Open vSwitch only reads from it,
// and everything would arrive twice.
func (h *Host) movePhysical(ctx context.Context) error {
	_, err := h.Run(ctx, "ovs-vsctl", "--timeout=20", "--may-exist", "add-br", physBridge,
		"--", "set", "bridge", physBridge, "datapath_type=netdev", "fail-mode=standalone",
		fmt.Sprintf("other-config:hwaddr=\"%s\"", h.mac(physBridge)),
		"--", "--may-exist", "add-port", physBridge, uplink,
		"--", "set", "interface", physBridge, fmt.Sprintf("mtu_request=%d", h.lab.mtu))
	if err != nil {
		return err
	}
	if _, err := h.Run(ctx, "ip", "addr", "flush", "dev", uplink); err != nil {
		return err
	}
	if _, err := h.Run(ctx, "ip", "link", "set", "dev", uplink, "arp", "off", "address", h.mac(uplink).String()); err != nil {
		return err
	}
	return h.address(ctx, physBridge)
}
