package network

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestRoutersAtTheSameTime(t *testing.T) {
	store := memory.New()
	defer store.Close()
	routersAtTheSameTime(t, func(testing.TB) kvstore.Store { return store.Session() })
}

// Many hosts do at once what excludes each other: one of each wins, whatever
// the others are told is a rule's, and the store obeys the rules.
func routersAtTheSameTime(t *testing.T, session kvtest.Open) {
	tests := map[string]func(ctx context.Context, m *Model, host int) error{
		"two routers, one subnet": func(ctx context.Context, m *Model, host int) error {
			_, err := m.CreateRouterInterfaces(ctx, RouterInterface{Router: fmt.Sprint("r", host), Subnet: "a"})
			return err
		},
		"one router, overlapping prefixes": func(ctx context.Context, m *Model, host int) error {
			_, err := m.CreateRouterInterfaces(ctx, RouterInterface{Router: "r", Subnet: []string{"a", "over"}[host%2]})
			return err
		},
		"one id in two routers": func(ctx context.Context, m *Model, host int) error {
			_, err := m.CreateRouterInterfaces(ctx, RouterInterface{ID: "i", Router: fmt.Sprint("r", host), Subnet: []string{"a", "over", "six"}[host%3]})
			return err
		},
		"an interface and the router's deletion": func(ctx context.Context, m *Model, host int) error {
			if host%2 == 0 {
				return m.DeleteRouters(ctx, "r")
			}
			_, err := m.CreateRouterInterfaces(ctx, RouterInterface{Router: "r", Subnet: "six"})
			return err
		},
		"an interface and the subnet's deletion": func(ctx context.Context, m *Model, host int) error {
			if host%2 == 0 {
				return m.DeleteSubnets(ctx, "six")
			}
			_, err := m.CreateRouterInterfaces(ctx, RouterInterface{Router: fmt.Sprint("r", host), Subnet: "six"})
			return err
		},
		"an interface and the network's deletion": func(ctx context.Context, m *Model, host int) error {
			if host%2 == 0 {
				return m.DeleteNetworksAndSubnets(ctx, "m")
			}
			_, err := m.CreateRouterInterfaces(ctx, RouterInterface{Router: fmt.Sprint("r", host), Subnet: "over"})
			return err
		},
		"an interface's address and a port's": func(ctx context.Context, m *Model, host int) error {
			if host%2 == 0 {
				_, err := m.CreatePorts(ctx, Port{Network: "n", Addresses: []Address{{Address: addr("10.0.1.9")}}})
				return err
			}
			_, err := m.CreateRouterInterfaces(ctx, RouterInterface{Router: fmt.Sprint("r", host), Subnet: "b", Address: addr("10.0.1.9")})
			return err
		},
	}
	both := map[string]bool{"an interface and the network's deletion": true} // one after the other
	for name, try := range tests {
		t.Run(name, func(t *testing.T) {
			m := modelOn(t, session(t), "host")
			newRouted(t, m)
			const hosts = 4
			var wg sync.WaitGroup
			var errs [hosts]error
			for host := range hosts {
				must[[]Router](t)(m.CreateRouters(t.Context(), Router{ID: fmt.Sprint("r", host)}))
				m := modelOn(t, session(t), fmt.Sprint("host", host))
				wg.Go(func() { errs[host] = try(t.Context(), m, host) })
			}
			wg.Wait()
			won := 0
			for _, err := range errs {
				if !allowed(err) {
					t.Error(err)
				}
				if err == nil {
					won++
				}
			}
			if won != 1 && !(both[name] && won == 2) {
				t.Errorf("%d of them won: %v", won, errs)
			}
			audit(t, m)
			deleteAll(t, m)
		})
	}
}
