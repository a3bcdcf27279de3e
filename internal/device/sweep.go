package device

import (
	"context"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/netns"
)

// suspects are interfaces that looked orphaned at the last sweep.
type suspects map[string]bool

// Sweep removes the interfaces of its own that no logical port owns any more,
// such as those of an agent that died between two steps. What looks orphaned
// is removed only when it still does at the next sweep. exists tells whether a
// logical port is in the model; while it can't be asked, nothing is removed.
func (d *Devices) Sweep(ctx context.Context, exists func(ctx context.Context, port string) (bool, error)) error {
	now, err := d.orphans(ctx, exists)
	if err != nil {
		return err
	}
	for name := range now {
		if d.suspects[name] {
			d.Log.Info("removing an interface that no port owns", "interface", name)
			d.removeDevice(name)
		}
	}
	d.suspects = now
	return nil
}

// orphans gives the interfaces that seem to be left over: ports of the bridge
// whose logical port is gone, and veths that are no port of the bridge.
func (d *Devices) orphans(ctx context.Context, exists func(context.Context, string) (bool, error)) (suspects, error) {
	links, err := netns.Links(ctx, d.Prefix)
	if err != nil {
		return nil, err
	}
	ports, err := d.Switch.Ports(ctx)
	if err != nil {
		return nil, err
	}
	found, plugged := suspects{}, map[string]bool{}
	for _, p := range ports {
		plugged[p.Name] = true
		if p.ExternalIDs[markKey] != markPort {
			continue
		}
		alive, err := exists(ctx, p.ExternalIDs[ifaceID])
		if err != nil {
			return nil, fmt.Errorf("whether port %s exists: %w", p.ExternalIDs[ifaceID], err)
		}
		if !alive {
			found[p.Name] = true
		}
	}
	for _, l := range links {
		if strings.HasSuffix(l.Name, "-tap") && !plugged[l.Name] {
			found[l.Name] = true
		}
	}
	return found, nil
}
