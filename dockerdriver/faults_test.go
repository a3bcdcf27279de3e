package dockerdriver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// dockerd makes the calls that Docker makes, in its order, and undoes what
// Docker undoes after an error: no more.
type dockerd struct {
	testing.TB
	handler http.Handler
	made    int
}

type object = map[string]any

// call makes a call; ok is false if it was refused.
func (d *dockerd) call(name string, request object) (answer object, ok bool) {
	d.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		d.Fatal(err)
	}
	status, text := post(d.handler, name, string(body))
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		d.Fatalf("%s: %q: %v", name, text, err)
	}
	return answer, status == http.StatusOK
}

// must makes a call that Docker's users take for done whatever is answered.
func (d *dockerd) must(name string, request object) {
	d.Helper()
	if answer, ok := d.call(name, request); !ok {
		d.Errorf("%s %v: %v", name, request, answer)
	}
}

func (d *dockerd) newID(kind string) string {
	d.made++
	return fmt.Sprintf("%s%d", kind, d.made)
}

// network is a network that Docker made.
type dockerNetwork struct{ id, pool, gateway string }

// createNetwork is `docker network create`; false if it failed.
func (d *dockerd) createNetwork() (n dockerNetwork, ok bool) {
	spaces, _ := d.call("IpamDriver.GetDefaultAddressSpaces", nil)
	space := spaces["LocalDefaultAddressSpace"]
	pool, ok := d.call("IpamDriver.RequestPool", object{"AddressSpace": space, "Pool": "192.168.1.0/24"})
	if !ok {
		return n, false
	}
	n.id, n.pool = d.newID("n"), pool["PoolID"].(string)
	gateway, ok := d.call("IpamDriver.RequestAddress", object{"PoolID": n.pool, "Options": object{"RequestAddressType": "com.docker.network.gateway"}})
	if !ok {
		d.must("IpamDriver.ReleasePool", object{"PoolID": n.pool})
		return n, false
	}
	n.gateway = gateway["Address"].(string)
	_, ok = d.call("NetworkDriver.CreateNetwork", object{"NetworkID": n.id,
		"IPv4Data": []object{{"AddressSpace": space, "Pool": pool["Pool"], "Gateway": n.gateway}}})
	if !ok {
		d.releasePool(n)
	}
	return n, ok
}

func (d *dockerd) releasePool(n dockerNetwork) {
	d.must("IpamDriver.ReleaseAddress", object{"PoolID": n.pool, "Address": bare(n.gateway)})
	d.must("IpamDriver.ReleasePool", object{"PoolID": n.pool})
}

func (d *dockerd) removeNetwork(n dockerNetwork) {
	d.releasePool(n)
	d.must("NetworkDriver.DeleteNetwork", object{"NetworkID": n.id})
}

type dockerEndpoint struct{ id, address string }

// connect is `docker network connect`; false if it failed.
func (d *dockerd) connect(n dockerNetwork) (e dockerEndpoint, ok bool) {
	address, ok := d.call("IpamDriver.RequestAddress", object{"PoolID": n.pool})
	if !ok {
		return e, false
	}
	e.id, e.address = d.newID("e"), address["Address"].(string)
	ids := object{"NetworkID": n.id, "EndpointID": e.id}
	if _, ok = d.call("NetworkDriver.CreateEndpoint", object{"NetworkID": n.id, "EndpointID": e.id, "Interface": object{"Address": e.address}}); !ok {
		d.must("IpamDriver.ReleaseAddress", object{"PoolID": n.pool, "Address": bare(e.address)})
		return e, false
	}
	if _, ok = d.call("NetworkDriver.Join", ids); !ok {
		d.deleteEndpoint(n, e)
	}
	return e, ok
}

func (d *dockerd) disconnect(n dockerNetwork, e dockerEndpoint) {
	d.must("NetworkDriver.Leave", object{"NetworkID": n.id, "EndpointID": e.id})
	d.deleteEndpoint(n, e)
}

func (d *dockerd) deleteEndpoint(n dockerNetwork, e dockerEndpoint) {
	d.must("NetworkDriver.DeleteEndpoint", object{"NetworkID": n.id, "EndpointID": e.id})
	d.must("IpamDriver.ReleaseAddress", object{"PoolID": n.pool, "Address": bare(e.address)})
}

func bare(address string) string {
	a, _, _ := strings.Cut(address, "/")
	return a
}

// until repeats what failed, as a user does.
func until[T any](try func() (T, bool)) T {
	for {
		if v, ok := try(); ok {
			return v
		}
	}
}

// TestNothingLeaksUnderFaults: however the store fails, in the end nothing is
// left of what Docker removed.
func TestNothingLeaksUnderFaults(t *testing.T) {
	faults := map[string][]kvtest.Fault{
		"unavailable": {kvtest.Unavailable},
		"unknown":     {kvtest.Lost, kvtest.Applied, kvtest.Late},
		"all":         {kvtest.Unavailable, kvtest.Conflict, kvtest.Lost, kvtest.Applied, kvtest.Late},
	}
	for name, kinds := range faults {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				synctest.Test(t, func(t *testing.T) { lifeUnderFaults(t, seed, kinds) })
			}
		})
	}
}

func lifeUnderFaults(t *testing.T, seed uint64, kinds []kvtest.Fault) {
	var faulty atomic.Bool
	rng := rand.New(rand.NewPCG(seed, 0))
	data := memory.New()
	f := drivertest.NewFakeOn(t, kvtest.NewFaulty(data, func(string) kvtest.Fault {
		if !faulty.Load() || rng.IntN(10) > 0 {
			return kvtest.None
		}
		return kinds[rng.IntN(len(kinds))]
	}))
	s := newServer(f)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { s.Run(ctx) })
	defer wg.Wait()
	defer cancel()

	d := &dockerd{TB: t, handler: s.Handler()}
	faulty.Store(true)
	n := until(d.createNetwork)
	var endpoints []dockerEndpoint
	for range 3 {
		endpoints = append(endpoints, until(func() (dockerEndpoint, bool) { return d.connect(n) }))
	}
	for _, e := range endpoints {
		d.disconnect(n, e)
	}
	d.removeNetwork(n)
	faulty.Store(false)
	for range 3 { // what Docker was not told of, nobody uses
		time.Sleep(time.Hour)
		if err := f.IPAM.Sweep(ctx, nil); err != nil {
			t.Error(err)
		}
	}
	if checkNothingLeft(t, data); t.Failed() {
		t.Logf("seed %d", seed)
	}
}

// checkNothingLeft looks for what Docker removed and the store still has. What
// is made once for all networks stays.
func checkNothingLeft(t *testing.T, s kvstore.Store) {
	t.Helper()
	entries, err := s.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Key, "phys") && e.Key != "schema" && e.Key != "ipam/pool6" {
			t.Errorf("left: %s %s", e.Key, e.Value)
		}
	}
}
