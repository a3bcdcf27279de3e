package dockerdriver_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
)

// globalHost is the plugin of a host whose Docker shares its networks itself.
type globalHost struct {
	*testing.T
	fake *drivertest.Fake
	http.Handler
}

// newGlobalHosts makes two that share a store.
func newGlobalHosts(t *testing.T) (h1, h2 *globalHost) {
	t.Helper()
	data := memory.New()
	t.Cleanup(func() { data.Close() })
	start := func(name string) *globalHost {
		f := drivertest.NewFakeAt(t, data.Session(), name)
		s := &dockerdriver.Server{Driver: f, IPAM: f.IPAM, Store: f.Store, Scope: dockerdriver.ScopeGlobal,
			Host: func(context.Context) (string, error) { return name, nil }}
		return &globalHost{t, f, s.Handler()}
	}
	return start("h1"), start("h2")
}

// call makes a call that must succeed, and gives a field of its answer.
func (h *globalHost) call(name, body, field string) string {
	h.Helper()
	status, answer := post(h, name, body)
	var fields map[string]any
	if err := json.Unmarshal([]byte(answer), &fields); err != nil || status != http.StatusOK {
		h.Fatalf("%s: %d %s", name, status, answer)
	}
	value, _ := fields[field].(string)
	return value
}

// create makes a network with options, and gives its pool.
func (h *globalHost) create(id, options, ipamOptions string) (pool string) {
	h.Helper()
	space := h.call("IpamDriver.GetDefaultAddressSpaces", "", "GlobalDefaultAddressSpace")
	pool = h.call("IpamDriver.RequestPool", `{"AddressSpace":"`+space+`","Pool":"192.168.1.0/24","Options":`+ipamOptions+`}`, "PoolID")
	h.call("IpamDriver.RequestAddress", `{"PoolID":"`+pool+`","Address":"192.168.1.254","Options":{"RequestAddressType":"com.docker.network.gateway"}}`, "")
	h.call("NetworkDriver.CreateNetwork", `{"NetworkID":"`+id+`","Options":`+options+`,"IPv4Data":[{"AddressSpace":"`+space+`","Gateway":"192.168.1.254/24","Pool":"192.168.1.0/24"}]}`, "")
	return pool
}

// attach makes an endpoint with an address of a pool.
func (h *globalHost) attach(id, endpoint, pool string) (address string) {
	h.Helper()
	address = h.call("IpamDriver.RequestAddress", `{"PoolID":"`+pool+`","Address":""}`, "Address")
	h.call("NetworkDriver.CreateEndpoint", `{"NetworkID":"`+id+`","EndpointID":"`+endpoint+`","Interface":{"Address":"`+address+`"}}`, "")
	return address
}

// One host makes a network, another uses it by the NetworkID and the pool of the
// first, and it is removed there: nothing is left.
func TestGlobalNetwork(t *testing.T) {
	h1, h2 := newGlobalHosts(t)
	pool := h1.create("n1", "{}", "{}")
	first, second := h1.attach("n1", "e1", pool), h2.attach("n1", "e2", pool)
	if first == second {
		t.Errorf("%s was given twice", first)
	}
	for _, end := range []struct{ endpoint, address string }{{"e1", first}, {"e2", second}} { // -f: of another host too
		address, _, _ := strings.Cut(end.address, "/")
		h2.call("NetworkDriver.DeleteEndpoint", `{"NetworkID":"n1","EndpointID":"`+end.endpoint+`"}`, "")
		h2.call("IpamDriver.ReleaseAddress", `{"PoolID":"`+pool+`","Address":"`+address+`"}`, "")
	}
	h2.call("IpamDriver.ReleaseAddress", `{"PoolID":"`+pool+`","Address":"192.168.1.254"}`, "")
	h2.call("IpamDriver.ReleasePool", `{"PoolID":"`+pool+`"}`, "")
	h2.call("NetworkDriver.DeleteNetwork", `{"NetworkID":"n1"}`, "")
	if _, err := h1.fake.Network(t.Context(), "docker-n1-lognet"); !errors.Is(err, network.ErrNotFound) {
		t.Errorf("the logical network is left: %v", err)
	}
	if left, err := h1.fake.Store.List(t.Context(), kvstore.Prefix("docker")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// What a network of another host was attached to, this host knows too.
func TestGlobalAttachedNetwork(t *testing.T) {
	h1, h2 := newGlobalHosts(t)
	pool := h1.create("n1", "{}", "{}")
	const logical = "docker-n1-lognet"
	again := h1.create("n2", `{"com.docker.network.generic":{"network":"`+logical+`"}}`, `{"network":"`+logical+`"}`)
	if again != pool {
		t.Errorf("pool %s, want that of the logical network", again)
	}
	h2.attach("n2", "e2", pool)
	if ports, err := h1.fake.Ports(t.Context(), logical); err != nil || len(ports) != 1 {
		t.Errorf("ports of the logical network: %v, %v", ports, err)
	}
}

// A node of a Swarm deletes a network that others go on with.
func TestSwarmNetworkOfSeveralNodes(t *testing.T) {
	h1, h2 := newGlobalHosts(t)
	const id = "n669pvhwqr0kbsugmszuhl3pt"
	h1.create(id, "{}", "{}")
	h2.call("NetworkDriver.DeleteNetwork", `{"NetworkID":"`+id+`"}`, "")
	h1.call("NetworkDriver.CreateEndpoint", `{"NetworkID":"`+id+`","EndpointID":"e1","Interface":{"Address":"192.168.1.7/24"}}`, "")
	h1.call("NetworkDriver.DeleteEndpoint", `{"NetworkID":"`+id+`","EndpointID":"e1"}`, "")
	h1.call("NetworkDriver.FreeNetwork", `{"NetworkID":"`+id+`"}`, "")
	if _, err := h1.fake.Network(t.Context(), "docker-"+id+"-lognet"); !errors.Is(err, network.ErrNotFound) {
		t.Errorf("the logical network is left: %v", err)
	}
}
