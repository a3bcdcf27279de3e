package host

import (
	"context"
	"time"

	"github.com/vlcp-go/vlcp/network"
)

// goneAfter is how long another host must be seen without an agent, while the
// store answered all along, to count as gone. Nothing that packets depend on
// follows from that: the host may forward as well as ever.
const goneAfter = 10 * time.Minute

// others is what this host has seen of the other hosts, by its own clock and of
// its own eyes: no time in the store is compared with it.
type others struct {
	since map[string]time.Time // since when a host has been away, or removed
	known map[string]bool      // that were seen to be gone
	twin  string               // the host with this one's name
}

// look looks at the other hosts. What can't be read interrupts what was seen: who
// is away is to be seen anew.
func (h *Host) look(ctx context.Context, o *others) {
	if err := h.lookAt(ctx, o); err != nil && ctx.Err() == nil {
		*o = others{twin: o.twin}
		h.Log.Warn("the other hosts are not looked at", "error", err)
	}
}

func (h *Host) lookAt(ctx context.Context, o *others) error {
	hosts, err := h.Model.Hosts(ctx)
	if err != nil {
		return err
	}
	removed, err := network.RemovedHosts(ctx, h.Store)
	if err != nil {
		return err
	}
	living, err := h.Model.Living(ctx)
	if err != nil {
		return err
	}
	before := *o
	o.since, o.known = map[string]time.Time{}, map[string]bool{}
	for _, id := range removed {
		if o.gone(id, before) {
			if err := h.Model.ForgetHost(ctx, id); err != nil {
				return err
			}
		}
	}
	for _, other := range hosts {
		if living[other.ID] || other.ID == h.ID || !o.gone(other.ID, before) || before.known[other.ID] {
			continue
		}
		if err := h.releaseAbsent(ctx, other); err != nil {
			return err
		}
	}
	h.nameTwin(o, hosts, living)
	return nil
}

// gone takes note that a host is away, and tells whether it has been long enough.
func (o *others) gone(id string, before others) bool {
	o.since[id] = time.Now()
	if since, seen := before.since[id]; seen {
		o.since[id] = since
	}
	o.known[id] = time.Since(o.since[id]) >= goneAfter
	return o.known[id]
}

// releaseAbsent takes back what a host that is gone holds for nobody.
func (h *Host) releaseAbsent(ctx context.Context, other network.Host) error {
	h.Log.Warn("a host has been without its agent for ten minutes: its ports stay, since it may forward all the same; if it is gone for good, remove it with vlcp host remove",
		"host", other.ID, "name", other.Name, "tunnel", other.Tunnel)
	return h.Model.ReleaseAbsent(ctx, other.ID)
}

// nameTwin says that another host that lives has this one's name, once.
func (h *Host) nameTwin(o *others, hosts []network.Host, living map[string]bool) {
	names := map[string]string{} // of this host, by id
	for _, other := range hosts {
		names[other.ID] = other.Name
	}
	twin := ""
	for _, other := range hosts {
		if other.ID != h.ID && living[other.ID] && other.Name != "" && other.Name == names[h.ID] {
			twin = other.ID
			if twin != o.twin {
				h.Log.Error("two hosts have one name: give one of them another with hostnamectl, and restart its vlcp",
					"name", other.Name, "this", h.ID, "other", other.ID, "tunnel", other.Tunnel)
			}
			break
		}
	}
	o.twin = twin
}
