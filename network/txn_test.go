package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// life is every kind of change, in an order that works: it begins and ends with
// nothing.
func life(ctx context.Context, m *Model) []func() error {
	result := func(_ any, err error) error { return err }
	return []func() error{
		func() error { return result(m.CreatePhysicals(ctx, vxlan("p", Range{1, 9}))) },
		func() error { return result(m.CreatePhysicalPorts(ctx, PhysicalPort{Network: "p", Name: "eth0"})) },
		func() error {
			return result(m.CreateNetworks(ctx, Spec{Network: Network{ID: "a", Physical: "p"},
				Subnets: []Subnet{{ID: "s", Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1")}}}, Spec{Network: Network{ID: "b", Physical: "p"}}))
		},
		func() error {
			return result(m.CreateSubnets(ctx, Subnet{ID: "t", Network: "b", Prefix: prefix("10.0.0.0/24")}))
		},
		func() error {
			return result(m.CreatePorts(ctx, Port{ID: "x", Network: "a", Addresses: []Address{{}}},
				Port{ID: "y", Network: "b", MAC: "02:00:00:00:00:01", Addresses: []Address{{Address: addr("10.0.0.9")}}}))
		},
		func() error {
			return result(m.UpdatePhysicals(ctx, Change[Physical]{"p", func(p *Physical) error { p.Ranges = []Range{{1, 5}}; return nil }}))
		},
		func() error {
			return result(m.UpdatePhysicalPorts(ctx, Change[PhysicalPort]{"|%|%|eth0", func(p *PhysicalPort) error { p.Meta = map[string]any{"a": "b"}; return nil }}))
		},
		func() error {
			return result(m.UpdateNetworks(ctx, Change[Network]{"a", func(n *Network) error { n.Segment = 0; return nil }}))
		},
		func() error {
			return result(m.UpdateSubnets(ctx, Change[Subnet]{"s", func(s *Subnet) error { s.Gateway = addr("10.0.0.7"); s.Start = addr("10.0.0.2"); return nil }}))
		},
		func() error {
			return result(m.UpdatePorts(ctx, Change[Port]{"y", func(p *Port) error { p.MAC = ""; p.Addresses[0].Address = netip.Addr{}; return nil }}))
		},
		func() error {
			return result(m.CreateRouters(ctx, Router{ID: "r", Routes: []Route{{prefix("172.16.0.0/12"), addr("10.0.0.3")}}}, Router{ID: "q"}))
		},
		func() error {
			return result(m.CreateRouterInterfaces(ctx, RouterInterface{ID: "rs", Router: "r", Subnet: "s"}, RouterInterface{ID: "qt", Router: "q", Subnet: "t", Address: addr("10.0.0.254")}))
		},
		func() error {
			return result(m.UpdateRouterInterfaces(ctx, Change[RouterInterface]{"rs", func(i *RouterInterface) error { i.Meta = map[string]any{"a": "b"}; return nil }}))
		},
		func() error {
			return result(m.UpdateSubnets(ctx, Change[Subnet]{"s", func(s *Subnet) error { s.Gateway = addr("10.0.0.8"); s.End = addr("10.0.0.9"); return nil }}))
		},
		func() error {
			return result(m.UpdateRouters(ctx, Change[Router]{"r", func(r *Router) error { r.Routes = nil; return nil }}))
		},
		func() error { return m.DeleteRouterInterfaces(ctx, "rs", "qt") },
		func() error { return m.DeleteRouters(ctx, "r", "q") },
		func() error { return m.DeletePorts(ctx, "x", "y") },
		func() error { return m.DeleteSubnets(ctx, "t") },
		func() error { return m.DeleteNetworks(ctx, "b") },
		func() error { return m.DeleteNetworksAndSubnets(ctx, "a") },
		func() error { return m.DeletePhysicalPorts(ctx, "|%|%|eth0") },
		func() error { return m.DeletePhysicals(ctx, "p") },
	}
}

// Each commit of each change is lost once, in every way: the call succeeds all
// the same, and does its work once.
func TestLostCommits(t *testing.T) {
	for _, faults := range [][]kvtest.Fault{
		{kvtest.Lost}, {kvtest.Applied}, {kvtest.Late}, {kvtest.Conflict},
		{kvtest.Late, kvtest.Late}, {kvtest.Lost, kvtest.Applied}, {kvtest.None, kvtest.Applied}, {kvtest.None, kvtest.Late},
		{kvtest.None, kvtest.None, kvtest.Applied},
	} {
		t.Run(fmt.Sprint(faults), func(t *testing.T) {
			store := memory.New()
			defer store.Close()
			var next func(string) kvtest.Fault
			m := modelOn(t, kvtest.NewFaulty(kvtest.Stale(store), func(call string) kvtest.Fault { return next(call) }), "host1")
			for i, step := range life(t.Context(), m) {
				next = kvtest.Commits(faults...)
				if err := step(); err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
				next = kvtest.Commits()
				audit(t, m)
			}
			if left := keys(t, store); len(left) > 0 {
				t.Errorf("left in the store: %v", left)
			}
		})
	}
}

// A store that goes away in the middle leaves nothing that a second call can't
// go on from.
func TestInterruptedCalls(t *testing.T) {
	for after := range 4 {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			store := memory.New()
			defer store.Close()
			away, commits := false, 0
			m := modelOn(t, kvtest.NewFaulty(store, func(call string) kvtest.Fault {
				if call == "commit" {
					commits++
				}
				if away && commits > after {
					return kvtest.Unavailable
				}
				return kvtest.None
			}), "host1")
			for i, step := range life(t.Context(), m) {
				away, commits = true, 0
				err := step()
				if away = false; err == nil {
					continue
				}
				if !errors.Is(err, kvstore.ErrUnavailable) {
					t.Errorf("step %d: %v", i, err)
				}
				if err := step(); err != nil && !errors.Is(err, ErrExists) && !errors.Is(err, ErrNotFound) {
					t.Errorf("step %d again: %v", i, err)
				}
				audit(t, m)
			}
			if err := m.allocator.Sweep(t.Context(), nil); err != nil {
				t.Error(err)
			}
			if left := keys(t, store); len(left) > 0 {
				t.Errorf("left in the store: %v", left)
			}
		})
	}
}

// A batch that is too large says how many fit, and that many do.
func TestTooManyAtOnce(t *testing.T) {
	m, store := newModel(t)
	newNetwork(t, m, "n", "10.0.0.0/16", "fd00::/64")
	many, used := newRouterOfMany(t, m, 150), 0
	tests := map[string]func(count int) error{
		"ports": func(count int) error {
			ports := make([]Port, count)
			for i := range ports {
				ports[i] = Port{Network: "n", Addresses: []Address{{}, {}}}
			}
			_, err := m.CreatePorts(t.Context(), ports...)
			return err
		},
		"networks": func(count int) error {
			specs := make([]Spec, count)
			for i := range specs {
				specs[i].Subnets = []Subnet{{Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1")}}
			}
			_, err := m.CreateNetworks(t.Context(), specs...)
			return err
		},
		"subnets": func(count int) error {
			subnets := make([]Subnet, count)
			for i := range subnets {
				subnets[i] = Subnet{Network: "n", Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(i), 0}), 24)}
			}
			_, err := m.CreateSubnets(t.Context(), subnets...)
			return err
		},
		"routers": func(count int) error {
			_, err := m.CreateRouters(t.Context(), make([]Router, count)...)
			return err
		},
		"router interfaces": func(count int) error {
			interfaces := make([]RouterInterface, count)
			for i := range interfaces {
				interfaces[i] = RouterInterface{Router: "r", Subnet: many[i+used], Address: addr(fmt.Sprintf("172.16.%d.1", i+used))}
			}
			_, err := m.CreateRouterInterfaces(t.Context(), interfaces...)
			if err == nil {
				used += count
			}
			return err
		},
		"physical networks": func(count int) error {
			ps := make([]Physical, count)
			for i := range ps {
				ps[i] = Physical{Type: Local, Meta: map[string]any{"x": strings.Repeat("x", 10000)}}
			}
			_, err := m.CreatePhysicals(t.Context(), ps...)
			return err
		},
	}
	for name, create := range tests {
		t.Run(name, func(t *testing.T) {
			before := snapshot(t, store)
			err := create(100)
			if !errors.Is(err, ErrInvalid) || !errors.Is(err, kvstore.ErrTooLarge) {
				t.Fatalf("error %v", err)
			}
			unchanged(t, store, before)
			said := regexp.MustCompile(`100 are too many for one transaction of the store: at most (\d+) fit, split the request`).FindStringSubmatch(err.Error())
			if said == nil {
				t.Fatal(err)
			}
			fit, _ := strconv.Atoi(said[1])
			if err := create(fit); err != nil {
				t.Errorf("%d fit, it said: %v", fit, err)
			}
			if err := create(fit + fit/2 + 2); err == nil {
				t.Errorf("it said that %d fit, but so do %d", fit, fit+fit/2+2)
			}
		})
	}
}

func TestOneThatIsTooLarge(t *testing.T) {
	m, _ := newModel(t)
	_, err := m.CreatePhysicals(t.Context(), Physical{ID: "p", Type: Local, Meta: map[string]any{"x": strings.Repeat("x", 400<<10)}})
	checkError(t, "large", err, ErrInvalid, "it is too large for the store: leave out attributes")
	_, err = m.CreatePhysicals(t.Context(), Physical{Type: Local}, Physical{Type: Local, Meta: map[string]any{"x": strings.Repeat("x", 400<<10)}})
	checkError(t, "one of two", err, ErrInvalid, "it is too large for the store: leave out attributes")
}

// A network with more subnets than a transaction takes is made, and deleted, in
// parts.
func TestNetworkWithTooManySubnets(t *testing.T) {
	m, _ := newModel(t)
	subnet := func(i int) Subnet {
		return Subnet{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(i), 0}), 24)}
	}
	all := make([]Subnet, 100)
	for i := range all {
		all[i] = subnet(i)
	}
	_, err := m.CreateNetworks(t.Context(), Spec{Network: Network{ID: "n"}, Subnets: all})
	checkError(t, "create", err, ErrInvalid, "it is too large for the store: leave out attributes, and subnets, which can be created afterwards")
	newNetwork(t, m, "n")
	for i := range all {
		s := subnet(i)
		s.Network = "n"
		if _, err := m.CreateSubnets(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	err = m.DeleteNetworksAndSubnets(t.Context(), "n")
	checkError(t, "delete", err, ErrInvalid, "it is too large for the store: delete its subnets first, by themselves")
	n, err := m.Network(t.Context(), "n")
	if err != nil || n.Deleting || len(n.Subnets) != len(all) {
		t.Errorf("after the refusal: %v, %v", n, err)
	}
}
