package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// watching collects what a watch delivers, as text; it ends with the test.
type watching struct {
	lines []string
	end   error
}

// watch follows these kinds. It has to be called in a bubble of time.
func watch(ctx context.Context, m *Model, kinds ...Kind) *watching {
	w := &watching{}
	go func() {
		w.end = m.Watch(ctx, func(u Update) error {
			if u.Snapshot {
				slices.Sort(u.Kinds)
				w.lines = append(w.lines, fmt.Sprint("all ", u.Kinds))
			}
			for _, o := range u.Objects {
				w.lines = append(w.lines, fmt.Sprintf("%s %s %v", o.Kind, o.ID, o.Value != nil))
			}
			return nil
		}, kinds...)
	}()
	return w
}

// check checks what was delivered since the last check.
func (w *watching) check(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	slices.Sort(w.lines) // of several prefixes either may come first
	if !slices.Equal(w.lines, want) {
		t.Errorf("delivered\n%s\nwant\n%s", strings.Join(w.lines, "\n"), strings.Join(want, "\n"))
	}
	w.lines = nil
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := kvtest.NewFaulty(memory.New(), kvtest.Commits())
		m := modelOn(t, store, "host1")
		ctx, cancel := context.WithCancel(t.Context())
		_, err := m.CreateNetworks(ctx, Spec{Network: Network{ID: "n"}, Subnets: []Subnet{{ID: "s", Prefix: prefix("10.0.0.0/24")}}})
		checkError(t, "create", err, nil, "")

		all := watch(ctx, m, KindPhysical, KindPhysicalPort, KindNetwork, KindSubnet, KindPort, KindRouter, KindInterface, KindHost, KindAgent)
		ports := watch(ctx, m, KindPort)
		all.check(t, "all [agent]", "all [host]", "all [logical network logical port subnet]", "all [physical network physical port]", "all [router interface virtual router]",
			"logical network n true", "physical network vxlan true", "physical port |%|%|vxlan0 true", "subnet s true")
		ports.check(t, "all [logical port]")

		_, err = m.CreatePorts(ctx, Port{ID: "p", Network: "n"})
		checkError(t, "create", err, nil, "")
		all.check(t, "logical port p true")
		ports.check(t, "logical port p true")

		_, err = m.CreateRouters(ctx, Router{ID: "r"})
		checkError(t, "create", err, nil, "")
		all.check(t, "virtual router r true")
		_, err = m.CreateRouterInterfaces(ctx, RouterInterface{ID: "i", Router: "r", Subnet: "s", Address: addr("10.0.0.9")})
		checkError(t, "create", err, nil, "")
		all.check(t, "router interface i true", "subnet s true", "virtual router r true")
		checkError(t, "delete", m.DeleteRouterInterfaces(ctx, "i"), nil, "")
		all.check(t, "router interface i false", "subnet s true", "virtual router r true")

		checkError(t, "announce", m.Announce(ctx, Host{ID: "h"}), nil, "")
		all.check(t, "agent h true", "host h true")
		store.Cut(func() {
			synctest.Wait()
			checkError(t, "delete", m.DeletePorts(ctx, "p"), nil, "")
		})
		ports.check(t, "all [logical port]")

		cancel()
		synctest.Wait()
		if !errors.Is(all.end, context.Canceled) || !errors.Is(ports.end, context.Canceled) {
			t.Errorf("%v, %v", all.end, ports.end)
		}
		store.Close()
	})
}

// A host that was removed is gone, though its record stays for a while.
func TestWatchOfRemovedHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		defer store.Close()
		session := store.Session()
		checkError(t, "announce", modelOn(t, session, "h").Announce(t.Context(), Host{ID: "h"}), nil, "")
		m := modelOn(t, store, "host1")
		ctx, cancel := context.WithCancel(t.Context())
		hosts := watch(ctx, m, KindHost)
		hosts.check(t, "all [host]", "host h true")
		session.Close()
		checkError(t, "remove", m.RemoveHost(ctx, "h"), nil, "")
		hosts.check(t, "host h false")
		cancel()
		synctest.Wait()
	})
}

func TestWatchEnds(t *testing.T) {
	m, store := newModel(t)
	stop := errors.New("stop")
	err := m.Watch(t.Context(), func(Update) error { return stop }, KindNetwork, KindHost)
	checkError(t, "fn", err, stop, "stop")
	err = m.Watch(t.Context(), func(Update) error { return nil }, KindPortIndex)
	checkError(t, "kind", err, ErrInvalid, "a port index can't be watched")
	if err := store.Commit(t.Context(), []kvstore.Op{{Key: networkKey("n"), Write: kvstore.Put, Value: []byte("{")}}); err != nil {
		t.Fatal(err)
	}
	err = m.Watch(t.Context(), func(Update) error { return nil }, KindNetwork)
	if err == nil || !strings.Contains(err.Error(), "watch logical network n: ") {
		t.Errorf("%v", err)
	}
	store.Close()
	err = m.Watch(t.Context(), func(Update) error { return nil }, KindHost)
	checkError(t, "closed", err, kvstore.ErrClosed, "the store is closed")
}
