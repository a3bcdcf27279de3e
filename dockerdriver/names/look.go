package names

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
)

// askTimeout bounds a question to Docker: a container that is being started or
// stopped answers when that is done.
const askTimeout = time.Minute

// look asks Docker for what is dirty.
func (k *Keeper) look(ctx context.Context) error {
	all, networks := k.dirty.take()
	if all {
		var err error
		if networks, err = k.lookForAll(ctx); err != nil {
			k.dirty.addAll()
			return k.away(ctx, "Docker", err)
		}
	}
	err := k.lookAtAll(ctx, networks)
	if all && err == nil {
		k.world.complete()
	}
	k.follow(ctx, all && err == nil)
	k.changed()
	return k.away(ctx, "Docker", err)
}

// lookAtAll asks for networks. Those that it could not ask for stay dirty: also
// the rest, once the store is away, for which each would wait.
func (k *Keeper) lookAtAll(ctx context.Context, networks map[string]bool) error {
	var errs []error
	away := false
	for id := range networks {
		if away {
			k.dirty.add(id)
			continue
		}
		if err := k.lookAt(ctx, id); err != nil {
			k.dirty.add(id)
			errs = append(errs, err)
			away = errors.Is(err, kvstore.ErrUnavailable)
		}
	}
	return errors.Join(errs...)
}

// away says that what is waited for, Docker or the store, can't be reached. That is
// nothing to worry about: Docker may start after this.
func (k *Keeper) away(ctx context.Context, what string, err error) error {
	if err == nil {
		k.quiet(what)
	} else if ctx.Err() == nil && k.news(what, "away") {
		k.log().Info("the names of containers wait", "for", what, "error", err)
	}
	return err
}

// lookForAll finds who this host is, where its Docker has its files, and which
// networks and containers there are. It forgets what is gone.
func (k *Keeper) lookForAll(ctx context.Context) (map[string]bool, error) {
	host, err := k.Host(ctx)
	if err != nil {
		return nil, err
	}
	info, err := k.Docker.Info(ctx)
	if err != nil {
		return nil, err
	}
	k.world.identify(host, info.DockerRootDir)
	networks, err := k.Docker.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return nil, err
	}
	containers, err := k.Docker.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for _, n := range networks {
		ids[n.ID] = !slices.Contains([]string{"host", "none", "bridge", "docker_gwbridge"}, n.Name) // those have no names
	}
	maps.DeleteFunc(ids, func(_ string, named bool) bool { return !named })
	maps.DeleteFunc(k.logical, func(id, _ string) bool { return !ids[id] })
	k.world.keep(ids, containers)
	return ids, nil
}

// lookAt asks for one network.
func (k *Keeper) lookAt(ctx context.Context, id string) error {
	n, err := k.Docker.NetworkInspect(ctx, id, network.InspectOptions{})
	if errdefs.IsNotFound(err) {
		k.world.drop(id)
		return nil
	}
	if err != nil {
		return err
	}
	p := place{network: n.Name, members: map[string]member{}}
	if p.logical, err = k.logicalOf(ctx, n); err != nil {
		return err
	}
	for container, e := range n.Containers {
		p.members[container] = member{endpoint: e.EndpointID, name: e.Name, addresses: addresses(e.IPv4Address, e.IPv6Address)}
	}
	for _, container := range k.world.put(id, p) {
		k.describe(ctx, container)
	}
	return nil
}

// logicalOf is the logical network of a network of ours; that never changes. Docker
// itself shares the names of those whose scope is not local.
func (k *Keeper) logicalOf(ctx context.Context, n network.Inspect) (string, error) {
	if n.Driver != k.driver() || n.Scope != "local" || k.logical[n.ID] != "" {
		return k.logical[n.ID], nil
	}
	host, err := k.Host(ctx)
	if err != nil {
		return "", err
	}
	err = kvstore.Update(ctx, k.Store, func(tx *kvstore.Tx) error {
		rec, _, err := record.Load(tx, host, n.ID)
		k.logical[n.ID] = rec.Network
		return err
	})
	return k.logical[n.ID], err
}

func addresses(texts ...string) (all []netip.Addr) {
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			all = append(all, p.Addr().Unmap())
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return all
}

// preview asks for what a list tells of a container that was just made: that is
// answered while it is being started, too.
func (k *Keeper) preview(ctx context.Context, id string) {
	k.parts.Go(func() error {
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		containers, err := k.Docker.ContainerList(asking, container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("id", id))})
		if err != nil {
			return nil // all is looked at once in a while
		}
		k.world.preview(containers)
		k.follow(ctx, false)
		k.changed()
		return nil
	})
}

// describe asks for a container's details, which takes until it has been
// started if it is being started. Where there is no answer, it is asked again
// when all is looked at.
func (k *Keeper) describe(ctx context.Context, id string) {
	number := k.world.ask(id)
	k.parts.Go(func() error {
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		c, err := k.Docker.ContainerInspect(asking, id)
		if err != nil || c.ContainerJSONBase == nil || c.NetworkSettings == nil {
			k.world.describe(id, number, "", nil)
			return nil
		}
		k.world.describe(id, number, c.Name, c.NetworkSettings.Networks)
		k.follow(ctx, false)
		k.changed()
		return nil
	})
}
