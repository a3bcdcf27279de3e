package e2e

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab/probe"
)

// TestMainPath is what a new user does, with both ways to talk to Open vSwitch.
func TestMainPath(t *testing.T) {
	for _, backend := range []string{"ovsdb", "vsctl"} {
		t.Run(backend, func(t *testing.T) { mainPath(newHost(t, "--switch", backend)) })
	}
}

func mainPath(h *host) {
	before := h.traces()
	id := h.docker("network create -d vlcp --ipam-driver vlcp --subnet 10.1.0.0/24 n1")
	c1, c2 := h.start("c1", "--network n1 -p 8007:7"), h.start("c2", "--network n1")

	eth0 := c1.Interface("eth0")
	addr := netip.MustParsePrefix("10.1.0.2/24")
	h.equal("addresses", fmt.Sprint(eth0.Addresses), fmt.Sprint([]netip.Prefix{addr}))
	h.equal("MTU", eth0.MTU, 1450)
	h.equal("MAC", eth0.MAC, macOf("docker-"+id+"-lognet", addr.Addr()))
	h.equal("default route", via(c1, "0.0.0.0/0"), gwbridge(c1))
	h.equal("MAC in inspect", h.docker("inspect -f {{.NetworkSettings.Networks.n1.MacAddress}} c1"), eth0.MAC)

	h.reach("c1", "10.1.0.3")
	h.reach("c2", "10.1.0.2")
	h.docker("exec c1 probe resolve c2")
	h.outside(c2)
	h.published("127.0.0.1:8007")

	h.docker("rm -f c1 c2")
	h.docker("network rm n1")
	h.asBefore(before)
	h.equal("keys left in the store", strings.Join(h.stored(), " "), "schema")
}

// macOf is the MAC of an endpoint that nobody gave one, as docs/addresses.md
// has it.
func macOf(network string, addr netip.Addr) string {
	a := addr.As16()
	sum := sha256.Sum256(append(append([]byte(network), 0), a[:]...))
	return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", sum[0], sum[1], sum[2], sum[3], sum[4])
}

// via is the next hop of a route of a container; the zero Addr without.
func via(s probe.State, destination string) netip.Addr {
	r, _ := s.Route(destination)
	return r.Via
}

// gwbridge is the gateway of docker_gwbridge, by the address that a container
// has there.
func gwbridge(s probe.State) netip.Addr {
	for _, p := range s.Interface("eth1").Addresses {
		return p.Masked().Addr().Next()
	}
	return netip.Addr{}
}

// outside checks that a container reaches the Internet, and is seen there with
// the host's address.
func (h *host) outside(c probe.State) {
	h.t.Helper()
	l, err := h.lab.Outside.Listen("tcp", "10.99.0.254:0")
	check(h.t, err)
	defer l.Close()
	seen := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		host := conn.RemoteAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort().Addr()
		seen <- host.String()
		io.Copy(conn, conn)
	}()
	h.docker("exec " + c.Hostname + " probe check " + l.Addr().String())
	h.equal("address seen outside", <-seen, h.Addr.String())
}

// published checks that a published port of the host answers.
func (h *host) published(addr string) {
	h.t.Helper()
	conn, err := h.Dial(h.ctx, "tcp", addr)
	check(h.t, err)
	defer conn.Close()
	check(h.t, probe.Check(conn, 1000, 10*time.Second))
}

func (h *host) equal(what string, got, want any) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
