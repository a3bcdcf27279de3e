package ipam_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

var samePool = cmp.Options{
	cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
	cmpopts.EquateApproxTime(0),
}

func ip(s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(s)
}

func TestCreate(t *testing.T) {
	s := memory.New()
	a := allocator(t, s, "h")
	prefix := netip.MustParsePrefix("10.1.0.0/24")
	want := ipam.Pool{
		Prefix: prefix, Handle: prefix, Network: "n", Subnet: "s", Host: "h",
		Start: ip("10.1.0.10"), End: ip("10.1.0.20"), Gateway: ip("10.1.0.1"),
	}
	p := create(t, s, "10.1.0.0/24", ipam.Binding{
		Network: "n", Subnet: "s", Host: "h", Start: want.Start, End: want.End, Gateway: want.Gateway,
	})
	want.ID = p.ID
	stored, err := a.Pool(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []ipam.Pool{p, stored} {
		if diff := cmp.Diff(want, got, samePool); diff != "" {
			t.Errorf("pool (-want +got):\n%s", diff)
		}
	}
	wantClaims(t, a, p.ID, ipam.Claim{Address: want.Gateway, Owner: "subnet/s", Holder: "subnet/s", Kind: ipam.KindGateway, Host: "h"})
}

// wantClaims compares all claims of a pool, but for their times and random
// owners.
func wantClaims(t *testing.T, a *ipam.Allocator, pool string, want ...ipam.Claim) {
	t.Helper()
	got, err := a.Claims(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i].Pool = pool
	}
	ignore := cmpopts.IgnoreFields(ipam.Claim{}, "Created")
	byAddress := cmpopts.SortSlices(func(a, b ipam.Claim) bool { return a.Address.Less(b.Address) })
	if diff := cmp.Diff(want, got, samePool, ignore, byAddress, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestBindRefused(t *testing.T) {
	s := memory.New()
	a := allocator(t, s, "h")
	p, err := a.RequestPool(t.Context(), ipam.PoolRequest{Prefix: netip.MustParsePrefix("10.1.0.0/24")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.RequestAddress(t.Context(), p.ID, ipam.AddressRequest{Address: ip("10.1.0.9")}); err != nil {
		t.Fatal(err)
	}
	taken := create(t, s, "10.1.0.0/24", ipam.Binding{Network: "n", Subnet: "other"})
	tests := []struct {
		name, pool          string
		start, end, gateway string
		want                error
	}{
		{"no pool", "none", "", "", "", ipam.ErrNotFound},
		{"another's", taken.ID, "", "", "", ipam.ErrBound},
		{"start elsewhere", p.ID, "10.2.0.1", "", "", ipam.ErrOutside},
		{"end elsewhere", p.ID, "", "10.2.0.1", "", ipam.ErrOutside},
		{"end of the other family", p.ID, "", "fd00::1", "", ipam.ErrOutside},
		{"gateway elsewhere", p.ID, "", "", "10.2.0.1", ipam.ErrOutside},
		{"gateway is the broadcast address", p.ID, "", "", "10.1.0.255", ipam.ErrOutside},
		{"end before start", p.ID, "10.1.0.9", "10.1.0.8", "", ipam.ErrInvalid},
		{"nothing usable", p.ID, "10.1.0.255", "", "", ipam.ErrInvalid},
		{"gateway is reserved", p.ID, "", "", "10.1.0.9", ipam.ErrTaken},
	}
	for _, tt := range tests {
		err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error {
			_, err := ipam.Bind(tx, tt.pool, ipam.Binding{Network: "n", Subnet: "s", Start: ip(tt.start), End: ip(tt.end), Gateway: ip(tt.gateway)})
			return err
		})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if p, err := a.Pool(t.Context(), p.ID); err != nil || p.Bound() {
		t.Errorf("after all this the pool is %+v, %v", p, err)
	}
}

// TestBindAgain: a subnet that changes its gateway lets go of the earlier one;
// what was requested stays requested.
func TestBindAgain(t *testing.T) {
	s := memory.New()
	a := allocator(t, s, "h")
	p, err := a.RequestPool(t.Context(), ipam.PoolRequest{Prefix: netip.MustParsePrefix("10.1.0.0/24")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.RequestAddress(t.Context(), p.ID, ipam.AddressRequest{Gateway: true, Owner: "docker"}); err != nil {
		t.Fatal(err)
	}
	requested := ipam.Claim{Address: ip("10.1.0.1"), Owner: "docker", Named: true, Kind: ipam.KindAutoGateway, Host: "h"}
	held, second := requested, ipam.Claim{Address: ip("10.1.0.2"), Owner: "subnet/s", Holder: "subnet/s", Kind: ipam.KindGateway, Host: "x"}
	held.Holder = "subnet/s"
	steps := []struct {
		gateway string
		auto    bool
		want    []ipam.Claim
	}{
		{"10.1.0.1", true, []ipam.Claim{held}},
		{"10.1.0.1", true, []ipam.Claim{held}},
		{"10.1.0.2", false, []ipam.Claim{requested, second}},
		{"", false, []ipam.Claim{requested}},
		{"10.1.0.1", true, []ipam.Claim{held}},
	}
	for _, step := range steps {
		update(t, s, func(tx *kvstore.Tx) (err error) {
			p, err = ipam.Bind(tx, p.ID, ipam.Binding{Network: "n", Subnet: "s", Host: "x", Gateway: ip(step.gateway)})
			return err
		})
		if p.Gateway != ip(step.gateway) || p.AutoGateway != step.auto {
			t.Errorf("gateway %s, automatic %t; want %s, %t", p.Gateway, p.AutoGateway, step.gateway, step.auto)
		}
		wantClaims(t, a, p.ID, step.want...)
	}
}

// TestRemove: a pool goes with more claims than one transaction could delete,
// and takes none from the moment that it is marked.
func TestRemove(t *testing.T) {
	s := memory.New()
	a := allocator(t, s, "h")
	p := bound(t, s, "10.1.0.0/16")
	for range s.Limits().Ops + 1 {
		request(t, a, p.ID)
	}
	if _, err := a.RequestAddress(t.Context(), p.ID, ipam.AddressRequest{Owner: "named"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Purge(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	request(t, a, p.ID) // Purge left a pool alone that lives
	for range 2 {
		update(t, s, func(tx *kvstore.Tx) error { return ipam.Remove(tx, p.ID) })
	}
	for _, r := range []ipam.AddressRequest{{}, {Address: ip("10.1.200.1")}, {Gateway: true}} {
		if _, err := a.RequestAddress(t.Context(), p.ID, r); !errors.Is(err, ipam.ErrNotFound) {
			t.Errorf("RequestAddress of a removed pool: %v", err)
		}
	}
	for range 2 {
		if err := a.Purge(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	wantEmpty(t, s)
}

func wantEmpty(t *testing.T, s kvstore.Store) {
	t.Helper()
	entries, err := s.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("left in the store: %s = %s", e.Key, e.Value)
	}
}
