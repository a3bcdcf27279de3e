package names

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/follow"
)

// dirty is what there is to look at.
type dirty struct {
	mu       sync.Mutex
	all      bool
	networks map[string]bool
}

func (d *dirty) add(networkID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.networks == nil {
		d.networks = map[string]bool{}
	}
	d.networks[networkID] = true
}

func (d *dirty) addAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = true
}

// take gives what there is to look at, and forgets it.
func (d *dirty) take() (all bool, networks map[string]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all, networks = d.all, d.networks
	d.all, d.networks = false, nil
	return all, networks
}

// listen hears Docker's events until ctx ends.
func (k *Keeper) listen(ctx context.Context) error {
	which := func() events.ListOptions {
		return events.ListOptions{
			Since: strconv.FormatInt(time.Now().Unix(), 10), // Docker answers before it subscribes
			Filters: filters.NewArgs(filters.Arg("type", "network"), filters.Arg("type", "container"),
				filters.Arg("event", "connect"), filters.Arg("event", "disconnect"), filters.Arg("event", "destroy"),
				filters.Arg("event", "create"), filters.Arg("event", "rename")),
		}
	}
	lookAtAll := func() { k.dirty.addAll(); k.looking.kick() }
	return follow.Events(ctx, k.Docker, which, lookAtAll, func(e events.Message) { k.heed(ctx, e) })
}

// heed has looked at what an event tells of.
func (k *Keeper) heed(ctx context.Context, e events.Message) {
	switch container := e.Actor.Attributes["container"]; {
	case e.Type == events.NetworkEventType:
		if e.Action == events.ActionConnect && k.world.joins(container, e.Actor.ID) {
			k.starts(container)
		}
		if container != "" {
			k.describe(ctx, container)
		}
		k.dirty.add(e.Actor.ID)
		k.looking.kick()
	case e.Action == events.ActionCreate:
		k.preview(ctx, e.Actor.ID)
		k.describe(ctx, e.Actor.ID)
	case e.Action == events.ActionRename:
		k.describe(ctx, e.Actor.ID)
	}
}
