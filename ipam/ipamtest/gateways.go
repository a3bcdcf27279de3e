package ipamtest

import "github.com/vlcp-go/vlcp/ipam"

func gateways(f *fixture) {
	tests := []struct{ pool, ipRange, asked, want string }{
		{"10.1.0.0/24", "", "", "10.1.0.1/24"},
		{"10.1.0.0/24", "", "10.1.0.254", "10.1.0.254/24"},
		{"10.1.0.0/24", "10.1.0.128/25", "10.1.0.1", "10.1.0.1/24"},
		{"10.1.0.0/24", "10.1.0.128/25", "", "10.1.0.1/24"},
		{"192.0.2.4/31", "", "", "192.0.2.4/31"},
		{"192.0.2.4/31", "", "192.0.2.5", "192.0.2.5/31"},
		{"192.0.2.4/32", "", "", "192.0.2.4/32"},
		{"192.0.2.4/30", "", "", "192.0.2.5/30"},
		{"fd00:1::/64", "", "", "fd00:1::1/64"},
		{"fd00:1::/64", "", "fd00:1::ffff", "fd00:1::ffff/64"},
		{"fd00:1::/127", "", "", "fd00:1::/127"},
	}
	for _, tt := range tests {
		p := f.request(ipam.PoolRequest{Prefix: prefix(tt.pool), Range: prefix(tt.ipRange)})
		f.wants("gateway "+tt.asked+" of "+tt.pool, f.gateway(p.ID, tt.asked), tt.want)
	}
	p := f.pool("10.1.0.0/24")
	for _, outside := range []string{"10.1.1.1", "10.1.0.0", "10.1.0.255", "fd00::1"} {
		f.refused(f, p.ID, ipam.AddressRequest{Address: addr(outside), Gateway: true}, ipam.ErrOutside)
	}
}

// gatewayAgain: the same question gets the same answer.
func gatewayAgain(f *fixture) {
	p := f.pool("10.1.0.0/24")
	f.given(p.ID, "10.1.0.1")
	for range 2 {
		f.wants("automatic gateway beside an --aux-address", f.gateway(p.ID, ""), "10.1.0.2/24")
	}
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.1"), Gateway: true}, ipam.ErrTaken)
	q := f.pool("10.1.0.0/24")
	for range 2 {
		f.wants("gateway", f.gateway(q.ID, "10.1.0.9"), "10.1.0.9/24")
	}
	f.release(q.ID, "10.1.0.9")
	f.given(q.ID, "10.1.0.9")
}

// gatewayOfNetwork: a network's gateway is nobody else's, and not freed.
func gatewayOfNetwork(f *fixture) {
	p := f.network("10.1.0.0/24")
	f.wants("gateway of a network", f.gateway(p.ID, ""), "10.1.0.1/24")
	f.wants("gateway of a network", f.gateway(p.ID, "10.1.0.1"), "10.1.0.1/24")
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.2"), Gateway: true}, ipam.ErrInvalid)
	f.release(p.ID, "10.1.0.1")
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.1")}, ipam.ErrTaken)
	f.wants("first address", f.any(p.ID), "10.1.0.2")

	none := f.pool("10.1.0.0/24")
	f.bind(none, ipam.Binding{})
	f.refused(f, none.ID, ipam.AddressRequest{Gateway: true}, ipam.ErrInvalid)
	f.wants("first address without a gateway", f.any(none.ID), "10.1.0.1")
	f.bind(none, ipam.Binding{Gateway: addr("10.1.0.7")})
	f.wants("gateway that came later", f.gateway(none.ID, ""), "10.1.0.7/24")
	f.bind(none, ipam.Binding{})
	f.given(none.ID, "10.1.0.7")
}
