// Package follow hears what a Docker tells.
package follow

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/client"
)

const (
	minPause = time.Second // before Docker is tried again
	maxPause = time.Minute
)

// Events hears Docker's events until ctx ends, and returns its error. Docker may
// start after this, and may be started again: begun is called whenever events may
// have been missed, and heed with each one, neither beside the other.
func Events(ctx context.Context, docker *client.Client, which func() events.ListOptions, begun func(), heed func(events.Message)) error {
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		docker.NegotiateAPIVersion(ctx) // another Docker than before, perhaps
		all, failed := docker.Events(ctx, which())
		begun()
		for open := true; open; {
			select {
			case e := <-all:
				pause = minPause
				heed(e)
			case <-failed:
				open = false
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
