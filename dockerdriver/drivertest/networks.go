package drivertest

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

func networks(f *fixture) {
	s := spec("n", "192.168.1.0/24", "fd00::/64")
	s.Subnets[0].HostRoutes = []network.Route{{Destination: netip.MustParsePrefix("10.0.0.0/8"), NextHop: netip.MustParseAddr("192.168.1.254")}}
	s.Subnets[0].DisableGateway = true
	s.Network.MTU = 1400
	n := f.create(s)
	if n.ID != "n" || n.Physical == "" || n.Number == 0 || n.MTU != 1400 {
		f.Errorf("CreateNetwork = %+v", n)
	}
	got, err := f.Network(f.ctx, "n")
	f.ok("Network", err)
	f.same("Network", n, got.Network)
	if len(got.Subnets) != 2 {
		f.Fatalf("%d subnets", len(got.Subnets))
	}
	for i, sub := range got.Subnets {
		if sub.Pool == "" || sub.Network != "n" || sub.Prefix != s.Subnets[i].Prefix || sub.Gateway != s.Subnets[i].Gateway {
			f.Errorf("subnet %+v", sub)
		}
	}
	f.same("host routes", s.Subnets[0].HostRoutes, got.Subnets[0].HostRoutes)
	if !got.Subnets[0].DisableGateway || got.Subnets[1].DisableGateway {
		f.Error("disablegateway got lost")
	}
	f.ports("n")
	for range 2 {
		f.ok("DeleteNetwork", f.DeleteNetwork(f.ctx, "n"))
		_, err = f.Network(f.ctx, "n")
		f.fails("Network after DeleteNetwork", err, network.ErrNotFound)
	}
}

// networkAgain: the same question gets the same answer.
func networkAgain(f *fixture) {
	s := spec("n", "192.168.1.0/24")
	n := f.create(s)
	f.same("CreateNetwork again", n, f.create(s))
	s.Network.MTU = 1300
	_, err := f.CreateNetwork(f.ctx, s)
	f.fails("CreateNetwork with another content", err, network.ErrExists)
	other := f.create(spec("other", "192.168.1.0/24"))
	if other.Number == n.Number {
		f.Error("two networks have one number")
	}
	_, err = f.CreateNetwork(f.ctx, network.Spec{Network: network.Network{ID: "lost", Physical: "missing"}})
	f.fails("CreateNetwork on a missing physical network", err, network.ErrNotFound)
	_, err = f.Network(f.ctx, "lost")
	f.fails("Network that was refused", err, network.ErrNotFound)
}

func networkInUse(f *fixture) {
	f.create(spec("n", "192.168.1.0/24"))
	f.plug(port("p", "n", "192.168.1.2"))
	f.fails("DeleteNetwork with a port", f.DeleteNetwork(f.ctx, "n"), network.ErrInUse)
	f.plug(port("q", "n", "192.168.1.3")) // it goes on as before
	f.unplug("p")
	f.unplug("q")
	f.ok("DeleteNetwork", f.DeleteNetwork(f.ctx, "n"))
}

// pools: a network takes the pool that was asked for it.
func pools(f *fixture) {
	pool, err := f.ipam.RequestPool(f.ctx, ipam.PoolRequest{Space: "s", Prefix: netip.MustParsePrefix("192.168.1.0/24")})
	f.ok("RequestPool", err)
	gateway, err := f.ipam.RequestAddress(f.ctx, pool.ID, ipam.AddressRequest{Gateway: true})
	f.ok("RequestAddress of the gateway", err)
	s := spec("n", "192.168.1.0/24")
	s.Subnets[0].Pool, s.Subnets[0].Gateway = pool.ID, gateway.Addr()
	n := f.create(s)
	f.same("CreateNetwork again", n, f.create(s))

	_, err = f.ipam.FindPool(f.ctx, "s", pool.Handle)
	f.fails("FindPool of a pool that a network took", err, ipam.ErrNotFound)
	got, err := f.Network(f.ctx, "n")
	f.ok("Network", err)
	if sub := got.Subnets[0]; sub.Pool != pool.ID || sub.Gateway != gateway.Addr() || !sub.AutoGateway {
		f.Errorf("subnet %+v: want pool %s and its automatic gateway", sub, pool.ID)
	}
	a, err := f.ipam.RequestAddress(f.ctx, pool.ID, ipam.AddressRequest{})
	f.ok("RequestAddress", err)
	f.plug(port("p", "n", a.Addr().String()))

	f.ok("ReleasePool", f.ipam.ReleasePool(f.ctx, pool.ID))
	f.unplug("p")
	f.ok("DeleteNetwork", f.DeleteNetwork(f.ctx, "n"))
	_, err = f.ipam.RequestAddress(f.ctx, pool.ID, ipam.AddressRequest{})
	f.fails("RequestAddress of a network that is gone", err, ipam.ErrNotFound)
}
