package bridge

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/vlcp-go/vlcp/ovs"
)

// maxName is IFNAMSIZ of the kernel without the final 0.
const maxName = 15

// CheckPorts tells why a change of ports of a bridge can't be made by any Open
// vSwitch; its errors match [ovs.ErrRefused].
func CheckPorts(bridge string, c ovs.PortChanges) error {
	added := make(map[string]bool, len(c.Add))
	for _, p := range c.Add {
		err := checkPort(bridge, p.Name)
		if err == nil && added[p.Name] {
			err = fmt.Errorf("%w: the port is added twice in one change", ovs.ErrRefused)
		}
		if err != nil {
			return portError(p.Name, err)
		}
		added[p.Name] = true
	}
	for _, name := range c.Delete {
		if err := checkPort(bridge, name); err != nil {
			return portError(name, err)
		}
	}
	return nil
}

// ElsewhereError is the error of adding a port that another bridge has.
func ElsewhereError(port, bridge string) error {
	return fmt.Errorf("%w: port %s is on bridge %s already; if it should move, run: ovs-vsctl del-port %s %s",
		ovs.ErrRefused, port, bridge, bridge, port)
}

func portError(port string, err error) error {
	return &ovs.Error{Op: "set port", ID: port, Err: err}
}

func checkPort(bridge, name string) error {
	if name == bridge {
		return fmt.Errorf("%w: this is the bridge's own port", ovs.ErrRefused)
	}
	return checkName(name)
}

// checkName applies the kernel's rules for the name of a device, and one of
// the command line: no dash in front.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Errorf("%w: %q is no name of a device", ovs.ErrRefused, name)
	case len(name) > maxName:
		return fmt.Errorf("%w: the name has %d bytes, a device's has at most %d", ovs.ErrRefused, len(name), maxName)
	case strings.HasPrefix(name, "-"), strings.ContainsFunc(name, notInName):
		return fmt.Errorf("%w: %q is no name of a device: it may not start with a dash or contain slashes, colons, quotes or blanks", ovs.ErrRefused, name)
	}
	return nil
}

func notInName(r rune) bool {
	return r == '/' || r == ':' || r == '"' || unicode.IsSpace(r) || !unicode.IsPrint(r)
}
