package ipamtest

import (
	"strings"

	"github.com/vlcp-go/vlcp/ipam"
)

// aux: what is asked of an unbound pool is reserved for as long as it lives.
func aux(f *fixture) {
	p := f.pool("10.1.0.0/24")
	for range 2 {
		f.given(p.ID, "10.1.0.2")
	}
	f.given(p.ID, "10.1.0.9")
	f.release(p.ID, "10.1.0.9")
	f.bind(p, ipam.Binding{Gateway: f.gateway(p.ID, "10.1.0.1").Addr()})
	f.release(p.ID, "10.1.0.2")
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.2")}, ipam.ErrTaken)
	f.ask(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.2"), Reserve: true})
	f.wants("first address", f.any(p.ID), "10.1.0.3")
	f.ok("Hold of a reserved address", f.Hold(f.ctx, p.ID, addr("10.1.0.2"), "port"))
}

func given(f *fixture) {
	tests := []struct {
		pool, ipRange, start, end, asked string
		want                             error
	}{
		{pool: "10.1.0.0/24", asked: "10.1.0.254"},
		{pool: "10.1.0.0/24", asked: "10.1.0.0", want: ipam.ErrOutside},
		{pool: "10.1.0.0/24", asked: "10.1.0.255", want: ipam.ErrOutside},
		{pool: "10.1.0.0/24", asked: "10.1.1.1", want: ipam.ErrOutside},
		{pool: "10.1.0.0/24", asked: "fd00::1", want: ipam.ErrOutside},
		{pool: "10.1.0.0/24", ipRange: "10.1.0.128/25", asked: "10.1.0.5"},
		{pool: "10.1.0.0/24", start: "10.1.0.10", end: "10.1.0.20", asked: "10.1.0.10"},
		{pool: "10.1.0.0/24", start: "10.1.0.10", end: "10.1.0.20", asked: "10.1.0.20"},
		{pool: "10.1.0.0/24", start: "10.1.0.10", end: "10.1.0.20", asked: "10.1.0.9", want: ipam.ErrOutside},
		{pool: "10.1.0.0/24", start: "10.1.0.10", end: "10.1.0.20", asked: "10.1.0.21", want: ipam.ErrOutside},
		{pool: "192.0.2.4/31", asked: "192.0.2.4"},
		{pool: "192.0.2.4/31", asked: "192.0.2.5"},
		{pool: "192.0.2.4/32", asked: "192.0.2.4"},
		{pool: "fd00:1::/64", asked: "fd00:1::ffff:ffff:ffff:ffff"},
		{pool: "fd00:1::/64", asked: "fd00:1::", want: ipam.ErrOutside},
		{pool: "fd00:1::/127", asked: "fd00:1::"},
	}
	for _, tt := range tests {
		p := f.request(ipam.PoolRequest{Prefix: prefix(tt.pool), Range: prefix(tt.ipRange)})
		f.bind(p, ipam.Binding{Start: addr(tt.start), End: addr(tt.end)})
		f.refused(f, p.ID, ipam.AddressRequest{Address: addr(tt.asked)}, tt.want)
	}
}

// givenAgain: only the same requester gets an address twice.
func givenAgain(f *fixture) {
	p := f.network("10.1.0.0/24")
	for range 2 {
		f.given(p.ID, "10.1.0.5")
	}
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.5"), Owner: "somebody"}, ipam.ErrTaken)
	for range 2 {
		f.ask(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.6"), Owner: "somebody"})
	}
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.6"), Owner: "else"}, ipam.ErrTaken)
	if f.Other != nil {
		err := f.refused(f.Other, p.ID, ipam.AddressRequest{Address: addr("10.1.0.5")}, ipam.ErrTaken)
		if !strings.Contains(err.Error(), "10.1.0.5") {
			f.Errorf("the error does not name the address: %v", err)
		}
	}
	f.release(p.ID, "10.1.0.5")
	f.release(p.ID, "10.1.0.5")
	f.ask(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.5"), Owner: "somebody"})
}

// automatic: the first free address, ascending. What was released comes again,
// but when is left open: other hosts may learn of it late.
func automatic(f *fixture) {
	for _, tt := range []struct{ pool, stem string }{{"10.1.0.0/24", "10.1.0."}, {"fd00:1::/64", "fd00:1::"}} {
		p := f.network(tt.pool)
		f.given(p.ID, tt.stem+"4")
		for _, want := range []string{"2", "3", "5", "6"} {
			f.wants("next address", f.any(p.ID), tt.stem+want)
		}
	}
	p := f.network("10.1.0.0/16")
	f.wants("address with its length", f.ask(f, p.ID, ipam.AddressRequest{}), "10.1.0.2/16")
}

func automaticUnbound(f *fixture) {
	p := f.pool("10.1.0.0/24")
	err := f.refused(f, p.ID, ipam.AddressRequest{}, ipam.ErrUnbound)
	if !strings.Contains(err.Error(), "-d vlcp") {
		f.Errorf("the error does not say what to do: %v", err)
	}
}

func automaticRange(f *fixture) {
	tests := []struct{ pool, ipRange, start, end, first, last string }{
		{"10.1.0.0/29", "", "", "", "10.1.0.1", "10.1.0.6"},
		{"192.0.2.4/31", "", "", "", "192.0.2.4", "192.0.2.5"},
		{"192.0.2.4/32", "", "", "", "192.0.2.4", "192.0.2.4"},
		{"10.1.0.0/24", "10.1.0.128/30", "", "", "10.1.0.128", "10.1.0.131"},
		{"10.1.0.0/24", "10.1.0.0/30", "", "", "10.1.0.1", "10.1.0.3"},
		{"10.1.0.0/24", "10.1.0.252/30", "", "", "10.1.0.252", "10.1.0.254"},
		{"10.1.0.0/24", "", "10.1.0.10", "10.1.0.12", "10.1.0.10", "10.1.0.12"},
		{"10.1.0.0/24", "10.1.0.8/29", "10.1.0.10", "10.1.0.20", "10.1.0.10", "10.1.0.15"},
		{"10.1.0.0/24", "", "10.1.0.253", "", "10.1.0.253", "10.1.0.254"},
		{"fd00:1::/126", "", "", "", "fd00:1::1", "fd00:1::3"},
		{"fd00:1::/127", "", "", "", "fd00:1::", "fd00:1::1"},
		{"fd00:1::/32", "fd00:1:2::/127", "", "", "fd00:1:2::", "fd00:1:2::1"},
	}
	for _, tt := range tests {
		p := f.request(ipam.PoolRequest{Prefix: prefix(tt.pool), Range: prefix(tt.ipRange)})
		f.bind(p, ipam.Binding{Start: addr(tt.start), End: addr(tt.end)})
		for want := addr(tt.first); ; want = want.Next() {
			f.wants("address of "+tt.pool, f.any(p.ID), want.String())
			if want == addr(tt.last) {
				break
			}
		}
		f.refused(f, p.ID, ipam.AddressRequest{}, ipam.ErrExhausted)
	}
}

// automaticOwner: who names itself gets its address again.
func automaticOwner(f *fixture) {
	p := f.network("10.1.0.0/24")
	for range 2 {
		f.wants("a's address", f.ask(f, p.ID, ipam.AddressRequest{Owner: "a"}), "10.1.0.2/24")
		f.wants("b's address", f.ask(f, p.ID, ipam.AddressRequest{Owner: "b"}), "10.1.0.3/24")
	}
	if f.Other != nil {
		f.wants("a's address from another host", f.ask(f.Other, p.ID, ipam.AddressRequest{Owner: "a"}), "10.1.0.2/24")
	}
	f.release(p.ID, "10.1.0.2")
	f.given(p.ID, "10.1.0.2")
	next := f.ask(f, p.ID, ipam.AddressRequest{Owner: "a"})
	if next.Addr() == addr("10.1.0.2") || next.Addr() == addr("10.1.0.3") {
		f.Errorf("a's next address %s is another's", next)
	}
	f.wants("a's next address, again", f.ask(f, p.ID, ipam.AddressRequest{Owner: "a"}), next.String())
}

func full(f *fixture) {
	p := f.network("10.1.0.0/29")
	for range 5 {
		f.any(p.ID)
	}
	err := f.refused(f, p.ID, ipam.AddressRequest{}, ipam.ErrExhausted)
	for _, hint := range []string{"--ip", "10.1.0.1", "10.1.0.6"} {
		if !strings.Contains(err.Error(), hint) {
			f.Errorf("the error does not name %s: %v", hint, err)
		}
	}
	other := f.Other
	if other == nil {
		other = f
	}
	f.ok("ReleaseAddress", other.ReleaseAddress(f.ctx, p.ID, addr("10.1.0.4")))
	f.wants("the address that became free", f.any(p.ID), "10.1.0.4")
}

// reserved: a reservation by hand keeps everybody off but a port that names it.
func reserved(f *fixture) {
	p := f.network("10.1.0.0/24")
	for range 2 {
		f.ask(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.2"), Reserve: true})
	}
	if f.Other != nil {
		f.ask(f.Other, p.ID, ipam.AddressRequest{Address: addr("10.1.0.2"), Reserve: true})
	}
	f.given(p.ID, "10.1.0.9")
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.9"), Reserve: true}, ipam.ErrTaken)
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.2")}, ipam.ErrTaken)
	f.wants("first address", f.any(p.ID), "10.1.0.3")
	f.ok("Hold", f.Hold(f.ctx, p.ID, addr("10.1.0.2"), "port"))
	f.ok("Unhold", f.Unhold(f.ctx, p.ID, addr("10.1.0.2"), "port"))
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.2")}, ipam.ErrTaken)
	f.release(p.ID, "10.1.0.2")
	f.given(p.ID, "10.1.0.2")
}
