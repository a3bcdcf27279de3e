package network

import "testing"

func TestAnnounce(t *testing.T) {
	first := Host{ID: "a", Name: "alpha", Boot: "1", Tunnel: addr("192.0.2.1")}
	edit := func(change func(*Host)) Host {
		h := first
		change(&h)
		return h
	}
	tests := []struct {
		name string
		next Host
		dead bool // the agent of first is
		want string
	}{
		{"again", first, false, ""},
		{"after a reboot", edit(func(h *Host) { h.Boot = "2" }), false, ""},
		{"moved", edit(func(h *Host) { h.Tunnel = addr("192.0.2.9") }), false, ""},
		{"moved and rebooted", edit(func(h *Host) { h.Boot, h.Tunnel = "2", addr("192.0.2.9") }), true, ""},
		{"a twin", edit(func(h *Host) { h.Boot, h.Tunnel = "2", addr("192.0.2.9") }), false, `announce host a: host "alpha" (tunnel address 192.0.2.1) has this system-id too`},
		{"another", edit(func(h *Host) { h.ID, h.Tunnel = "b", addr("192.0.2.9") }), false, ""},
		{"another with the tunnel address", edit(func(h *Host) { h.ID = "b" }), false, `host "a" has the tunnel address 192.0.2.1 too`},
		{"another with that of a dead one", edit(func(h *Host) { h.ID = "b" }), true, ""},
		{"without a tunnel", edit(func(h *Host) { h.Tunnel = Host{}.Tunnel }), false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, store := newModel(t)
			session := store.Session()
			defer session.Close()
			checkError(t, "first", modelOn(t, session, "a").Announce(t.Context(), first), nil, "")
			if tt.dead {
				session.Close()
			}
			err := m.Announce(t.Context(), tt.next)
			checkError(t, tt.name, err, ErrInUse, tt.want)
			if err != nil {
				return
			}
			for _, h := range must[[]Host](t)(m.Hosts(t.Context())) {
				if h.ID == tt.next.ID && h != tt.next {
					t.Errorf("the record is %+v", h)
				}
			}
			if living := must[map[string]bool](t)(m.Living(t.Context())); !living[tt.next.ID] {
				t.Errorf("living: %v", living)
			}
			if holder := snapshot(t, store)[tunnelKey(tt.next.Tunnel)]; tt.next.Tunnel.IsValid() && holder != tt.next.ID {
				t.Errorf("the tunnel address is claimed by %v", holder)
			}
		})
	}
}

func TestOldTunnelAddressIsFree(t *testing.T) {
	m, store := newModel(t)
	h := Host{ID: "a", Boot: "1", Tunnel: addr("192.0.2.1")}
	checkError(t, "announce", m.Announce(t.Context(), h), nil, "")
	h.Tunnel = addr("192.0.2.2")
	checkError(t, "announce", m.Announce(t.Context(), h), nil, "")
	if _, claimed := snapshot(t, store)[tunnelKey(addr("192.0.2.1"))]; claimed {
		t.Error("the old address is still claimed")
	}
}

func TestLivingEndsWithTheSession(t *testing.T) {
	m, store := newModel(t)
	session := store.Session()
	checkError(t, "announce", modelOn(t, session, "a").Announce(t.Context(), Host{ID: "a", Boot: "1"}), nil, "")
	session.Close()
	if living := must[map[string]bool](t)(m.Living(t.Context())); len(living) > 0 {
		t.Errorf("living: %v", living)
	}
	if hosts := must[[]Host](t)(m.Hosts(t.Context())); len(hosts) != 1 {
		t.Errorf("hosts: %v", hosts)
	}
}

func TestLocate(t *testing.T) {
	m, store := newModel(t)
	newNetwork(t, m, "n")
	must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "p", Network: "n", Location: Location{Host: "x", Epoch: 7}}))
	plug := func(host string) func(Location) (string, bool) {
		return func(l Location) (string, bool) { return host, l.Host != host }
	}
	for _, step := range []struct {
		host string
		want Location
	}{{"x", Location{"x", 7}}, {"a", Location{"a", 8}}, {"a", Location{"a", 8}}, {"b", Location{"b", 9}}, {"", Location{"", 10}}} {
		checkError(t, step.host, m.Locate(t.Context(), "p", plug(step.host)), nil, "")
		if p := must[Port](t)(m.Port(t.Context(), "p")); p.Location != step.want {
			t.Errorf("located at %+v, want %+v", p.Location, step.want)
		}
	}
	before := snapshot(t, store)
	must[[]Port](t)(m.UpdatePorts(t.Context(), Change[Port]{"p", func(p *Port) error { p.Location = Location{"x", 9}; return nil }}))
	unchanged(t, store, before)
	checkError(t, "unknown", m.Locate(t.Context(), "q", plug("a")), ErrNotFound, `logical port "q" does not exist`)
}

// A port that its owner asks for again is the same wherever it is plugged in.
func TestLocatedPortIsTheSame(t *testing.T) {
	m, _ := newModel(t)
	newNetwork(t, m, "n")
	p := Port{ID: "p", Network: "n", Owner: Owner{Face: "docker"}}
	must[[]Port](t)(m.CreatePorts(t.Context(), p))
	checkError(t, "locate", m.Locate(t.Context(), "p", func(Location) (string, bool) { return "a", true }), nil, "")
	if got := must[[]Port](t)(m.CreatePorts(t.Context(), p)); got[0].Location.Host != "a" {
		t.Errorf("got %+v", got)
	}
}
