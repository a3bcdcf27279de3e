package ipamtest

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
)

// fixture is one test with its System; its methods fail the test.
type fixture struct {
	*testing.T
	ctx context.Context
	System
}

// pool requests a pool of a given prefix.
func (f *fixture) pool(prefix string) ipam.Pool {
	f.Helper()
	return f.request(ipam.PoolRequest{Prefix: netip.MustParsePrefix(prefix)})
}

func (f *fixture) request(r ipam.PoolRequest) ipam.Pool {
	f.Helper()
	p, err := f.RequestPool(f.ctx, r)
	if err != nil {
		f.Fatalf("RequestPool(%+v): %v", r, err)
	}
	return p
}

// network requests a pool and binds it to a subnet with the first address as
// its gateway.
func (f *fixture) network(prefix string) ipam.Pool {
	f.Helper()
	p := f.pool(prefix)
	f.bind(p, ipam.Binding{Gateway: f.gateway(p.ID, "").Addr()})
	return p
}

// bind binds a pool to a network of its own.
func (f *fixture) bind(p ipam.Pool, b ipam.Binding) {
	f.Helper()
	b.Network, b.Subnet = "net-"+p.ID, "subnet-"+p.ID
	if err := f.Bind(f.ctx, p.ID, b); err != nil {
		f.Fatalf("Bind(%s, %+v): %v", p.Prefix, b, err)
	}
}

func (f *fixture) gateway(pool, address string) netip.Prefix {
	f.Helper()
	return f.ask(f, pool, ipam.AddressRequest{Address: addr(address), Gateway: true})
}

// any requests an automatic address.
func (f *fixture) any(pool string) netip.Addr {
	f.Helper()
	return f.ask(f, pool, ipam.AddressRequest{}).Addr()
}

// given requests a given address.
func (f *fixture) given(pool, address string) {
	f.Helper()
	f.ask(f, pool, ipam.AddressRequest{Address: addr(address)})
}

func (f *fixture) ask(i ipam.IPAM, pool string, r ipam.AddressRequest) netip.Prefix {
	f.Helper()
	got, err := i.RequestAddress(f.ctx, pool, r)
	if err != nil {
		f.Fatalf("RequestAddress(%+v): %v", r, err)
	}
	if r.Address.IsValid() && got.Addr() != r.Address {
		f.Fatalf("RequestAddress(%s) = %s", r.Address, got)
	}
	return got
}

// refused requests an address and wants an error.
func (f *fixture) refused(i ipam.IPAM, pool string, r ipam.AddressRequest, want error) error {
	f.Helper()
	got, err := i.RequestAddress(f.ctx, pool, r)
	if !errors.Is(err, want) {
		f.Fatalf("RequestAddress(%+v) = %s, %v; want %v", r, got, err, want)
	}
	return err
}

func (f *fixture) release(pool, address string) {
	f.Helper()
	if err := f.ReleaseAddress(f.ctx, pool, addr(address)); err != nil {
		f.Fatalf("ReleaseAddress(%s): %v", address, err)
	}
}

// wants compares an address or a prefix.
func (f *fixture) wants(what string, got interface{ String() string }, want string) {
	f.Helper()
	if got.String() != want {
		f.Errorf("%s: %s, want %s", what, got, want)
	}
}

func (f *fixture) ok(what string, err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("%s: %v", what, err)
	}
}

// addr parses an address; "" is the zero one.
func addr(s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(s)
}

func prefix(s string) netip.Prefix {
	if s == "" {
		return netip.Prefix{}
	}
	return netip.MustParsePrefix(s)
}
