package netns

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Isolate keeps the IP stack of this namespace off an interface whose frames
// are another's, such as a port of Open vSwitch's userspace datapath: Linux
// hands them to its own stack too, and whoever is at the other end would reach
// this host past the bridge. The stack does no IPv6 there, answers no ARP, and
// drops packets whose answers would not leave there, which is all as long as
// the interface has no address or route. Where /proc/sys is read-only, as in
// many containers, it is an error that matches syscall.EROFS.
func Isolate(ctx context.Context, name string) error {
	return do(ctx, "isolate", name, func() error {
		var errs []error
		for _, setting := range isolation {
			errs = append(errs, setting.write(name))
		}
		return errors.Join(errs...)
	})
}

// isolation is described in the kernel's Documentation/networking/ip-sysctl.
var isolation = []sysctl{
	{"ipv6", "disable_ipv6", "1"},
	{"ipv4", "arp_ignore", "8"}, // for all local addresses
	{"ipv4", "rp_filter", "1"},  // strict (RFC 3704)
}

// sysctl is a setting of one interface.
type sysctl struct{ family, key, value string }

// write writes below /proc/sys/net, which is the calling thread's namespace.
func (s sysctl) write(name string) error {
	root := "/proc/sys/net/" + s.family
	if _, err := os.Stat(root); errors.Is(err, os.ErrNotExist) {
		return nil // the kernel has no such family
	}
	return os.WriteFile(fmt.Sprintf("%s/conf/%s/%s", root, name, s.key), []byte(s.value), 0)
}
