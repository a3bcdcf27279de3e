package device

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/ovs"
)

const (
	batchSize  = 32          // the userspace switch stands still for 15 ms a port
	retryAfter = time.Second // after a removal that failed
)

// Run removes what Remove was told to, until ctx ends.
func (d *Devices) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case name := <-d.removals:
			d.removeBatch(ctx, d.collect(name))
		}
	}
}

// collect takes what else waits to be removed.
func (d *Devices) collect(first string) []string {
	batch := []string{first}
	for len(batch) < batchSize {
		select {
		case name := <-d.removals:
			batch = append(batch, name)
		default:
			return batch
		}
	}
	return batch
}

// removeBatch takes interfaces off the bridge and deletes them; what fails is
// tried again.
func (d *Devices) removeBatch(ctx context.Context, names []string) {
	err := d.Switch.SetPorts(ctx, ovs.PortChanges{Delete: names})
	for _, name := range names {
		err = errors.Join(err, netns.Delete(ctx, name))
	}
	if err == nil || ctx.Err() != nil {
		return
	}
	d.Log.Warn("interfaces not removed", "interfaces", names, "error", err, "again in", retryAfter)
	time.AfterFunc(retryAfter, func() {
		for _, name := range names {
			d.removeDevice(name)
		}
	})
}
