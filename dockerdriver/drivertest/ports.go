package drivertest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

func plug(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	p := withMAC(port("p", "n", "192.168.1.2"), "02:00:00:00:00:99")
	p.Port.Allowed = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	p.Port.Meta = map[string]any{"color": "red"}
	att := f.plug(p)
	if att.Port.MAC != p.Port.MAC || att.Network.ID != "n" || att.Subnets[0].Prefix != netip.MustParsePrefix("192.168.1.0/24") {
		f.Errorf("Plug = %+v", att)
	}
	f.same("address", "192.168.1.2", att.Port.Addresses[0].Address.String())
	f.same("allowed addresses", p.Port.Allowed, att.Port.Allowed)
	f.same("metadata", p.Port.Meta, att.Port.Meta)
	f.same("owner", owner, att.Port.Owner)

	automatic := f.plug(port("q", "n", "192.168.1.3"))
	if automatic.Port.MAC == att.Port.MAC || automatic.Device == att.Device {
		f.Errorf("two ports have one MAC or device: %+v", automatic)
	}
	f.ports("n", "p", "q")
}

// plugAgain: the same question gets the same answer.
func plugAgain(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	p := port("p", "n", "192.168.1.2")
	att := f.plug(p)
	f.same("Plug again", att, f.plug(p))
	f.ports("n", "p")
}

func plugRefused(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	f.plug(withMAC(port("p", "n", "192.168.1.2"), "02:00:00:00:00:99"))
	for _, tt := range []struct {
		what string
		plug network.Plug
		want error
	}{
		{"an address that a port has", port("q", "n", "192.168.1.2"), ipam.ErrTaken},
		{"an address that a port has", port("q", "n", "192.168.1.2"), network.ErrInUse},
		{"a MAC that a port has", withMAC(port("q", "n"), "02:00:00:00:00:99"), network.ErrInUse},
		{"the broadcast address", port("q", "n", "192.168.1.255"), ipam.ErrOutside},
		{"the broadcast address", port("q", "n", "192.168.1.255"), network.ErrInvalid},
		{"the gateway", port("q", "n", "192.168.1.1"), network.ErrInvalid},
		{"an address of no subnet", port("q", "n", "192.168.2.2"), network.ErrInvalid},
		{"a MAC that is none", withMAC(port("q", "n"), "x"), network.ErrInvalid},
		{"a network that is missing", port("q", "missing"), network.ErrNotFound},
	} {
		_, err := f.Plug(f.ctx, tt.plug)
		f.fails("Plug with "+tt.what, err, tt.want)
		_, err = f.Ready(f.ctx, "q")
		f.fails("Ready after a refused Plug", err, network.ErrNotFound)
	}
	f.ports("n", "p")
}

func plugWithoutAddress(f *fixture) {
	f.create(spec("l2"))
	f.create(spec("n", "192.168.1.0/24"))
	for _, net := range []string{"l2", "n"} {
		if att := f.plug(port("in-"+net, net)); len(att.Port.Addresses) != 0 {
			f.Errorf("a port that asked for no address got %v", att.Port.Addresses)
		}
	}
}

func plugBothFamilies(f *fixture) {
	f.create(spec("n", "192.168.1.0/24", "fd00::/64"))
	att := f.plug(port("p", "n", "192.168.1.2", "fd00::2"))
	for i, want := range []string{"192.168.1.0/24", "fd00::/64"} {
		f.same("subnet", want, att.Subnets[i].Prefix.String())
	}
}

func ready(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	att := f.plug(port("p", "n", "192.168.1.2"))
	for range 2 {
		got, err := f.Ready(f.ctx, "p")
		f.ok("Ready", err)
		f.same("Ready", att, got)
	}
	_, err := f.Ready(f.ctx, "missing")
	f.fails("Ready of a missing port", err, network.ErrNotFound)
}

func unplug(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	f.plug(port("p", "n", "192.168.1.2"))
	f.unplug("p")
	f.unplug("p")
	f.unplug("missing")
	f.ports("n")
	_, err := f.Ready(f.ctx, "p")
	f.fails("Ready after Unplug", err, network.ErrNotFound)
	f.plug(port("q", "n", "192.168.1.2")) // nobody asked the IPAM for it: it is free
}

// addressesStayClaimed: Docker gives back itself what it asked for.
func addressesStayClaimed(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	s, err := f.Network(f.ctx, "n")
	f.ok("Network", err)
	pool := s.Subnets[0].Pool
	a, err := f.ipam.RequestAddress(f.ctx, pool, ipam.AddressRequest{})
	f.ok("RequestAddress", err)
	f.plug(port("p", "n", a.Addr().String()))
	f.ok("ReleaseAddress of an address in use", f.ipam.ReleaseAddress(f.ctx, pool, a.Addr()))
	f.unplug("p")
	again := ipam.AddressRequest{Address: a.Addr(), Owner: "somebody else"}
	_, err = f.ipam.RequestAddress(f.ctx, pool, again)
	f.fails("RequestAddress after Unplug", err, ipam.ErrTaken)
	f.ok("ReleaseAddress", f.ipam.ReleaseAddress(f.ctx, pool, a.Addr()))
	_, err = f.ipam.RequestAddress(f.ctx, pool, again)
	f.ok("RequestAddress after ReleaseAddress", err)
}

func manyAtOnce(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	const n = 16
	var wg sync.WaitGroup
	all := make([]network.Attachment, n)
	for i := range n {
		wg.Go(func() {
			var err error
			all[i], err = f.Plug(f.ctx, port(fmt.Sprintf("p%02d", i), "n", fmt.Sprintf("192.168.1.%d", i+2)))
			f.ok("Plug", err)
		})
	}
	wg.Wait()
	devices, macs := map[string]bool{}, map[string]bool{}
	for _, a := range all {
		devices[a.Device], macs[a.Port.MAC] = true, true
	}
	if len(devices) != n || len(macs) != n {
		f.Errorf("%d ports have %d devices and %d MACs", n, len(devices), len(macs))
	}
	for i := range n {
		wg.Go(func() { f.unplug(fmt.Sprintf("p%02d", i)) })
	}
	wg.Wait()
	f.ports("n")
}

// cancelled: a call ends with its context, and an error leaves nothing.
func cancelled(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	_, err := f.Plug(ctx, port("p", "n", "192.168.1.2"))
	if err == nil || !errors.Is(err, context.Canceled) {
		f.Errorf("Plug of a call that ended: %v", err)
	}
	f.ports("n")
}
