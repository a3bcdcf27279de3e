package ipamtest

import (
	"errors"
	"strings"

	"github.com/vlcp-go/vlcp/ipam"
)

func pools(f *fixture) {
	for _, p := range []string{"10.1.0.0/24", "10.0.0.0/8", "192.0.2.4/31", "192.0.2.4/32", "fd00:1::/64", "fd00:1::/128"} {
		got := f.request(ipam.PoolRequest{Space: "s", Prefix: prefix(p), Options: map[string]string{"k": "v"}})
		f.wants("prefix", got.Prefix, p)
		f.wants("handle", got.Handle, p)
		if got.ID == "" || got.Bound() || got.Auto || got.Options["k"] != "v" {
			f.Errorf("RequestPool(%s) = %+v", p, got)
		}
		found, err := f.FindPool(f.ctx, "s", got.Handle)
		if err != nil || found.ID != got.ID || found.Options["k"] != "v" {
			f.Errorf("FindPool(%s) = %+v, %v; want %s", got.Handle, found, err, got.ID)
		}
	}
}

func poolsRefused(f *fixture) {
	tests := []struct{ prefix, ipRange, hint string }{
		{"10.1.0.7/24", "", "10.1.0.0/24"},
		{"fd00::1/64", "", "fd00::/64"},
		{"0.0.0.0/0", "", "choose another"},
		{"::/0", "", "choose another"},
		{"127.0.0.0/8", "", "choose another"},
		{"224.0.0.0/24", "", "choose another"},
		{"ff02::/64", "", "choose another"},
		{"::ffff:10.1.0.0/120", "", "such as"},
		{"10.1.0.0/24", "10.1.1.0/25", "not within"},
		{"10.1.0.0/24", "10.1.0.0/23", "10.1.0.0/24"},
		{"10.1.0.0/24", "10.1.0.5/25", "10.1.0.0/25"},
		{"10.1.0.0/24", "fd00::/64", "not within"},
		{"", "10.1.0.0/25", "--subnet"},
	}
	for _, tt := range tests {
		_, err := f.RequestPool(f.ctx, ipam.PoolRequest{Space: "s", Prefix: prefix(tt.prefix), Range: prefix(tt.ipRange)})
		if !errors.Is(err, ipam.ErrInvalid) || !strings.Contains(err.Error(), tt.hint) {
			f.Errorf("RequestPool(%s, %s): %v, want ErrInvalid that says %q", tt.prefix, tt.ipRange, err, tt.hint)
		}
	}
}

func poolsAutomatic(f *fixture) {
	for _, v6 := range []bool{false, true} {
		var all []ipam.Pool
		for range 4 {
			p := f.request(ipam.PoolRequest{Space: "s", V6: v6})
			if !p.Auto || p.Handle != p.Prefix || p.Prefix.Masked() != p.Prefix || p.Prefix.Addr().Is6() != v6 {
				f.Errorf("automatic pool %+v", p)
			}
			for _, other := range all {
				if other.Prefix.Overlaps(p.Prefix) {
					f.Errorf("automatic pools %s and %s overlap", other.Prefix, p.Prefix)
				}
			}
			all = append(all, p)
		}
	}
}

// poolsOfOnePrefix: the same prefix any number of times, told apart by the
// handle where the space is the same.
func poolsOfOnePrefix(f *fixture) {
	handles := map[string]string{}
	for range 5 {
		p := f.request(ipam.PoolRequest{Space: "s", Prefix: prefix("10.1.0.0/24")})
		f.wants("prefix", p.Prefix, "10.1.0.0/24")
		f.wants("handle without host bits", p.Handle.Masked(), "10.1.0.0/24")
		handles[p.Handle.String()] = p.ID
	}
	if len(handles) != 5 || handles["10.1.0.0/24"] == "" {
		f.Errorf("handles of five pools: %v", handles)
	}
	f.wants("handle in another space", f.request(ipam.PoolRequest{Space: "t", Prefix: prefix("10.1.0.0/24")}).Handle, "10.1.0.0/24")
	first, err := f.FindPool(f.ctx, "s", prefix("10.1.0.0/24"))
	f.ok("FindPool", err)
	f.bind(first, ipam.Binding{})
	if p, err := f.FindPool(f.ctx, "s", prefix("10.1.0.0/24")); !errors.Is(err, ipam.ErrNotFound) {
		f.Errorf("FindPool of a bound pool = %+v, %v", p, err)
	}
	f.wants("handle once the first is bound", f.request(ipam.PoolRequest{Space: "s", Prefix: prefix("10.1.0.0/24")}).Handle, "10.1.0.0/24")

	for range 2 {
		f.request(ipam.PoolRequest{Space: "s", Prefix: prefix("192.0.2.4/31")})
	}
	if p, err := f.RequestPool(f.ctx, ipam.PoolRequest{Space: "s", Prefix: prefix("192.0.2.4/31")}); !errors.Is(err, ipam.ErrExhausted) {
		f.Errorf("third pool of a /31 in one space = %+v, %v; want ErrExhausted", p, err)
	}
}

func poolsReleased(f *fixture) {
	p := f.request(ipam.PoolRequest{Space: "s", Prefix: prefix("10.1.0.0/24")})
	f.gateway(p.ID, "10.1.0.1")
	f.given(p.ID, "10.1.0.5")
	f.ok("ReleasePool", f.ReleasePool(f.ctx, p.ID))
	f.ok("ReleasePool again", f.ReleasePool(f.ctx, p.ID))
	f.ok("ReleasePool of none", f.ReleasePool(f.ctx, "none"))
	f.ok("ReleaseAddress of a pool that is gone", f.ReleaseAddress(f.ctx, p.ID, addr("10.1.0.5")))
	if _, err := f.FindPool(f.ctx, "s", p.Handle); !errors.Is(err, ipam.ErrNotFound) {
		f.Errorf("FindPool of a released pool: %v", err)
	}
	f.refused(f, p.ID, ipam.AddressRequest{Gateway: true}, ipam.ErrNotFound)
	f.refused(f, p.ID, ipam.AddressRequest{Address: addr("10.1.0.5")}, ipam.ErrNotFound)
	f.refused(f, p.ID, ipam.AddressRequest{}, ipam.ErrNotFound)

	auto := f.request(ipam.PoolRequest{})
	f.ok("ReleasePool", f.ReleasePool(f.ctx, auto.ID))
	f.wants("automatic prefix, released", f.request(ipam.PoolRequest{}).Prefix, auto.Prefix.String())

	bound := f.network("10.2.0.0/24")
	f.ok("ReleasePool of a bound pool", f.ReleasePool(f.ctx, bound.ID))
	f.any(bound.ID)
}
