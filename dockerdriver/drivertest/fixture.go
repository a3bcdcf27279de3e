package drivertest

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

// fixture is one test with its Driver; its methods fail the test.
type fixture struct {
	*testing.T
	dockerdriver.Driver
	ctx  context.Context
	ipam ipam.IPAM
}

// owner is the owner of all that the tests make.
var owner = network.Owner{Face: "docker", Host: Host, Endpoint: "e"}

// spec is a network with these subnets, of which the first address is the
// gateway.
func spec(id string, prefixes ...string) network.Spec {
	s := network.Spec{Network: network.Network{ID: id, Owner: owner}}
	for _, text := range prefixes {
		p := netip.MustParsePrefix(text)
		s.Subnets = append(s.Subnets, network.Subnet{ID: id + "-" + text, Prefix: p, Gateway: p.Addr().Next()})
	}
	return s
}

func (f *fixture) create(s network.Spec) network.Network {
	f.Helper()
	n, err := f.CreateNetwork(f.ctx, s)
	if err != nil {
		f.Fatalf("CreateNetwork(%s): %v", s.Network.ID, err)
	}
	return n
}

// port is a port with these addresses.
func port(id, net string, addresses ...string) network.Plug {
	p := network.Port{ID: id, Network: net, Owner: owner}
	for _, a := range addresses {
		p.Addresses = append(p.Addresses, network.Address{Address: netip.MustParseAddr(a)})
	}
	return network.Plug{Port: p}
}

func withMAC(p network.Plug, mac string) network.Plug {
	p.Port.MAC = mac
	return p
}

func (f *fixture) plug(p network.Plug) network.Attachment {
	f.Helper()
	att, err := f.Plug(f.ctx, p)
	if err != nil {
		f.Fatalf("Plug(%s): %v", p.Port.ID, err)
	}
	if att.Port.MAC == "" || att.Device == "" || len(att.Subnets) != len(att.Port.Addresses) {
		f.Errorf("Plug(%s) = %+v: want a MAC, a device, and a subnet for each address", p.Port.ID, att)
	}
	return att
}

func (f *fixture) unplug(port string) {
	f.Helper()
	f.ok("Unplug "+port, f.Unplug(f.ctx, port))
}

func (f *fixture) ok(what string, err error) {
	f.Helper()
	if err != nil {
		f.Errorf("%s: %v", what, err)
	}
}

func (f *fixture) fails(what string, err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s: %v, want %v", what, err, want)
	}
}

// same compares what two calls answered.
func (f *fixture) same(what string, want, got any) {
	f.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
		f.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

func (f *fixture) ports(network string, want ...string) {
	f.Helper()
	ports, err := f.Ports(f.ctx, network)
	var got []string
	for _, p := range ports {
		got = append(got, p.ID)
	}
	f.ok("Ports", err)
	f.same("ports of "+network, want, got)
}
