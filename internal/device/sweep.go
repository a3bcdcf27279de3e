package device

import (
	"context"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/netns"
)

// Exists tells whether a logical port is in the model.
type Exists func(ctx context.Context, port string) (bool, error)

// Sweep removes the interfaces of this bridge that no logical port owns any
// more, such as those of an agent that died between two steps. What looks
// orphaned is removed only when it still does at the next sweep, and nobody
// made it anew meanwhile. While exists or the switch can't be asked, nothing is
// removed. Only one goroutine may sweep.
func (d *Devices) Sweep(ctx context.Context, exists Exists) error {
	d.queue.watch()
	now, err := d.orphans(ctx, exists)
	if err != nil {
		return err
	}
	for name := range now {
		if d.suspects[name] {
			d.Log.Info("removing an interface that no port owns", "interface", name)
			d.queue.putUnclaimed(name)
		}
	}
	d.suspects = now
	return nil
}

// orphans gives the interfaces that seem to be left over: ports of the bridge
// whose logical port is gone, and veths for this bridge that are no port of it.
// One whose other end is in a namespace goes with that; until then somebody may
// plug it in again.
func (d *Devices) orphans(ctx context.Context, exists Exists) (map[string]bool, error) {
	links, err := netns.Links(ctx, d.Prefix)
	if err != nil {
		return nil, err
	}
	ports, err := d.Switch.Ports(ctx)
	if err != nil {
		return nil, err
	}
	found, plugged := map[string]bool{}, map[string]bool{}
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
		if l.Group == d.group() && strings.HasSuffix(l.Name, bridgeSuffix) && l.PeerHere && !plugged[l.Name] {
			found[l.Name] = true
		}
	}
	return found, nil
}

// Away gives a function that tells whether the container's end of a port's
// interface is in another namespace, as it is now.
func (d *Devices) Away(ctx context.Context) (func(port string) bool, error) {
	links, err := netns.Links(ctx, d.Prefix)
	if err != nil {
		return nil, err
	}
	away := map[string]bool{}
	for _, l := range links {
		away[l.Name] = !l.PeerHere
	}
	return func(port string) bool {
		_, bridge := d.Names(port)
		return away[bridge]
	}, nil
}
