package network

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// Networks with the same subnet are created at the same time, each an address
// space of its own.
func TestSameSubnetAtTheSameTime(t *testing.T) {
	_, store := newModel(t)
	const hosts = 8
	var created [hosts]Network
	var wg sync.WaitGroup
	for i := range hosts {
		m := modelOn(t, store.Session(), fmt.Sprint("host", i))
		wg.Go(func() {
			ns, err := m.CreateNetworks(t.Context(), Spec{
				Network: Network{ID: fmt.Sprint("net", i)},
				Subnets: []Subnet{{Prefix: prefix("10.0.0.0/24"), Gateway: addr("10.0.0.1")}},
			})
			if err != nil {
				t.Error(err)
				return
			}
			created[i] = ns[0]
			ports, err := m.CreatePorts(t.Context(), Port{Network: ns[0].ID, Addresses: []Address{{}}})
			if err != nil || ports[0].Addresses[0].Address != addr("10.0.0.2") {
				t.Errorf("ports %v, %v", ports, err)
			}
		})
	}
	wg.Wait()
	segments := project(created[:], func(n Network) uint32 { return n.Segment })
	slices.Sort(segments)
	if len(slices.Compact(segments)) != hosts || segments[hosts-1] >= 10000+2<<maxDoublings {
		t.Errorf("VNIs %v", segments)
	}
	m := modelOn(t, store, "host")
	if all := must[[]Physical](t)(m.Physicals(t.Context())); len(all) != 1 {
		t.Errorf("physical networks %v", all)
	}
	audit(t, m)
}

// Ports are created in one network by many hosts at the same time.
func TestPortsAtTheSameTime(t *testing.T) {
	m, store := newModel(t)
	newNetwork(t, m, "n", "10.0.0.0/25")
	const hosts, each = 6, 20
	var wg sync.WaitGroup
	for i := range hosts {
		m := modelOn(t, store.Session(), fmt.Sprint("host", i))
		wg.Go(func() {
			for range each {
				if _, err := m.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{}}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if ports := must[[]Port](t)(m.Ports(t.Context(), "n")); len(ports) != hosts*each {
		t.Errorf("%d ports", len(ports))
	}
	audit(t, m)
}

// Hosts make, change and delete the same few objects at random, over a store
// that loses every third answer and reads as stale as it may.
func TestManyHostsAtRandom(t *testing.T) {
	store := memory.New()
	defer store.Close()
	var hosts atomic.Uint64
	manyHostsAtRandom(t, 150, func(testing.TB) kvstore.Store {
		return kvtest.NewFaulty(kvtest.Stale(store), kvtest.Sometimes(hosts.Add(1), kvtest.None, kvtest.Lost, kvtest.Applied, kvtest.Late, kvtest.Conflict))
	}, store)
}

// manyHostsAtRandom: whatever the hosts are told, what is stored obeys the rules;
// and when all is deleted, nothing is left. Each has its own session, and store
// is one that loses nothing.
func manyHostsAtRandom(t *testing.T, changes int, session kvtest.Open, store kvstore.Store) {
	if err := CheckSchema(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		m := modelOn(t, session(t), fmt.Sprint("host", i))
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			for range changes {
				if err := change(t.Context(), m, rng); !allowed(err) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	m := modelOn(t, store, "host")
	audit(t, m)
	deleteAll(t, m)
	if left := keys(t, store); !slices.Equal(left, []string{schemaKey}) {
		t.Errorf("left in the store: %v", left)
	}
}

// allowed tells whether an error is a rule's.
func allowed(err error) bool {
	var e *Error
	return err == nil || errors.As(err, &e) && slices.ContainsFunc([]error{ErrNotFound, ErrExists, ErrInUse, ErrInvalid, ErrExhausted, ErrDeleting},
		func(kind error) bool { return errors.Is(err, kind) })
}

// change makes one change at random.
func change(ctx context.Context, m *Model, rng *rand.Rand) error {
	pick := func(prefix string, n int) string { return fmt.Sprint(prefix, rng.IntN(n)) }
	network, subnet, port := pick("n", 3), pick("s", 4), pick("p", 12)
	cut := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(rng.IntN(3)), 0}), 23+rng.IntN(6))
	var address netip.Addr
	if rng.IntN(2) == 0 {
		address = netip.AddrFrom4([4]byte{10, 0, byte(rng.IntN(3)), byte(1 + rng.IntN(5))})
	}
	router := pick("r", 3)
	i := fmt.Sprint("i", subnet, rng.IntN(2))
	var err error
	switch rng.IntN(19) {
	case 0:
		spec := Spec{Network: Network{ID: network}, Subnets: []Subnet{{ID: subnet, Prefix: cut}}}
		if rng.IntN(2) == 0 {
			spec.Subnets[0].Gateway, spec.Router = cut.Addr().Next(), router
		}
		_, err = m.CreateNetworks(ctx, spec)
	case 1:
		_, err = m.CreateSubnets(ctx, Subnet{ID: subnet, Network: network, Prefix: cut, Gateway: cut.Addr().Next()})
	case 2, 3, 4, 5:
		_, err = m.CreatePorts(ctx, Port{ID: port, Network: network, Addresses: []Address{{Address: address}}})
	case 6:
		_, err = m.UpdatePorts(ctx, Change[Port]{port, func(p *Port) error { p.MAC, p.Addresses = "", []Address{{Address: address}}; return nil }})
	case 7:
		_, err = m.UpdateSubnets(ctx, Change[Subnet]{subnet, func(s *Subnet) error { s.Gateway, s.End = address, s.Start.Next(); return nil }})
	case 8:
		_, err = m.UpdateNetworks(ctx, Change[Network]{network, func(n *Network) error { n.Segment = 10000 + rng.Uint32N(4); return nil }})
	case 9:
		err = m.DeletePorts(ctx, port)
	case 10:
		err = m.DeleteSubnets(ctx, subnet)
	case 11:
		err = errors.Join(m.DeleteNetworksAndSubnets(ctx, network), m.DeleteUnusedDefault(ctx))
	case 12:
		_, err = m.CreateRouters(ctx, Router{ID: router, Routes: []Route{{prefix("172.16.0.0/12"), addr("10.0.0.3")}}})
	case 13, 14, 15:
		_, err = m.CreateRouterInterfaces(ctx, RouterInterface{ID: i, Router: router, Subnet: subnet, Address: address})
	case 16:
		_, err = m.UpdateRouters(ctx, Change[Router]{router, func(r *Router) error { r.Routes = []Route{{cut, address}}; return nil }})
	case 17:
		err = m.DeleteRouterInterfaces(ctx, i)
	case 18:
		err = m.DeleteRouters(ctx, router)
	}
	return err
}

// deleteAll deletes every object, children first.
func deleteAll(t *testing.T, m *Model) {
	t.Helper()
	ctx := context.Background()
	for _, r := range must[[]Router](t)(m.Routers(ctx)) {
		_, err := m.UpdateRouters(ctx, Change[Router]{r.ID, func(r *Router) error { r.Routes = nil; return nil }})
		checkError(t, r.ID, err, nil, "")
		checkError(t, r.ID, m.DeleteRouterInterfaces(ctx, slices.Collect(maps.Keys(r.Interfaces))...), nil, "")
		checkError(t, r.ID, m.DeleteRouters(ctx, r.ID), nil, "")
	}
	for _, p := range must[[]Port](t)(m.Ports(ctx, "")) {
		checkError(t, p.ID, m.DeletePorts(ctx, p.ID), nil, "")
	}
	for _, n := range must[[]Network](t)(m.Networks(ctx)) {
		checkError(t, n.ID, m.DeleteNetworksAndSubnets(ctx, n.ID), nil, "")
	}
	for _, p := range must[[]PhysicalPort](t)(m.PhysicalPorts(ctx)) {
		checkError(t, p.ID(), m.DeletePhysicalPorts(ctx, p.ID()), nil, "")
	}
	for _, p := range must[[]Physical](t)(m.Physicals(ctx)) {
		checkError(t, p.ID, m.DeletePhysicals(ctx, p.ID), nil, "")
	}
	// What a host that lost its store could not delete any more.
	checkError(t, "sweep", m.allocator.Sweep(ctx, nil), nil, "")
}

// counted counts the calls of a store, and the operations of its commits.
type counted struct {
	kvstore.Store
	mu                        sync.Mutex
	gets, keys, lists, listed int
	commits, ops              int
}

func (c *counted) Get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gets, c.keys = c.gets+1, c.keys+len(keys)
	return c.Store.Get(ctx, keys, current)
}

func (c *counted) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entries, err := c.Store.List(ctx, prefix)
	c.lists, c.listed = c.lists+1, c.listed+len(entries)
	return entries, err
}

