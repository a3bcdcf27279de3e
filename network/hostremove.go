package network

import (
	"context"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/kvstore"
)

// RemoveHost removes a host that is gone for good, with its tunnel address, the
// ports that were made there, their addresses, and what it left half made. Ports
// that others made lose their place there. The record stays for a while, as
// Removed, so that faces clear what they kept for the host. ErrNotFound; ErrInUse
// while its agent lives, or where it comes to life meanwhile. What was
// interrupted goes on in another call.
func (m *Model) RemoveHost(ctx context.Context, id string) error {
	c := call{verb: "remove", kind: KindHost, size: 1}
	if err := m.update(ctx, c, func(t *txn) error { return c.fail(id, t.markRemoved(id)) }); err != nil {
		return err
	}
	ports, err := m.Ports(ctx, "")
	if err != nil {
		return err
	}
	for _, p := range ports {
		if p.Owner.Host != id && p.Location.Host != id {
			continue
		}
		if err := m.update(ctx, c, func(t *txn) error { return c.fail(id, t.dislodge(id, p.ID)) }); err != nil {
			return err
		}
	}
	return c.fail(id, m.allocator.ReleaseHost(ctx, id, func(tx *kvstore.Tx) error { return checkRemoved(tx, id) }))
}

// ReleaseAbsent takes back what a host whose agent is dead left half made: pools
// that no network took, and addresses that were asked for and that no port holds.
// No packet depends on these. All else of the host stays: a host without an agent
// goes on forwarding. ErrInUse where the agent lives after all.
func (m *Model) ReleaseAbsent(ctx context.Context, id string) error {
	c := call{verb: "release what is left of", kind: KindHost, size: 1}
	return c.fail(id, m.allocator.ReleaseHost(ctx, id, func(tx *kvstore.Tx) error { return checkDead(tx, Host{ID: id}) }))
}

// ForgetHost ends the record of a host that is Removed. Any other stays.
func (m *Model) ForgetHost(ctx context.Context, id string) error {
	c := call{verb: "forget", kind: KindHost, size: 1}
	return m.update(ctx, c, func(t *txn) error {
		removed, err := HostRemoved(t.Tx, id)
		if err == nil && removed {
			t.Delete(hostKey(id))
		}
		return c.fail(id, err)
	})
}

// markRemoved says in the record of a host that it is gone.
func (t *txn) markRemoved(id string) error {
	h, err := load[Host](t, KindHost, hostKey(id), id)
	if err != nil {
		return err
	}
	if err := checkDead(t.Tx, h); err != nil || h.Removed {
		return err
	}
	if err := t.freeTunnel(h); err != nil {
		return err
	}
	h.Removed = true
	return kvstore.Save(t.Tx, hostKey(id), h)
}

// dislodge removes a port that was made on a host that is gone, or takes its
// place there from it.
func (t *txn) dislodge(host, port string) error {
	if err := checkRemoved(t.Tx, host); err != nil {
		return err
	}
	e, err := t.Get(portIndex(port))
	if err != nil || e.Revision == kvstore.Absent {
		return err
	}
	p, err := load[Port](t, KindPort, portKey(string(e.Value), port), port)
	switch {
	case err != nil:
		return err
	case p.Owner.Host == host:
		return t.deletePort(&port)
	}
	return t.locate(port, func(at Location) (string, bool) { return "", at.Host == host })
}

// checkRemoved refuses what is done to a host that is gone once it is back.
func checkRemoved(tx *kvstore.Tx, id string) error {
	removed, err := HostRemoved(tx, id)
	if err == nil && !removed {
		err = faultf(ErrInUse, "it came back meanwhile")
	}
	return err
}

// HostRemoved tells whether a host is gone for good: whoever clears what it left
// asks so in the same transaction.
func HostRemoved(tx *kvstore.Tx, id string) (bool, error) {
	h, _, err := kvstore.Load[Host](tx, hostKey(id))
	return h.Removed, err
}

// RemovedHosts lists the ids of the hosts that are Removed.
func RemovedHosts(ctx context.Context, s kvstore.Store) (ids []string, err error) {
	entries, err := s.List(ctx, HostPrefix())
	for _, e := range entries {
		if o, err := Decode(e); err == nil && o.Kind == KindHost && o.Value.(Host).Removed {
			ids = append(ids, o.ID)
		}
	}
	return ids, err
}

// checkDead refuses a host whose agent lives.
func checkDead(tx *kvstore.Tx, h Host) error {
	alive, err := tx.Get(aliveKey(h.ID))
	if err == nil && alive.Revision != kvstore.Absent {
		err = faultf(ErrInUse, "its agent lives%s: stop vlcp there first, and wait until the store has noticed, some 20 seconds after a crash", h.described())
	}
	return err
}

// described is the name and the address of a host, as far as it has them.
func (h Host) described() string {
	var parts []string
	if h.Name != "" {
		parts = append(parts, fmt.Sprintf("host %q", h.Name))
	}
	if h.Tunnel.IsValid() {
		parts = append(parts, "tunnel address "+h.Tunnel.String())
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
