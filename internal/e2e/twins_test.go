package e2e

import (
	"slices"
	"strings"
	"testing"
)

// TestTwins has a second machine with the id, the tunnel address or the name of
// one that lives: real agents say so, and name it.
func TestTwins(t *testing.T) {
	c := newPrepared(t, "etcd", []string{engine, engine}, same(alone, "--audit", "2s"))
	h1, h2 := c.hosts[0], c.hosts[1]
	for _, h := range c.hosts {
		check(t, h.StartOVS(h.ctx))
	}
	h1.startAgent()
	h1.eventually("h1 is announced", func() bool { return strings.Contains(h1.traces(), "cookie=0x766c") })

	for _, tt := range []struct {
		name, prepare, undo string
		flags               []string
		says                []string
	}{
		{"system-id", "ovs-vsctl set Open_vSwitch . external_ids:system-id=h1", "ovs-vsctl set Open_vSwitch . external_ids:system-id=h2", nil,
			[]string{`"h1"`, h1.Addr.String(), "system-id"}},
		{"tunnel address", "true", "true", []string{"--tunnel-ip", h1.Addr.String()},
			[]string{`"h1"`, h1.Addr.String(), "--tunnel-ip"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h2 := h2.in(t)
			h2.run(tt.prepare)
			defer h2.run(tt.undo)
			h2.flags = append(h2.flags, tt.flags...)
			h2.startAgent()
			if err := h2.agent.Wait(h2.ctx); err == nil {
				t.Fatal("the agent ended without an error")
			}
			h2.wantLog(tt.says...)
		})
	}
	t.Run("host name", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		h2.run("hostname h1")
		h2.startAgent()
		h2.eventually("h2 says so", func() bool { return strings.Contains(h2.agent.Log(), "two hosts have one name") })
		h2.wantLog("name=h1", "this=h2", "other=h1", "tunnel="+h1.Addr.String(), "hostnamectl")
		h1.eventually("h1 says so", func() bool { return strings.Contains(h1.agent.Log(), "two hosts have one name") })
		h1.wantLog("other=h2")
	})
}

// wantLog checks that one line of the agent's log holds all the words.
func (h *host) wantLog(words ...string) {
	h.t.Helper()
	if !h.logged(words...) {
		h.t.Errorf("no line of the log says %q:\n%s", words, h.agent.Log())
	}
}

// logged tells whether one line of the agent's log holds all the words.
func (h *host) logged(words ...string) bool {
	for line := range strings.Lines(h.agent.Log()) {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) }) {
			return true
		}
	}
	return false
}
