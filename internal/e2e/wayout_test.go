package e2e

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab/probe"
)

// TestWayOut looks at the way out of containers for each row of the table in
// docs/docker.md: their default route, their second interface, a connection to
// the outside, and a published port from the host.
func TestWayOut(t *testing.T) {
	h := newHost(t)
	const bridge = "docker_gwbridge"
	for _, c := range []struct{ name, create, way string }{
		{"no gateway", "", bridge},
		{"gateway", "--gateway 10.2.0.254", "10.2.0.254"},
		{"disablegateway", "--gateway 10.2.0.254 -o subnet:disablegateway=true", bridge},
		{"disablegateway as a literal, and a route", "--gateway 10.2.0.254 -o subnet:disablegateway=`True` -o subnet:host_routes=[[\"10.9.0.0/16\",\"10.2.0.254\"]]", bridge},
		{"default route", `-o subnet:host_routes=[["0.0.0.0/0","10.2.0.253"]]`, "10.2.0.253"},
		{"internal", "--internal", ""},
		{"internal with a gateway", "--internal --gateway 10.2.0.254", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := h.in(t)
			h.docker(create + "--subnet 10.2.0.0/24 " + c.create + " n1")
			defer func() { h.docker("rm -f c1"); h.docker("network rm n1") }()
			s := h.start("c1", "--network n1 -p 8007:7")
			switch c.way {
			case bridge:
				h.equal("default route", via(s, "0.0.0.0/0"), gwbridge(s))
				h.outside(s)
				h.published("127.0.0.1:8007")
				h.published("10.99.0.1:8007")
			case "":
				h.equal("default route", via(s, "0.0.0.0/0"), netip.Addr{})
				h.closedIn(s)
			default:
				h.equal("default route", via(s, "0.0.0.0/0").String(), c.way)
				h.closedIn(s)
				if !strings.Contains(h.agent.Log(), "ports are not published") {
					t.Error("the log does not say that -p has no effect")
				}
			}
		})
	}
}

// closedIn checks that a container has no interface but its own, and that its
// port is not published.
func (h *host) closedIn(s probe.State) {
	h.t.Helper()
	h.equal("second interface", s.Interface("eth1").Name, "")
	ctx, cancel := context.WithTimeout(h.ctx, 5*time.Second)
	defer cancel()
	if conn, err := h.Dial(ctx, "tcp", "127.0.0.1:8007"); err == nil {
		conn.Close()
		h.t.Error("its port is published")
	}
}
