package network

import (
	"context"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Host is a machine that runs an agent. Its record stays while the agent is
// dead, so that no tunnel to it depends on its agent.
type Host struct {
	ID     string     `json:"id"`             // system-id of its Open vSwitch
	Name   string     `json:"name,omitempty"` // for people
	Boot   string     `json:"boot,omitempty"` // boot id
	Tunnel netip.Addr `json:"tunnel,omitzero"`

	Removed bool `json:"removed,omitempty"` // gone for good, as of RemoveHost
}

// Announce writes this host's record, and that its agent lives. A record of an
// earlier boot is taken over. ErrInUse where another machine that lives has its
// id or its tunnel address: the message names both.
func (m *Model) Announce(ctx context.Context, h Host) error {
	c := call{verb: "announce", kind: KindHost, size: 1}
	return m.update(ctx, c, func(t *txn) error { return c.fail(h.ID, t.announce(h)) })
}

func (t *txn) announce(h Host) error {
	old, known, err := kvstore.Load[Host](t.Tx, hostKey(h.ID))
	if err != nil {
		return err
	}
	if known && old.Boot != h.Boot && old.Tunnel != h.Tunnel {
		if err := t.refuseTwin(old, h); err != nil {
			return err
		}
	}
	if known && old.Tunnel != h.Tunnel {
		if err := t.freeTunnel(old); err != nil {
			return err
		}
	}
	if err := t.claimTunnel(h); err != nil {
		return err
	}
	t.PutEphemeral(aliveKey(h.ID), []byte(h.Boot))
	if known && old == h {
		return nil
	}
	return kvstore.Save(t.Tx, hostKey(h.ID), h)
}

// refuseTwin refuses a host with the id of another that lives.
func (t *txn) refuseTwin(old, h Host) error {
	alive, err := t.Get(aliveKey(h.ID))
	if err != nil || string(alive.Value) != old.Boot {
		return err
	}
	return faultf(ErrInUse, "host %q (tunnel address %s) has this system-id too: give one of them another, with ovs-vsctl set Open_vSwitch . external_ids:system-id=…", old.Name, old.Tunnel)
}

// freeTunnel ends the claim of a host's tunnel address, if it has it.
func (t *txn) freeTunnel(h Host) error {
	if !h.Tunnel.IsValid() {
		return nil
	}
	e, err := t.Get(tunnelKey(h.Tunnel))
	if err == nil && string(e.Value) == h.ID {
		t.Delete(e.Key)
	}
	return err
}

// claimTunnel claims a host's tunnel address. One whose holder is gone or dead
// is taken over.
func (t *txn) claimTunnel(h Host) error {
	if !h.Tunnel.IsValid() {
		return nil
	}
	e, err := t.Get(tunnelKey(h.Tunnel))
	if err != nil {
		return err
	}
	if holder := string(e.Value); e.Revision != kvstore.Absent && holder != h.ID {
		alive, err := t.Get(aliveKey(holder))
		if err != nil {
			return err
		}
		if alive.Revision != kvstore.Absent {
			return faultf(ErrInUse, "host %q has the tunnel address %s too: say which is this host's with --tunnel-ip", holder, h.Tunnel)
		}
	}
	t.Put(tunnelKey(h.Tunnel), []byte(h.ID))
	return nil
}

// Hosts lists the hosts, sorted by id, without those that are gone for good.
func (m *Model) Hosts(ctx context.Context) ([]Host, error) {
	hosts, err := list[Host](ctx, m, HostPrefix())
	hosts = slices.DeleteFunc(hosts, func(h Host) bool { return h.Removed })
	return hosts, call{verb: "list", kind: KindHost}.fail("", err)
}

// Host reads a host. ErrNotFound, also for one that is gone for good.
func (m *Model) Host(ctx context.Context, id string) (Host, error) {
	h, err := read[Host](ctx, m, KindHost, hostKey(id), id)
	if err == nil && h.Removed {
		err = call{verb: "read", kind: KindHost}.fail(id, notFound(KindHost, id))
	}
	return h, err
}

// Living tells which hosts have an agent that lives.
func (m *Model) Living(ctx context.Context) (map[string]bool, error) {
	names, err := m.names(ctx, kvstore.Prefix("alive"))
	living := make(map[string]bool, len(names))
	for _, id := range names {
		living[id] = true
	}
	return living, call{verb: "list", kind: KindHost}.fail("", err)
}

// Locate writes where a port is plugged in, if decide says so for the location
// that it has. The epoch is counted here. ErrNotFound.
func (m *Model) Locate(ctx context.Context, port string, decide func(Location) (host string, change bool)) error {
	c := call{verb: "locate", kind: KindPort, size: 1}
	return m.update(ctx, c, func(t *txn) error { return c.fail(port, t.locate(port, decide)) })
}

func (t *txn) locate(port string, decide func(Location) (string, bool)) error {
	network, err := t.home(KindPort, portIndex(port), port)
	if err != nil {
		return err
	}
	p, err := load[Port](t, KindPort, portKey(network, port), port)
	if err != nil {
		return err
	}
	host, change := decide(p.Location)
	if !change {
		return nil
	}
	p.Location = Location{Host: host, Epoch: p.Location.Epoch + 1}
	return kvstore.Save(t.Tx, portKey(network, port), p)
}
