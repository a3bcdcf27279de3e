package ipamtest

import (
	"errors"
	"net/netip"
	"sync"

	"github.com/vlcp-go/vlcp/ipam"
)

// held: what a port uses, nobody frees and no other port gets.
func held(f *fixture) {
	p := f.network("10.1.0.0/24")
	a := f.any(p.ID)
	for range 2 {
		f.ok("Hold", f.Hold(f.ctx, p.ID, a, "one"))
	}
	if err := f.Hold(f.ctx, p.ID, a, "two"); !errors.Is(err, ipam.ErrTaken) {
		f.Errorf("Hold by another port: %v", err)
	}
	f.release(p.ID, a.String())
	f.refused(f, p.ID, ipam.AddressRequest{Address: a}, ipam.ErrTaken)
	f.ok("Unhold by another port", f.Unhold(f.ctx, p.ID, a, "two"))
	f.refused(f, p.ID, ipam.AddressRequest{Address: a}, ipam.ErrTaken)

	f.ok("Unhold", f.Unhold(f.ctx, p.ID, a, "one"))
	if f.Other != nil {
		f.refused(f.Other, p.ID, ipam.AddressRequest{Address: a}, ipam.ErrTaken)
	}
	f.release(p.ID, a.String())
	f.ok("Hold of a free address", f.Hold(f.ctx, p.ID, a, "two"))
	f.ok("Unhold", f.Unhold(f.ctx, p.ID, a, "two"))
	f.ask(f, p.ID, ipam.AddressRequest{Address: a, Owner: "whoever comes next"})
}

// contest: of many at once each gets an address of its own.
func contest(f *fixture) {
	p := f.network("10.1.0.0/24")
	f.share(p, f.IPAM)
}

func contestOfHosts(f *fixture) {
	if f.Other == nil {
		f.Skip("there is no other host")
	}
	p := f.network("10.1.0.0/24")
	f.share(p, f.IPAM, f.Other)
}

// share has eight workers empty a /24 with a gateway.
func (f *fixture) share(p ipam.Pool, hosts ...ipam.IPAM) {
	var mu sync.Mutex
	got := map[netip.Addr]int{}
	var wg sync.WaitGroup
	for i := range 8 {
		host := hosts[i%len(hosts)]
		wg.Go(func() {
			for {
				a, err := host.RequestAddress(f.ctx, p.ID, ipam.AddressRequest{})
				if errors.Is(err, ipam.ErrExhausted) {
					return
				}
				if err != nil {
					f.Errorf("RequestAddress: %v", err)
					return
				}
				mu.Lock()
				got[a.Addr()]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for a, n := range got {
		if n != 1 {
			f.Errorf("%s was given %d times", a, n)
		}
	}
	if len(got) != 253 {
		f.Errorf("%d addresses were given, want 253", len(got))
	}
}
