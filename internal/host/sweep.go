package host

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

// claimSweeps is how many sweeps there are to one that reads all claims of
// addresses, and to two that read all ports: those cost as much as there are.
const claimSweeps = 10

// sweep clears at every audit what nobody owns any more.
func (h *Host) sweep(ctx context.Context) error {
	tick := time.NewTicker(h.Audit)
	defer tick.Stop()
	var seen sightings
	for n := 0; ; n++ {
		inUse := neverInUse
		if n%claimSweeps != 0 {
			inUse = nil
		}
		err := errors.Join(h.devices.Sweep(ctx, h.portExists), h.Allocator.Sweep(ctx, inUse))
		if n%claimSweeps < 2 {
			var abandonedErr error
			seen, abandonedErr = h.clearAbandoned(ctx, seen)
			err = errors.Join(err, abandonedErr)
		}
		if err != nil && ctx.Err() == nil {
			h.Log.Warn("sweep not finished", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// neverInUse has every endpoint's claim that no port holds taken back: whoever
// still wants it is between two calls, which takes seconds.
func neverInUse(ipam.Claim) bool { return false }

func (h *Host) portExists(ctx context.Context, id string) (bool, error) {
	_, err := h.Model.Port(ctx, id)
	if errors.Is(err, network.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
