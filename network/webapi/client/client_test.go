package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// api is a handler on a model in memory.
func api(t *testing.T) (http.Handler, *network.Model) {
	store := memory.New()
	t.Cleanup(func() { store.Close() })
	allocator := ipam.New(store, ipam.Config{Host: "host1"})
	t.Cleanup(func() { allocator.Close() })
	m := network.New(network.Config{Store: store, Allocator: allocator, Host: "host1"})
	return webapi.Handler(func(context.Context) (*network.Model, error) { return m, nil }, nil), m
}

// newClient is a client of an agent on a socket.
func newClient(t *testing.T) (*client.Client, *network.Model) {
	h, m := api(t)
	socket := filepath.Join(t.TempDir(), "vlcp.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	server.Start()
	t.Cleanup(server.Close)
	c, err := client.New(client.Config{Address: "unix://" + socket, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, m
}

var byValue = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == "._" }, cmp.Ignore()),
}

func same[T any](t *testing.T, got T, err error, want T) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, byValue); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every kind of object is created, changed, listed and deleted, with all that
// it can have.
func TestObjects(t *testing.T) {
	c, _ := newClient(t)
	ctx := t.Context()
	meta := map[string]any{"rack": "r7"}

	phys := client.PhysicalNetwork{ID: "x", Type: "vxlan", VNIRange: [][2]uint32{{1, 5}, {9, 9}}, Default: true, Meta: meta}
	got, err := c.PhysicalNetworks().Create(ctx, phys)
	same(t, got, err, phys)
	in := client.PhysicalPort{Network: "x", Name: "vxlan0", SystemID: "h1", Meta: meta}
	inStored := client.PhysicalPort{ID: "|h1|%|vxlan0", Network: "x", Name: "vxlan0", SystemID: "h1", Bridge: "%", Meta: meta}
	gotIn, err := c.PhysicalPorts().Create(ctx, in)
	same(t, gotIn, err, inStored)
	gotIn, err = c.PhysicalPorts().Get(ctx, gotIn.ID)
	same(t, gotIn, err, inStored)

	dhcp := client.DHCP{
		DNSNameservers: []netip.Addr{netip.MustParseAddr("9.9.9.9")}, NTPServers: []netip.Addr{netip.MustParseAddr("fd00::1")},
		DomainName: "example.com", LeaseTime: "infinite", ExtraDHCPOptions: [][2]any{{"OPTION_X", "y"}},
	}
	net := client.Network{ID: "n", Physical: "x", VNI: 9, MTU: 1400, AntiSpoof: new(bool), DHCP: dhcp, Meta: meta}
	netStored := net
	netStored.Type = "vxlan"
	gotNet, err := c.Networks().Create(ctx, net)
	same(t, gotNet, err, netStored)

	subnet := client.Subnet{
		ID: "s", Network: "n", Prefix: netip.MustParsePrefix("10.1.0.0/24"), Gateway: netip.MustParseAddr("10.1.0.1"), DisableGateway: true,
		Start: netip.MustParseAddr("10.1.0.9"), End: netip.MustParseAddr("10.1.0.99"), HostRoutes: [][2]string{{"10.2.0.0/16", "10.1.0.9"}},
		External: true, MTU: 1300, LocalAddress: netip.MustParseAddr("10.1.0.3"), PreHostConfig: []map[string]any{{"systemid": "h1"}}, DHCP: dhcp, Meta: meta,
	}
	gotSubnet, err := c.Subnets().Create(ctx, subnet)
	same(t, gotSubnet, err, subnet)

	port := client.Port{
		ID: "p/../q?", Network: "n", MAC: "02:00:00:00:00:01", Addresses: []client.Address{{Subnet: "s"}}, Hostname: "web", AntiSpoof: new(bool),
		Allowed: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")}, ExtraDHCPOptions: [][2]any{{"OPTION_X", "y"}}, Meta: meta,
	}
	portStored := port
	portStored.Addresses = []client.Address{{Subnet: "s", Address: netip.MustParseAddr("10.1.0.9")}}
	gotPort, err := c.Ports().Create(ctx, port)
	same(t, gotPort, err, portStored)
	ports, err := c.Ports().List(ctx, client.Filter{"network": "n", "rack": "r7"})
	same(t, ports, err, []client.Port{portStored})
	portStored.Meta, portStored.Hostname = nil, "db"
	gotPort, err = c.Ports().Update(ctx, port.ID, map[string]any{"hostname": "db", "rack": nil})
	same(t, gotPort, err, portStored)

	for _, err := range []error{
		c.Ports().Delete(ctx, port.ID), c.Subnets().Delete(ctx, "s"), c.Networks().Delete(ctx, "n"),
		c.PhysicalPorts().Delete(ctx, inStored.ID), c.PhysicalNetworks().Delete(ctx, "x"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

// A virtual router connects subnets.
func TestRouters(t *testing.T) {
	c, _ := newClient(t)
	ctx, meta := t.Context(), map[string]any{"rack": "r7"}
	four := netip.MustParsePrefix("10.1.0.0/24")
	if _, err := c.CreateNetwork(ctx, client.NewNetwork{Network: client.Network{ID: "n"}, Subnets: []client.Subnet{{ID: "s", Prefix: four}}}); err != nil {
		t.Fatal(err)
	}
	router := client.Router{ID: "r", Routes: [][2]string{{"10.9.0.0/16", "10.1.0.9"}}, Meta: meta}
	stored := router
	stored.MAC = "02:f5:28:13:76:e9"
	got, err := c.Routers().Create(ctx, router)
	same(t, got, err, stored)
	in := client.RouterInterface{ID: "i", Router: "r", Subnet: "s", Address: netip.MustParseAddr("10.1.0.254"), Meta: meta}
	inStored := in
	inStored.Network = "n"
	gotIn, err := c.RouterInterfaces().Create(ctx, in)
	same(t, gotIn, err, inStored)
	all, err := c.RouterInterfaces().List(ctx, client.Filter{"router": "r", "subnet": "s"})
	same(t, all, err, []client.RouterInterface{inStored})
	stored.Interfaces = map[string]netip.Prefix{"i": four}
	got, err = c.Routers().Get(ctx, "r")
	same(t, got, err, stored)
	stored.Routes = nil
	got, err = c.Routers().Update(ctx, "r", map[string]any{"routes": nil})
	same(t, got, err, stored)
	if subnet, err := c.Subnets().Get(ctx, "s"); err != nil || subnet.Router != "r" {
		t.Errorf("%v, %v", subnet, err)
	}
	for _, err := range []error{c.RouterInterfaces().Delete(ctx, "i"), c.Routers().Delete(ctx, "r"), c.DeleteNetwork(ctx, "n")} {
		if err != nil {
			t.Error(err)
		}
	}
}

// A network comes and goes with its subnets.
func TestNetworkWithSubnets(t *testing.T) {
	c, _ := newClient(t)
	four, six := netip.MustParsePrefix("10.1.0.0/24"), netip.MustParsePrefix("fd00::/64")
	meta := map[string]any{"rack": "r7"}
	if _, err := c.Routers().Create(t.Context(), client.Router{ID: "r"}); err != nil {
		t.Fatal(err)
	}
	got, err := c.CreateNetwork(t.Context(), client.NewNetwork{
		Network: client.Network{ID: "n", Meta: meta}, Router: "r",
		Subnets: []client.Subnet{
			{ID: "s4", Prefix: four, Gateway: netip.MustParseAddr("10.1.0.1"), Meta: meta}, {ID: "s6", Prefix: six, Gateway: netip.MustParseAddr("fd00::1")},
		},
	})
	want := client.Network{ID: "n", Physical: "vxlan", Type: "vxlan", VNI: 10000, MTU: 1450, Subnets: map[string]netip.Prefix{"s4": four, "s6": six}, Meta: meta}
	same(t, got, err, want)
	subnet, err := c.Subnets().Get(t.Context(), "s4")
	if err != nil || subnet.Network != "n" || !cmp.Equal(subnet.Meta, meta) {
		t.Errorf("%v, %v", subnet, err)
	}
	connected, err := c.Routers().Get(t.Context(), "r")
	if err != nil || !cmp.Equal(connected.Interfaces, want.Subnets, byValue) {
		t.Errorf("%v, %v", connected, err)
	}
	if err := c.Networks().Delete(t.Context(), "n"); err == nil || !strings.Contains(err.Error(), "must delete all subnets of this logical network first: s4, s6") {
		t.Errorf("%v", err)
	}
	if err := c.DeleteNetwork(t.Context(), "n"); err != nil {
		t.Error(err)
	}
	if all, err := c.Subnets().List(t.Context(), nil); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestHosts(t *testing.T) {
	c, m := newClient(t)
	if err := m.Announce(t.Context(), network.Host{ID: "h1", Name: "node1", Boot: "b", Tunnel: netip.MustParseAddr("192.0.2.1")}); err != nil {
		t.Fatal(err)
	}
	want := client.Host{ID: "h1", Name: "node1", Boot: "b", Tunnel: netip.MustParseAddr("192.0.2.1"), Alive: true}
	host, err := c.Hosts().Get(t.Context(), "h1")
	same(t, host, err, want)
	hosts, err := c.Hosts().List(t.Context(), client.Filter{"alive": "true"})
	same(t, hosts, err, []client.Host{want})
}

func TestErrors(t *testing.T) {
	c, _ := newClient(t)
	_, err := c.Networks().Get(t.Context(), "..")
	if !client.IsNotFound(err) || err.Error() != `read logical network ..: logical network ".." does not exist` {
		t.Errorf("%v", err)
	}
	_, err = c.Subnets().Create(t.Context(), client.Subnet{Network: "n"})
	if e, ok := err.(*client.Error); !ok || e.Status != http.StatusUnprocessableEntity || e.Field != "cidr" || client.IsNotFound(err) {
		t.Errorf("%v", err)
	}
	if err := c.Networks().Delete(t.Context(), ""); err == nil || err.Error() != "an id is missing" {
		t.Errorf("%v", err)
	}
	if _, err := c.Networks().Update(t.Context(), "n", map[string]any{"x": func() {}}); err == nil {
		t.Error("a function is no value")
	}
}

// Another server's answers are not taken for this API's.
func TestForeignServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusTeapot)
		}
		w.Write([]byte("<html>"))
	}))
	defer server.Close()
	c, err := client.New(client.Config{Address: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Networks().Delete(t.Context(), "n"); err == nil || !strings.HasSuffix(err.Error(), "answers 418 I'm a teapot: is that the API of vlcp?") {
		t.Errorf("%v", err)
	}
	if _, err := c.Networks().List(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "the answer of 127.0.0.1:") {
		t.Errorf("%v", err)
	}
	if err := c.Watch(t.Context(), nil); err == nil || !strings.HasSuffix(err.Error(), "answers 200 OK: is that the API of vlcp?") {
		t.Errorf("%v", err)
	}
}

func TestTLS(t *testing.T) {
	h, _ := api(t)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("%v", r.Header)
		}
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	config := server.Client().Transport.(*http.Transport).TLSClientConfig
	c, err := client.New(client.Config{Address: server.URL, TLS: config, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if all, err := c.Networks().List(t.Context(), nil); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestAddresses(t *testing.T) {
	for address, says := range map[string]string{
		"":                      "",
		"unix:///run/vlcp.sock": "",
		"http://localhost:8081": "a token is not sent over http://localhost:8081: use https",
		"https://h1:8443/":      "",
		"unix://run/vlcp.sock":  "use unix:///path",
		"unix:vlcp.sock":        "use unix:///path",
		"h1:8443":               "use unix:///path",
		"https://":              "use unix:///path",
		"ftp://h1":              "use unix:///path",
		"http://[":              "missing ']'",
	} {
		_, err := client.New(client.Config{Address: address, Token: "secret"})
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", address, err, says)
		}
	}
}

// A watch tells what there is, then what changes, until fn has enough.
func TestWatch(t *testing.T) {
	c, m := newClient(t)
	enough := errors.New("enough")
	var got []string
	err := c.Watch(t.Context(), func(e client.Event) error {
		if strings.Contains(string(e.Object), `"deleting":true`) {
			return nil // it may be seen before it is gone, or not
		}
		got = append(got, strings.TrimSpace(fmt.Sprint(e.Event, " ", e.ID, " ", e.Kinds)))
		switch e.Event {
		case client.EventSynced:
			if _, err := m.CreatePhysicals(t.Context(), network.Physical{ID: "x", Type: network.Local}); err != nil {
				return err
			}
		case client.EventPut:
			var p client.PhysicalNetwork
			if err := json.Unmarshal(e.Object, &p); err != nil || p.Type != "local" {
				t.Errorf("%s: %v", e.Object, err)
			}
			return m.DeletePhysicals(t.Context(), "x")
		case client.EventDelete:
			return enough
		}
		return nil
	}, "physical-networks")
	if want := []string{"synced  [physical-networks]", "put x []", "delete x []"}; !errors.Is(err, enough) || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if err := c.Watch(t.Context(), nil, "gateways"); err == nil || !strings.HasPrefix(err.Error(), `kind: "gateways" is none`) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = c.Watch(ctx, func(client.Event) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// An agent that ends, says why, or says nothing.
func TestWatchEnds(t *testing.T) {
	for text, says := range map[string]string{
		"": "the agent ended the watch",
		"event: failed\ndata: {\"problem\":\"the store is closed\"}\n\n": "the agent ended the watch: the store is closed",
		"event: put\ndata: {\n\n": "an event of the agent: ",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Write([]byte(text))
		}))
		c, err := client.New(client.Config{Address: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Watch(t.Context(), func(client.Event) error { return nil }); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
		c.Close()
		server.Close()
	}
}
