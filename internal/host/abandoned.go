package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/network"
)

const (
	faceDocker = "docker"
	// abandonedAfter is how long a port must look abandoned. Docker moves the
	// interface of a new endpoint within seconds, and asks for 15 where the
	// agent is restarted meanwhile.
	abandonedAfter = 30 * time.Second
)

// sightings tells since when something has looked as it does, by id.
type sightings map[string]time.Time

// clearAbandoned removes the ports of this host's Docker that no container has:
// Docker forgets an endpoint whose removal it could not tell, or whose making
// broke off. What it would have told is made up for: the address is free again.
func (h *Host) clearAbandoned(ctx context.Context, before sightings) (sightings, error) {
	ports, err := h.abandoned(ctx)
	if err != nil {
		return before, err
	}
	now := sightings{}
	var errs []error
	for _, p := range ports {
		since, seen := before[p.ID]
		if !seen {
			since = time.Now()
		}
		now[p.ID] = since
		if time.Since(since) < abandonedAfter {
			continue
		}
		h.Log.Info("removing a port that Docker has forgotten", "port", p.ID, "network", p.Network)
		errs = append(errs, h.forget(ctx, p))
	}
	return now, errors.Join(errs...)
}

// abandoned lists the ports of this host's Docker whose interface is in no
// container: that went with its namespace, or was never moved into one.
func (h *Host) abandoned(ctx context.Context) (found []network.Port, err error) {
	ports, err := h.Model.Ports(ctx, "")
	if err != nil {
		return nil, err
	}
	away, err := h.devices.Away(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range ports {
		if p.Owner.Face == faceDocker && p.Owner.Host == h.ID && !away(p.ID) {
			found = append(found, p)
		}
	}
	return found, nil
}

// forget removes a port and releases its addresses.
func (h *Host) forget(ctx context.Context, p network.Port) error {
	spec, err := h.Network(ctx, p.Network)
	if err == nil {
		err = h.Unplug(ctx, p.ID)
	}
	if err != nil {
		return fmt.Errorf("abandoned port %s: %w", p.ID, err)
	}
	var errs []error
	for _, a := range p.Addresses {
		if s, found := subnetByID(spec.Subnets, a.Subnet); found {
			errs = append(errs, h.IPAM.ReleaseAddress(ctx, s.Pool, a.Address))
		}
	}
	return errors.Join(errs...)
}
