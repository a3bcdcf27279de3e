package netns

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink"
)

// UDPBound tells whether a socket of this namespace has a UDP port, a program's
// or the kernel's own: its VXLAN interfaces have one too, also after they were
// moved to another namespace.
func UDPBound(ctx context.Context, port uint16) (bound bool, err error) {
	err = do(ctx, "find who has UDP port", strconv.Itoa(int(port)), func() error {
		for _, table := range []string{"udp", "udp6"} {
			if bound, err = isBound("/proc/thread-self/net/"+table, port); err != nil || bound {
				return err
			}
		}
		return nil
	})
	return bound, err
}

// isBound looks into a table of sockets of proc(5), whose second column is the
// local address and port in hexadecimal. A kernel without IPv6 has no udp6.
func isBound(table string, port uint16) (bool, error) {
	f, err := os.Open(table)
	if os.IsNotExist(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines, want := bufio.NewScanner(f), fmt.Sprintf(":%04X", port)
	for lines.Scan() {
		if columns := strings.Fields(lines.Text()); len(columns) > 1 && strings.HasSuffix(columns[1], want) {
			return true, nil
		}
	}
	return false, lines.Err()
}

// VXLANLinks lists the kernel's VXLAN interfaces of this namespace that use a UDP
// port, but for those that Open vSwitch's kernel datapath makes for its own.
func VXLANLinks(ctx context.Context, port uint16) (names []string, err error) {
	err = do(ctx, "list VXLAN interfaces", "", func() error {
		links, err := dump(netlink.LinkList)
		for _, l := range links {
			if v, ok := l.(*netlink.Vxlan); ok && v.Port == int(port) && !v.FlowBased {
				names = append(names, v.Name)
			}
		}
		return err
	})
	return names, err
}
