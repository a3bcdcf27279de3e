package names

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// change is a record to write; one without addresses is to go.
type change struct {
	logical string
	holder
	published
}

// errNoHost means that a host has no record: it was removed, or has not said yet
// that it is there.
var errNoHost = errors.New("this host is not in the store")

// publish has the store say what this host's containers are called, and nothing
// of hosts that were removed.
func (k *Keeper) publish(ctx context.Context) error {
	if err := k.findSuspects(ctx); err != nil {
		return k.away(ctx, "store", err)
	}
	k.world.mu.Lock()
	changes := k.world.changes(time.Now())
	host := k.world.host
	k.world.mu.Unlock()
	k.sayWhoLost()
	var errs []error
	for _, c := range changes {
		err := kvstore.Update(ctx, k.Store, func(tx *kvstore.Tx) error { return c.make(tx, host) })
		if errs = append(errs, err); errors.Is(err, kvstore.ErrUnavailable) {
			break
		}
	}
	return k.away(ctx, "store", errors.Join(errs...))
}

// findSuspects finds the logical networks in which there may be names that are
// to go, at the start and when a host was removed.
func (k *Keeper) findSuspects(ctx context.Context) error {
	host, err := k.Host(ctx)
	if err != nil || !k.search.CompareAndSwap(true, false) {
		return err
	}
	entries, err := k.Store.List(ctx, allNames)
	if err != nil {
		k.search.Store(true)
		return err
	}
	k.world.suspect(host, entries)
	k.follow(ctx, false)
	return nil
}

func (w *world) suspect(host string, entries []kvstore.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range entries {
		if logical, h, ok := parse(e.Key); ok && w.shared[logical] == nil && (h.host == host || w.isGone(h.host)) {
			w.suspects[logical] = true
		}
	}
}

// make makes a change, unless the host that it is about came or went.
func (c change) make(tx *kvstore.Tx, self string) error {
	host, exists, err := kvstore.Load[network.Host](tx, hostKey(c.host))
	exists = exists && !host.Removed
	switch {
	case err != nil:
		return err
	case len(c.Addresses) > 0 && !exists:
		return errNoHost
	case len(c.Addresses) > 0:
		return kvstore.Save(tx, key(c.logical, c.holder), c.published)
	case c.host == self || !exists:
		tx.Delete(key(c.logical, c.holder))
	}
	return nil
}

// sayWhoLost says which containers of this host are not found by their names on
// others.
func (k *Keeper) sayWhoLost() {
	k.world.mu.Lock()
	lost := k.world.lost()
	k.world.mu.Unlock()
	for subject := range k.lost {
		if lost[subject] == nil {
			k.quiet(subject)
		}
	}
	k.lost = lost
	for subject, details := range lost {
		k.tell(subject, "another container has had this name longer: on other hosts the name leads there", details...)
	}
}
