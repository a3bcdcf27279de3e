package ipam_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func avoid(prefixes ...string) func(context.Context) ([]netip.Prefix, error) {
	return func(context.Context) (all []netip.Prefix, err error) {
		for _, p := range prefixes {
			all = append(all, netip.MustParsePrefix(p))
		}
		return all, nil
	}
}

func TestAutomaticPrefix(t *testing.T) {
	p4, p6 := netip.MustParsePrefix("10.0.0.0/22"), netip.MustParsePrefix("fd00:1::/63")
	tests := []struct {
		name   string
		config ipam.Config
		v6     bool
		pools  string // that there are
		want   string // the prefix, or part of the error
	}{
		{name: "first", want: "10.0.0.0/24"},
		{name: "beside routes", config: ipam.Config{Avoid: avoid("0.0.0.0/0", "10.0.0.7/32", "10.0.1.0/24", "fd00::/8")}, want: "10.0.2.0/24"},
		{name: "beside a wide route", config: ipam.Config{Avoid: avoid("10.0.0.0/15")}, want: "10.2.0.0/24"},
		{name: "beside networks", pools: "10.0.0.0/24 10.0.1.128/25", want: "10.0.2.0/24"},
		{name: "from pool4", config: ipam.Config{Pool4: netip.MustParsePrefix("172.20.0.0/16")}, want: "172.20.0.0/24"},
		{name: "from a small pool4", config: ipam.Config{Pool4: netip.MustParsePrefix("172.20.0.64/26")}, want: "172.20.0.64/26"},
		{name: "beside another half", config: ipam.Config{Pool4: netip.MustParsePrefix("172.20.0.64/26"), Avoid: avoid("172.20.0.0/26")}, want: "172.20.0.64/26"},
		{name: "pool4 full", config: ipam.Config{Pool4: p4}, pools: "10.0.0.0/23 10.0.2.0/23", want: "set pool4"},
		{name: "pool4 below a route", config: ipam.Config{Avoid: avoid("10.0.0.0/8")}, want: "set pool4"},
		{name: "pool4 is IPv6", config: ipam.Config{Pool4: p6}, want: "pool4 is fd00:1::/63"},
		{name: "from pool6", v6: true, config: ipam.Config{Pool6: p6}, want: "fd00:1::/64"},
		{name: "beside IPv6 networks", v6: true, config: ipam.Config{Pool6: p6}, pools: "fd00:1::/64", want: "fd00:1:0:1::/64"},
		{name: "pool6 full", v6: true, config: ipam.Config{Pool6: p6}, pools: "fd00:1::/48", want: "set pool6"},
		{name: "pool6 is IPv4", v6: true, config: ipam.Config{Pool6: p4}, want: "pool6 is 10.0.0.0/22"},
		{name: "routes unknown", want: "routes of this host: no netlink", config: ipam.Config{
			Avoid: func(context.Context) ([]netip.Prefix, error) { return nil, errors.New("no netlink") },
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := ipam.New(memory.New(), tt.config)
			defer a.Close()
			for p := range strings.FieldsSeq(tt.pools) {
				if _, err := a.RequestPool(t.Context(), ipam.PoolRequest{Prefix: netip.MustParsePrefix(p)}); err != nil {
					t.Fatal(err)
				}
			}
			got, err := a.RequestPool(t.Context(), ipam.PoolRequest{Space: "s", V6: tt.v6})
			if err != nil && !strings.Contains(err.Error(), tt.want) || err == nil && got.Prefix.String() != tt.want {
				t.Errorf("RequestPool = %s, %v; want %q", got.Prefix, err, tt.want)
			}
		})
	}
}

// TestLocalPrefix: all hosts cut the same unique local /48, another store
// another one.
func TestLocalPrefix(t *testing.T) {
	cut := func(s *memory.Store) netip.Prefix {
		a := ipam.New(s, ipam.Config{})
		defer a.Close()
		p, err := a.RequestPool(t.Context(), ipam.PoolRequest{V6: true})
		if err != nil {
			t.Fatal(err)
		}
		return p.Prefix
	}
	s := memory.New()
	first, second, elsewhere := cut(s), cut(s.Session()), cut(memory.New())
	home := netip.PrefixFrom(first.Addr(), 48).Masked()
	if first.Bits() != 64 || first.Addr().As16()[0] != 0xfd || !home.Contains(second.Addr()) || first == second {
		t.Errorf("automatic IPv6 prefixes %s and %s", first, second)
	}
	if home.Contains(elsewhere.Addr()) {
		t.Errorf("another store has the same prefix %s", home)
	}
}

// TestAutomaticPrefixesAtOnce: hosts that create networks at the same time get
// different prefixes, none left out.
func TestAutomaticPrefixesAtOnce(t *testing.T) {
	s := memory.New()
	var mu sync.Mutex
	got := map[netip.Prefix]bool{}
	var wg sync.WaitGroup
	const hosts, each = 8, 8
	for range hosts {
		a := allocator(t, s.Session(), "h")
		wg.Go(func() {
			for range each {
				p, err := a.RequestPool(t.Context(), ipam.PoolRequest{})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				got[p.Prefix] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for i := range hosts * each {
		want := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 24)
		if !got[want] {
			t.Errorf("nobody got %s", want)
		}
	}
}
