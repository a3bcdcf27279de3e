package engine_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// TestRandom does things in any order, and checks now and then that the flows
// are those that computing everything anew gives.
func TestRandom(t *testing.T) {
	for seed := range uint64(15) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			run(t, func(f *fixture) {
				r := random{f, rand.New(rand.NewPCG(seed, 0))}
				f.host("g", "192.0.2.7")
				stop := f.start()
				for range 40 {
					for range r.IntN(8) {
						r.step()
					}
					if r.IntN(10) == 0 {
						stop()
						stop = f.start()
					}
					f.settled()
				}
			})
		})
	}
}

// random does things at random.
type random struct {
	*fixture
	*rand.Rand
}

func (r random) step() {
	port, net := fmt.Sprintf("p%d", r.IntN(6)), fmt.Sprintf("n%d", r.IntN(3))
	ctx, may := r.Context(), r.may
	router := fmt.Sprintf("r%d", r.IntN(2))
	switch r.IntN(20) {
	case 0, 1:
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, net[1]}), 24)
		_, err := r.model.CreateNetworks(ctx, network.Spec{
			Network: network.Network{ID: net},
			Subnets: []network.Subnet{{ID: net, Prefix: prefix, Gateway: prefix.Addr().Next()}},
		})
		may(err, network.ErrExists)
	case 2:
		may(r.model.DeleteNetworksAndSubnets(ctx, net), network.ErrNotFound, network.ErrInUse)
	case 3, 4, 5:
		_, err := r.model.CreatePorts(ctx, network.Port{ID: port, Network: net, Addresses: []network.Address{{}}})
		may(err, network.ErrNotFound, network.ErrExists)
	case 6:
		may(r.model.DeletePorts(ctx, port), network.ErrNotFound)
	case 7, 8:
		r.plug(port, 0)
	case 9:
		r.plug(port, 100+uint32(r.IntN(1000)))
	case 10:
		r.unplug(port)
	case 11:
		at := []string{"", "h", "g"}[r.IntN(3)]
		may(r.model.Locate(ctx, port, func(network.Location) (string, bool) { return at, true }), network.ErrNotFound)
	case 12:
		r.sw.Leave()
		synctest.Wait()
		r.sw.Return()
	case 13:
		r.sw.fail("Apply", ovs.ErrRefused)
		synctest.Wait()
		r.sw.fail("Apply", nil)
		time.Sleep(time.Minute)
	case 14:
		_, err := r.model.CreateRouters(ctx, network.Router{ID: router})
		may(err, network.ErrExists)
	case 15, 16, 17:
		_, err := r.model.CreateRouterInterfaces(ctx, network.RouterInterface{ID: net + router, Router: router, Subnet: net})
		may(err, network.ErrNotFound, network.ErrExists, network.ErrInUse)
	case 18:
		may(r.model.DeleteRouterInterfaces(ctx, net+router), network.ErrNotFound)
	case 19:
		may(r.model.DeleteRouters(ctx, router), network.ErrNotFound, network.ErrInUse)
	}
}

// may lets an error pass that can't be helped.
func (r random) may(err error, expected ...error) {
	r.Helper()
	for _, e := range expected {
		if errors.Is(err, e) {
			return
		}
	}
	r.ok(err)
}
