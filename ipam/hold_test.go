package ipam_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// TestHold: what becomes of an address that a port on host h wants, by what it
// is already.
func TestHold(t *testing.T) {
	tests := []struct {
		name   string
		had    *ipam.Claim
		refuse string      // part of the error; "" for none
		held   ipam.Claim  // then
		after  *ipam.Claim // when the port lets go
	}{
		{
			name: "free",
			held: ipam.Claim{Owner: "port", Holder: "port", Host: "h"},
		}, {
			name:  "requested here",
			had:   &ipam.Claim{Owner: "docker", Host: "h"},
			held:  ipam.Claim{Owner: "docker", Holder: "port", Host: "h"},
			after: &ipam.Claim{Owner: "docker", Host: "h"},
		}, {
			name:  "requested here in the port's name",
			had:   &ipam.Claim{Owner: "port", Named: true, Host: "h"},
			held:  ipam.Claim{Owner: "port", Named: true, Holder: "port", Host: "h"},
			after: &ipam.Claim{Owner: "port", Named: true, Host: "h"},
		}, {
			name: "held already",
			had:  &ipam.Claim{Owner: "port", Holder: "port", Host: "elsewhere"},
			held: ipam.Claim{Owner: "port", Holder: "port", Host: "elsewhere"},
		}, {
			name:  "reserved",
			had:   &ipam.Claim{Owner: "docker", Kind: ipam.KindAux, Host: "elsewhere"},
			held:  ipam.Claim{Owner: "docker", Kind: ipam.KindAux, Host: "elsewhere", Holder: "port"},
			after: &ipam.Claim{Owner: "docker", Kind: ipam.KindAux, Host: "elsewhere"},
		},
		{name: "requested elsewhere", had: &ipam.Claim{Owner: "docker", Host: "elsewhere"}, refuse: "host elsewhere"},
		{name: "held by another", had: &ipam.Claim{Owner: "p2", Holder: "p2", Host: "h"}, refuse: "port p2"},
		{name: "gateway", had: &ipam.Claim{Owner: "docker", Kind: ipam.KindGateway, Holder: "subnet/s", Host: "h"}, refuse: "gateway"},
		{name: "gateway to be", had: &ipam.Claim{Owner: "docker", Kind: ipam.KindAutoGateway, Host: "h"}, refuse: "gateway"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memory.New()
			a, addr := allocator(t, s, "h"), ip("10.1.0.5")
			if tt.had != nil {
				update(t, s, func(tx *kvstore.Tx) error { return kvstore.Save(tx, "ipam/ip/p/10.1.0.5", tt.had) })
			}
			err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error { return ipam.Hold(tx, "p", addr, "port", "h") })
			if tt.refuse != "" {
				if !errors.Is(err, ipam.ErrTaken) || !strings.Contains(err.Error(), tt.refuse) || !strings.Contains(err.Error(), addr.String()) {
					t.Errorf("Hold: %v, want ErrTaken with %s and %q", err, addr, tt.refuse)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tt.held.Address = addr
			wantClaims(t, a, "p", tt.held)
			update(t, s, func(tx *kvstore.Tx) error { return ipam.Unhold(tx, "p", addr, "another") })
			wantClaims(t, a, "p", tt.held)
			for range 2 {
				update(t, s, func(tx *kvstore.Tx) error { return ipam.Unhold(tx, "p", addr, "port") })
			}
			if tt.after == nil {
				wantClaims(t, a, "p")
				return
			}
			tt.after.Address = addr
			wantClaims(t, a, "p", *tt.after)
		})
	}
}

