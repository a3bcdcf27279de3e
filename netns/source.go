package netns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// SourceOf is the address that this host's packets to another one are from. It
// is os.ErrNotExist where no route leads there, and where this host has no
// address of that family but link-local ones.
func SourceOf(ctx context.Context, to netip.Addr) (netip.Addr, error) {
	var source netip.Addr
	err := do(ctx, "find a way to", to.String(), func() error {
		routes, err := netlink.RouteGet(to.AsSlice())
		if err != nil {
			return noRoute(err)
		}
		source = unmap(routes[0].Src)
		if !source.IsValid() || source.IsUnspecified() || source.IsLinkLocalUnicast() && !to.IsLinkLocalUnicast() {
			return fmt.Errorf("%w: this host has no address to send from there", os.ErrNotExist)
		}
		return nil
	})
	if err != nil {
		return netip.Addr{}, err
	}
	return source, nil
}

// noRoute tells that nothing leads there: no route (ENETUNREACH), or one of the
// types unreachable, blackhole and prohibit, as ip-route(8) has them.
func noRoute(err error) error {
	for _, none := range []error{unix.ENETUNREACH, unix.EHOSTUNREACH, unix.EINVAL, unix.EACCES} {
		if errors.Is(err, none) {
			return fmt.Errorf("%w: this host has no route there: %w", os.ErrNotExist, err)
		}
	}
	return err
}
