package testlab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// programs are what a lab needs of the machine.
var programs = []string{
	"mount", "ip", "iptables", "busybox",
	"ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl",
	"containerd", "dockerd", "docker",
}

// check tells what the machine lacks for a lab.
func check() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: a lab's hosts are namespaces, which need root", errors.ErrUnsupported)
	}
	for _, program := range programs {
		if !installed(program) {
			return fmt.Errorf("%w: %s is not installed; .ci/install installs what a lab needs", errors.ErrUnsupported, program)
		}
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		return fmt.Errorf("%w: Open vSwitch's userspace datapath needs a tap device: %w", errors.ErrUnsupported, err)
	}
	return nil
}

func installed(program string) bool {
	for _, dir := range filepath.SplitList(systemPath) {
		if info, err := os.Stat(filepath.Join(dir, program)); err == nil && info.Mode()&0o111 != 0 {
			return true
		}
	}
	return false
}