func (c *counted) Commit(ctx context.Context, ops []kvstore.Op) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commits, c.ops = c.commits+1, c.ops+len(ops)
	return c.Store.Commit(ctx, ops)
}

func (c *counted) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%d gets of %d keys, %d lists of %d keys, %d commits of %d operations", c.gets, c.keys, c.lists, c.listed, c.commits, c.ops)
}

// Creating and deleting a port costs the same in a large network as in a small
// one.
func TestPortCost(t *testing.T) {
	cost := func(ports int) (create, remove string) {
		store := &counted{Store: memory.New()}
		defer store.Close()
		m := modelOn(t, store, "host1")
		newNetwork(t, m, "n", "10.0.0.0/16")
		batch := make([]Port, 10)
		for i := range batch {
			batch[i] = Port{Network: "n", Addresses: []Address{{}}}
		}
		for range ports / len(batch) {
			must[[]Port](t)(m.CreatePorts(t.Context(), batch...))
		}
		store.reset()
		p := must[[]Port](t)(m.CreatePorts(t.Context(), Port{Network: "n", Addresses: []Address{{}}}))
		create = store.String()
		store.reset()
		checkError(t, "delete", m.DeletePorts(t.Context(), p[0].ID), nil, "")
		return create, store.String()
	}
	smallCreate, smallRemove := cost(10)
	largeCreate, largeRemove := cost(10000)
	if smallCreate != largeCreate || smallRemove != largeRemove {
		t.Errorf("create: %s; in a large network %s\ndelete: %s; in a large network %s", smallCreate, largeCreate, smallRemove, largeRemove)
	}
	t.Logf("create: %s; delete: %s", smallCreate, smallRemove)
}

func (c *counted) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gets, c.keys, c.lists, c.listed, c.commits, c.ops = 0, 0, 0, 0, 0, 0
}
