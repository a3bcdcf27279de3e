// Package drivertest tests any dockerdriver.Driver against its contract, and
// has a [Fake] to test what stands on one.
//
// A Driver calls [Run] from a test of its own, with a function that opens one
// without networks, and the IPAM that its pools come from.
package drivertest

import (
	"testing"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/ipam"
)

// Run runs all tests. open makes a Driver without networks, and ends it by
// t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) (dockerdriver.Driver, ipam.IPAM)) {
	tests := []struct {
		name string
		test func(*fixture)
	}{
		{"Networks", networks},
		{"NetworkAgain", networkAgain},
		{"NetworkInUse", networkInUse},
		{"Pools", pools},
		{"Plug", plug},
		{"PlugAgain", plugAgain},
		{"PlugRefused", plugRefused},
		{"PlugWithoutAddress", plugWithoutAddress},
		{"PlugBothFamilies", plugBothFamilies},
		{"Ready", ready},
		{"Unplug", unplug},
		{"AddressesStayClaimed", addressesStayClaimed},
		{"ManyAtOnce", manyAtOnce},
		{"Cancelled", cancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{T: t, ctx: t.Context()}
			f.Driver, f.ipam = open(t)
			tt.test(f)
		})
	}
}
