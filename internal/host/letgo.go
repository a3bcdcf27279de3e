package host

import (
	"context"
	"time"

	"github.com/vlcp-go/vlcp/internal/engine"
)

// A port that is being plugged in is in the store before it is in Open vSwitch:
// whether it is missing there is looked at twice.
const secondLook = 5 * time.Second

// letGo writes, at the start and then from time to time, that ports are not here
// which the store has here: while no agent runs, nobody sees one unplugged. The
// host that has it by now can take it then.
func (h *Host) letGo(ctx context.Context) error {
	var before map[string]bool
	for ctx.Err() == nil {
		missing, err := h.missing(ctx)
		if err != nil && ctx.Err() == nil {
			h.Log.Warn("ports of this host not compared with the store", "error", err)
		}
		pause := secondLook
		switch {
		case missing == nil:
		case before == nil && len(missing) > 0:
			before = missing
		default:
			h.release(missing, before)
			before, pause = nil, claimSweeps*h.Audit
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return ctx.Err()
}

// release writes of those ports that they are not here which were missing before.
func (h *Host) release(missing, before map[string]bool) {
	for id := range missing {
		if before[id] {
			h.Log.Info("a port is not plugged in here any more", "port", id)
			h.locator.moved(id, engine.Unplugged)
		}
	}
}

// missing are the ports that the store has here and Open vSwitch has not; nil
// while that is not known.
func (h *Host) missing(ctx context.Context) (map[string]bool, error) {
	ports, err := h.Model.Ports(ctx, "")
	if err != nil {
		return nil, err
	}
	plugged, known := h.engine.Plugged()
	if !known {
		return nil, nil
	}
	missing := map[string]bool{}
	for _, p := range ports {
		if p.Location.Host == h.ID && !plugged(p.ID) {
			missing[p.ID] = true
		}
	}
	return missing, nil
}
