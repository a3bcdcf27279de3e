package network

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// chance makes the input of the calls, right and wrong.
type chance struct{ *rand.Rand }

func (c chance) id(kind string, n int) string { return fmt.Sprint(kind, c.IntN(n)) }

func (c chance) address() netip.Addr {
	switch c.IntN(8) {
	case 0:
		return netip.Addr{}
	case 1:
		return netip.AddrFrom16([16]byte{0: 0xfd, 15: byte(c.IntN(4))})
	}
	return netip.AddrFrom4([4]byte{10, 0, byte(c.IntN(3)), []byte{0, 1, 2, 3, 127, 255}[c.IntN(6)]})
}

// within is mostly an address of a prefix.
func (c chance) within(p netip.Prefix) netip.Addr {
	if !p.IsValid() || c.IntN(4) == 0 {
		return c.address()
	}
	a := p.Addr()
	for range c.IntN(6) {
		a = a.Next()
	}
	return a
}

// mostly is mostly a key of what there is.
func mostly[V any](c chance, all map[string]V, kind string, n int) string {
	if len(all) == 0 || c.IntN(4) == 0 {
		return c.id(kind, n)
	}
	return slices.Sorted(maps.Keys(all))[c.IntN(len(all))]
}

func (c chance) prefix() netip.Prefix {
	if c.IntN(6) == 0 {
		return prefix("fd00::/64")
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(c.IntN(3)), 0}), 23+c.IntN(3)).Masked()
}

func (c chance) routes(r *reference) (all []Route) {
	for range c.IntN(3) {
		hop := c.within(r.subnets[mostly(c, r.subnets, "s", 6)].Prefix)
		if !hop.IsValid() {
			hop = netip.IPv4Unspecified()
		}
		destinations := []netip.Prefix{prefix("0.0.0.0/0"), prefix("172.16.0.0/12"), prefix("::/0"), c.prefix()}
		all = append(all, Route{destinations[c.IntN(len(destinations))], hop})
	}
	return all
}

