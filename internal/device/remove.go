package device

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/ovs"
)

const (
	batchSize    = 32              // the userspace switch stands still for 15 ms a port
	batchTimeout = 5 * time.Second // a batch takes well below one
	retryAfter   = time.Second     // after a removal that failed
)

// Run removes what Remove was told to, until ctx ends; what waits then it tries
// once more.
func (d *Devices) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			d.finish(ctx)
			return ctx.Err()
		case <-d.queue.wake:
		}
		if err := d.removeBatch(ctx); err != nil {
			d.Log.Warn("interfaces not removed", "error", err, "again in", retryAfter)
			select {
			case <-ctx.Done():
			case <-time.After(retryAfter):
			}
		}
	}
}

// finish removes what waits. What can't be removed is left to the sweep of the
// next agent.
func (d *Devices) finish(ctx context.Context) {
	for !d.queue.empty() {
		if err := d.removeBatch(ctx); err != nil {
			d.Log.Warn("interfaces not removed, the next agent does it", "error", err)
			return
		}
	}
}

// removeBatch takes interfaces off the bridge and deletes them. Once begun it
// goes on when ctx ends.
func (d *Devices) removeBatch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), batchTimeout)
	defer cancel()
	names := d.queue.take(batchSize)
	err := errors.Join(
		d.Switch.SetPorts(ctx, ovs.PortChanges{Delete: names}),
		netns.DeleteAll(ctx, names...),
	)
	d.queue.done(err != nil)
	return err
}
