// Package ipamtest tests any ipam.IPAM against its contract.
//
// An implementation calls [Run] from a test of its own, with a function that
// opens an empty one. What it calls a network is up to it: the tests bind pools
// and hold addresses through the functions of [System].
package ipamtest

import (
	"context"
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
)

// System is an IPAM under test, and what its networks and ports do to it.
type System struct {
	ipam.IPAM
	Other  ipam.IPAM // the same pools from another host; nil: there is no other
	Bind   func(ctx context.Context, pool string, b ipam.Binding) error
	Hold   func(ctx context.Context, pool string, a netip.Addr, port string) error
	Unhold func(ctx context.Context, pool string, a netip.Addr, port string) error
}

// Run runs all tests. open makes a System without pools, and ends it by
// t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) System) {
	tests := []struct {
		name string
		test func(*fixture)
	}{
		{"Pools", pools},
		{"PoolsRefused", poolsRefused},
		{"PoolsAutomatic", poolsAutomatic},
		{"PoolsOfOnePrefix", poolsOfOnePrefix},
		{"PoolsReleased", poolsReleased},
		{"Gateways", gateways},
		{"GatewayAgain", gatewayAgain},
		{"GatewayOfNetwork", gatewayOfNetwork},
		{"Aux", aux},
		{"Given", given},
		{"GivenAgain", givenAgain},
		{"Automatic", automatic},
		{"AutomaticUnbound", automaticUnbound},
		{"AutomaticRange", automaticRange},
		{"AutomaticOwner", automaticOwner},
		{"Full", full},
		{"Reserved", reserved},
		{"Held", held},
		{"Contest", contest},
		{"ContestOfHosts", contestOfHosts},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.test(&fixture{t, t.Context(), open(t)}) })
	}
}