func (c chance) ids(kind string, n int) []string {
	all := map[string]bool{}
	for range 1 + c.IntN(2) {
		all[c.id(kind, n)] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func (c chance) subnet() Subnet {
	s := Subnet{ID: c.id("s", 6), Network: c.id("n", 2), Prefix: c.prefix(), External: c.IntN(10) == 0}
	s.Gateway = c.within(s.Prefix)
	return s
}

// network is one with up to two subnets, in a router or not.
func (c chance) network(r *reference) Spec {
	x := Spec{Network: Network{ID: c.id("n", 2)}}
	for range c.IntN(3) {
		if s := c.subnet(); len(x.Subnets) == 0 || x.Subnets[0].ID != s.ID {
			x.Subnets = append(x.Subnets, s)
		}
	}
	if c.IntN(2) == 0 {
		x.Router = mostly(c, r.routers, "r", 3)
	}
	return x
}

func (c chance) interfaces(r *reference) (all []RouterInterface) {
	router := mostly(c, r.routers, "r", 3)
	for _, id := range c.ids("i", 6) {
		i := RouterInterface{ID: id, Router: router, Subnet: mostly(c, r.subnets, "s", 6)}
		if c.IntN(2) == 0 {
			i.Address = c.within(r.subnets[i.Subnet].Prefix)
		}
		all = append(all, i)
	}
	return all
}

// step makes a call of the model, and does the same with the reference.
func (c chance) step(t *testing.T, m *Model, r *reference) (call string, want refusals, err error) {
	ctx := t.Context()
	switch c.IntN(14) {
	case 0:
		x := c.network(r)
		_, err = m.CreateNetworks(ctx, x)
		return fmt.Sprintf("create %+v", x), r.createNetwork(x), err
	case 1, 2:
		s := c.subnet()
		_, err = m.CreateSubnets(ctx, s)
		return fmt.Sprintf("create %+v", s), r.createSubnet(s), err
	case 3:
		id := mostly(c, r.subnets, "s", 6)
		a := c.within(r.subnets[id].Prefix)
		_, err = m.UpdateSubnets(ctx, Change[Subnet]{id, func(s *Subnet) error { s.Gateway = a; return nil }})
		return fmt.Sprint("gateway of ", id, " ", a), r.setGateway(id, a), err
	case 4:
		id := mostly(c, r.subnets, "s", 12)
		return "delete subnet " + id, r.deleteSubnet(id), m.DeleteSubnets(ctx, id)
	case 5:
		if c.IntN(5) > 0 {
			id := mostly(c, r.ports, "p", 4)
			return "delete port " + id, r.deletePort(id), m.DeletePorts(ctx, id)
		}
		id := c.id("n", 2)
		return "delete network " + id, r.deleteNetwork(id), m.DeleteNetworksAndSubnets(ctx, id)
	case 6:
		s := r.subnets[mostly(c, r.subnets, "s", 6)]
		p := Port{ID: c.id("p", 4), Network: cmp.Or(s.Network, "n0"), Addresses: []Address{{cmp.Or(s.ID, "none"), addr("10.0.0.1")}}}
		if a := c.within(s.Prefix); a.IsValid() {
			p.Addresses[0].Address = a
		}
		_, err = m.CreatePorts(ctx, p)
		return fmt.Sprintf("create %+v", p), r.createPort(p), err
	case 7:
		x := Router{ID: c.id("r", 3), Routes: c.routes(r)}
		_, err = m.CreateRouters(ctx, x)
		return fmt.Sprintf("create %+v", x), r.createRouter(x), err
	case 8:
		id, routes := mostly(c, r.routers, "r", 3), c.routes(r)
		_, err = m.UpdateRouters(ctx, Change[Router]{id, func(x *Router) error { x.Routes = routes; return nil }})
		return fmt.Sprint("routes of ", id, " ", routes), r.updateRouter(id, routes), err
	case 9:
		ids := c.ids("r", 5)
		return fmt.Sprint("delete routers ", ids), one(ids, r.deleteRouter), m.DeleteRouters(ctx, ids...)
	case 10, 11, 12:
		all := c.interfaces(r)
		_, err = m.CreateRouterInterfaces(ctx, all...)
		return fmt.Sprintf("create %+v", all), one(all, r.createInterface), err
	default:
		ids := c.ids("i", 6)
		return fmt.Sprint("delete interfaces ", ids), one(ids, r.deleteInterface), m.DeleteRouterInterfaces(ctx, ids...)
	}
}

// one makes a call of several objects: the first that is refused ends it.
func one[T any](all []T, do func(T) refusals) refusals {
	for _, o := range all {
		if refused := do(o); len(refused) > 0 {
			return refused
		}
	}
	return nil
}

// TestRoutersAsThePlainReference makes random calls, right and wrong: the model
// refuses what the reference does, and both have the same objects.
func TestRoutersAsThePlainReference(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m, _ := newModel(t)
			r, c := newReference(), chance{rand.New(rand.NewPCG(seed, 7))}
			for range 400 {
				after := r.clone()
				call, want, err := c.step(t, m, after)
				if len(want) == 0 && err == nil {
					r = after
				}
				if (err == nil) != (len(want) == 0) || err != nil && !slices.ContainsFunc(want, func(kind error) bool { return errors.Is(err, kind) }) {
					t.Fatalf("%s: %v, want %v", call, err, want)
				}
				r.compare(t, m, call)
			}
			audit(t, m)
		})
	}
}

// compare compares what the model has with the reference.
func (r *reference) compare(t *testing.T, m *Model, call string) {
	t.Helper()
	routers := map[string]Router{}
	for _, x := range must[[]Router](t)(m.Routers(t.Context())) {
		x.Interfaces = nil // which audit compares
		routers[x.ID] = x
	}
	ifaces := map[string]RouterInterface{}
	for _, i := range must[[]RouterInterface](t)(m.RouterInterfaces(t.Context(), "")) {
		ifaces[i.ID] = i
	}
	if diff := gocmp.Diff(r.routers, routers, equateNetip) + gocmp.Diff(r.ifaces, ifaces, equateNetip); diff != "" {
		t.Fatalf("%s (-want +got)\n%s", call, diff)
	}
}
