package network

import (
	"slices"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
)

// populate has host b, whose session is the store's, own things in network n,
// and host1 too.
func populate(t *testing.T, m *Model, store kvstore.Store) {
	t.Helper()
	b := modelOn(t, store, "b")
	checkError(t, "announce", b.Announce(t.Context(), Host{ID: "b", Name: "beta", Tunnel: addr("192.0.2.2")}), nil, "")
	newNetwork(t, m, "n", "10.1.0.0/24")
	pool := must[[]Subnet](t)(m.Subnets(t.Context(), "n"))[0].Pool
	for _, host := range []string{"b", "host1"} {
		at := map[string]*Model{"b": b, "host1": m}[host]
		ask := func(a string, reserve bool) {
			t.Helper()
			_, err := at.allocator.RequestAddress(t.Context(), pool, ipam.AddressRequest{Address: addr(a), Reserve: reserve})
			checkError(t, a, err, nil, "")
		}
		last := map[string]string{"b": "2", "host1": "3"}[host]
		ask("10.1.0.1"+last, false) // of an endpoint
		ask("10.1.0.2"+last, false) // of none
		ask("10.1.0.3"+last, true)
		must[[]Port](t)(at.CreatePorts(t.Context(),
			Port{ID: host + "-own", Network: "n", Owner: Owner{Face: "docker", Host: host}, Addresses: []Address{{Address: addr("10.1.0.1" + last)}}},
			Port{ID: host + "-vm", Network: "n", Addresses: []Address{{Address: addr("10.1.0.4" + last)}}, Location: Location{Host: host, Epoch: 3}}))
		_, err := at.allocator.RequestPool(t.Context(), ipam.PoolRequest{Space: host, Prefix: prefix("10.9.0.0/24")})
		checkError(t, "pool", err, nil, "")
	}
}

func TestRemoveHost(t *testing.T) {
	m, store := newModel(t)
	session := store.Session()
	populate(t, m, session)
	before := snapshot(t, store)
	checkError(t, "alive", m.RemoveHost(t.Context(), "b"), ErrInUse, `remove host b: its agent lives (host "beta", tunnel address 192.0.2.2)`)
	unchanged(t, store, before)
	session.Close()
	for range 2 { // again is no error
		checkError(t, "remove", m.RemoveHost(t.Context(), "b"), nil, "")
	}
	checkGone(t, m, store)
	checkError(t, "unknown", m.RemoveHost(t.Context(), "x"), ErrNotFound, `remove host x: host "x" does not exist`)
}

// checkGone checks that nothing of host b is left, and all of host1.
func checkGone(t *testing.T, m *Model, store kvstore.Store) {
	t.Helper()
	ids := project(must[[]Port](t)(m.Ports(t.Context(), "")), portID)
	if !slices.Equal(ids, []string{"b-vm", "host1-own", "host1-vm"}) {
		t.Errorf("ports: %v", ids)
	}
	if p := must[Port](t)(m.Port(t.Context(), "b-vm")); p.Location.Host != "" || p.Location.Epoch != 4 {
		t.Errorf("the port that others made: %+v", p)
	}
	if p := must[Port](t)(m.Port(t.Context(), "host1-vm")); p.Location != (Location{"host1", 3}) {
		t.Errorf("the port elsewhere: %+v", p)
	}
	var addrs []string
	for _, key := range keys(t, store) {
		if strings.HasPrefix(key, "ipam/ip/") {
			addrs = append(addrs, lastPart(key))
		}
		if strings.HasPrefix(key, "tunnel/") || strings.HasPrefix(key, "ipam/pending/b/") {
			t.Errorf("left: %s", key)
		}
	}
	slices.Sort(addrs)
	if want := "10.1.0.13 10.1.0.23 10.1.0.32 10.1.0.33 10.1.0.42 10.1.0.43"; strings.Join(addrs, " ") != want {
		t.Errorf("addresses %v, want %s", addrs, want)
	}
	if hosts := must[[]Host](t)(m.Hosts(t.Context())); len(hosts) != 0 {
		t.Errorf("hosts: %v", hosts)
	}
}

// A removal is a number of transactions, any of which may be interrupted.
func TestRemoveHostInterrupted(t *testing.T) {
	for n := range 100 {
		m, store := newModel(t)
		session := store.Session()
		populate(t, m, session)
		session.Close()
		commits := 0
		cut := kvtest.NewFaulty(store, func(op string) kvtest.Fault {
			if op == "commit" {
				commits++
			}
			if commits > n {
				return kvtest.Unavailable
			}
			return kvtest.None
		})
		err := modelOn(t, cut, "host1").RemoveHost(t.Context(), "b")
		checkError(t, "again", m.RemoveHost(t.Context(), "b"), nil, "")
		checkGone(t, m, store)
		if err == nil {
			return
		}
	}
	t.Error("it never ends")
}

// A host that comes back is a new one: what it makes is left alone.
func TestRemoveHostComesBack(t *testing.T) {
	m, store := newModel(t)
	session := store.Session()
	populate(t, m, session)
	session.Close()
	b := modelOn(t, store, "b")
	back := kvtest.NewFaulty(store, func(op string) kvtest.Fault {
		if op == "list" { // after the mark
			checkError(t, "announce", b.Announce(t.Context(), Host{ID: "b", Name: "beta"}), nil, "")
		}
		return kvtest.None
	})
	err := modelOn(t, back, "host1").RemoveHost(t.Context(), "b")
	checkError(t, "remove", err, ErrInUse, "remove host b: it came back meanwhile")
	if _, err := m.Port(t.Context(), "b-own"); err != nil {
		t.Error(err)
	}
	if hosts := must[[]Host](t)(m.Hosts(t.Context())); len(hosts) != 1 || hosts[0].Removed {
		t.Errorf("hosts: %v", hosts)
	}
}

// What a host had as its tunnel address and another has now stays the other's.
func TestTunnelAddressOfAnotherStays(t *testing.T) {
	m, store := newModel(t)
	session := store.Session()
	old := Host{ID: "a", Boot: "1", Tunnel: addr("192.0.2.1")}
	checkError(t, "announce", modelOn(t, session, "a").Announce(t.Context(), old), nil, "")
	session.Close()
	checkError(t, "take over", m.Announce(t.Context(), Host{ID: "b", Tunnel: old.Tunnel}), nil, "")
	checkError(t, "remove", m.RemoveHost(t.Context(), "a"), nil, "")
	checkError(t, "come back", modelOn(t, store, "a").Announce(t.Context(), Host{ID: "a", Boot: "2"}), nil, "")
	if holder := snapshot(t, store)[tunnelKey(old.Tunnel)]; holder != "b" {
		t.Errorf("claimed by %v", holder)
	}
}
