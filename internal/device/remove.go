package device

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/ovs"
)

const (
	batchSize  = 32              // the userspace switch stands still for 15 ms a port
	retryAfter = time.Second     // after a removal that failed
	farewell   = 5 * time.Second // at most, for what waits when Run ends
)

// Run removes what Remove was told to, until ctx ends; what is waiting then it
// tries once more.
func (d *Devices) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			d.finish(ctx)
			return ctx.Err()
		case <-d.queue.wake:
		}
		err := d.removeBatch(ctx)
		if err == nil || ctx.Err() != nil {
			continue
		}
		d.Log.Warn("interfaces not removed", "error", err, "again in", retryAfter)
		select {
		case <-ctx.Done():
		case <-time.After(retryAfter):
		}
	}
}

// finish removes what waits. What can't be removed is left to the sweep of the
// next agent.
func (d *Devices) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	for !d.queue.empty() {
		if err := d.removeBatch(ctx); err != nil {
			d.Log.Warn("interfaces not removed, the next agent does it", "error", err)
			return
		}
	}
}

// removeBatch takes interfaces off the bridge and deletes them.
func (d *Devices) removeBatch(ctx context.Context) error {
	names := d.queue.take(batchSize)
	err := errors.Join(
		d.Switch.SetPorts(ctx, ovs.PortChanges{Delete: names}),
		netns.DeleteAll(ctx, names...),
	)
	d.queue.done(err != nil)
	return err
}