// TestHoldRouter: what becomes of an address that an interface of a virtual
// router wants. Its id may be that of a port.
func TestHoldRouter(t *testing.T) {
	tests := []struct {
		name   string
		had    *ipam.Claim
		refuse string
		held   ipam.Claim
		after  *ipam.Claim
	}{
		{name: "free", held: ipam.Claim{Owner: "x", Holder: "x", Router: true, Host: "h"}},
		{
			name: "held already",
			had:  &ipam.Claim{Owner: "x", Holder: "x", Router: true, Host: "elsewhere"},
			held: ipam.Claim{Owner: "x", Holder: "x", Router: true, Host: "elsewhere"},
		}, {
			name:  "reserved",
			had:   &ipam.Claim{Owner: "docker", Kind: ipam.KindAux, Host: "elsewhere"},
			held:  ipam.Claim{Owner: "docker", Kind: ipam.KindAux, Host: "elsewhere", Holder: "x", Router: true},
			after: &ipam.Claim{Owner: "docker", Kind: ipam.KindAux, Host: "elsewhere"},
		},
		{name: "requested here", had: &ipam.Claim{Owner: "docker", Host: "h"}, refuse: "host h"},
		{name: "held by another", had: &ipam.Claim{Owner: "y", Holder: "y", Router: true, Host: "h"}, refuse: "by router interface y"},
		{name: "held by a port of the same id", had: &ipam.Claim{Owner: "x", Holder: "x", Host: "h"}, refuse: "by port x"},
		{name: "reserved and held", had: &ipam.Claim{Owner: "docker", Kind: ipam.KindReserved, Holder: "x", Host: "h"}, refuse: "by port x"},
		{name: "gateway", had: &ipam.Claim{Owner: "docker", Kind: ipam.KindGateway, Holder: "subnet/s", Host: "h"}, refuse: "gateway"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memory.New()
			a, addr := allocator(t, s, "h"), ip("10.1.0.5")
			if tt.had != nil {
				update(t, s, func(tx *kvstore.Tx) error { return kvstore.Save(tx, "ipam/ip/p/10.1.0.5", tt.had) })
			}
			err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error { return ipam.HoldRouter(tx, "p", addr, "x", "h") })
			if tt.refuse != "" {
				if !errors.Is(err, ipam.ErrTaken) || !strings.Contains(err.Error(), tt.refuse) {
					t.Errorf("HoldRouter: %v, want ErrTaken with %q", err, tt.refuse)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tt.held.Address = addr
			for name, hold := range map[string]func(*kvstore.Tx) error{
				"Hold": func(tx *kvstore.Tx) error { return ipam.Hold(tx, "p", addr, "x", "h") },
				"Take": func(tx *kvstore.Tx) error { return ipam.Take(tx, "p", addr, "x", "h") },
			} {
				if err := kvstore.Update(t.Context(), s, hold); !errors.Is(err, ipam.ErrTaken) || !strings.Contains(err.Error(), "router interface x") {
					t.Errorf("%s: %v, want ErrTaken", name, err)
				}
			}
			update(t, s, func(tx *kvstore.Tx) error { return ipam.Unhold(tx, "p", addr, "x") })
			update(t, s, func(tx *kvstore.Tx) error { return ipam.UnholdRouter(tx, "p", addr, "another") })
			wantClaims(t, a, "p", tt.held)
			for range 2 {
				update(t, s, func(tx *kvstore.Tx) error { return ipam.UnholdRouter(tx, "p", addr, "x") })
			}
			if tt.after == nil {
				wantClaims(t, a, "p")
				return
			}
			tt.after.Address = addr
			wantClaims(t, a, "p", *tt.after)
		})
	}
}

// TestRelease: a release that comes late frees nothing of a new owner.
func TestRelease(t *testing.T) {
	s := memory.New()
	a := allocator(t, s, "h")
	p := bound(t, s, "10.1.0.0/24")
	addr := request(t, a, p.ID)
	claims, err := a.Claims(t.Context(), p.ID)
	if err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	release := func() {
		t.Helper()
		if err := a.Release(t.Context(), claims[0]); err != nil {
			t.Fatal(err)
		}
	}
	release()
	wantClaims(t, a, p.ID)
	if _, err := a.RequestAddress(t.Context(), p.ID, ipam.AddressRequest{Address: addr, Owner: "new"}); err != nil {
		t.Fatal(err)
	}
	release()
	wantClaims(t, a, p.ID, ipam.Claim{Address: addr, Owner: "new", Named: true, Host: "h"})
}

// TestTake: an address that nobody named must be free altogether.
func TestTake(t *testing.T) {
	tests := []struct {
		name string
		had  *ipam.Claim
		want error
	}{
		{"free", nil, nil},
		{"the port's already", &ipam.Claim{Owner: "port", Holder: "port", Host: "h"}, nil},
		{"requested here", &ipam.Claim{Owner: "docker", Host: "h"}, ipam.ErrTaken},
		{"reserved", &ipam.Claim{Owner: "docker", Kind: ipam.KindReserved, Host: "h"}, ipam.ErrTaken},
		{"held by another", &ipam.Claim{Owner: "p2", Holder: "p2", Host: "h"}, ipam.ErrTaken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memory.New()
			if tt.had != nil {
				update(t, s, func(tx *kvstore.Tx) error { return kvstore.Save(tx, "ipam/ip/p/10.1.0.5", tt.had) })
			}
			err := kvstore.Update(t.Context(), s, func(tx *kvstore.Tx) error { return ipam.Take(tx, "p", ip("10.1.0.5"), "port", "h") })
			if !errors.Is(err, tt.want) {
				t.Errorf("Take: %v, want %v", err, tt.want)
			}
			if err == nil {
				wantClaims(t, allocator(t, s, "h"), "p", ipam.Claim{Address: ip("10.1.0.5"), Owner: "port", Holder: "port", Host: "h"})
			}
		})
	}
}
