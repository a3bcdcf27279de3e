package param

import (
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

func TestRouter(t *testing.T) {
	route := network.Route{Destination: netip.MustParsePrefix("10.0.0.0/8"), NextHop: addr("192.168.1.9")}
	host := network.Route{Destination: netip.MustParsePrefix("fd00::7/128"), NextHop: addr("fd01::1")}
	for _, tt := range []struct {
		in   values
		want network.Router
	}{
		{nil, network.Router{}},
		{values{"id": "r", "routes": []any{[]any{"10.9.9.9/8", "192.168.1.9"}}, "site": "x"},
			network.Router{ID: "r", Routes: []network.Route{route}, Meta: values{"site": "x"}}},
		{values{"routes": "[('10.0.0.0/8', '192.168.1.9'), ('fd00::7', 'fd01::1')]"}, network.Router{Routes: []network.Route{route, host}}},
		{values{"id": nil, "routes": nil, "none": nil}, network.Router{Meta: values{"none": nil}}},
	} {
		check(t, Router, tt.in, tt.want)
	}
}

func TestRouterInterface(t *testing.T) {
	check(t, RouterInterface, values{"router": "r", "subnet": "s", "id": "i", "ip_address": " 10.0.0.1 ", "site": "x"},
		network.RouterInterface{ID: "i", Router: "r", Subnet: "s", Address: addr("10.0.0.1"), Meta: values{"site": "x"}})
	check(t, RouterInterface, values{"router": "r", "subnet": "s", "id": nil, "ip_address": nil}, network.RouterInterface{Router: "r", Subnet: "s"})
	router, subnet, err := Connection(values{"router": "r", "subnet": "s"})
	if router != "r" || subnet != "s" || err != nil {
		t.Error(router, subnet, err)
	}
}

func TestRouterChange(t *testing.T) {
	r := network.Router{ID: "r", Routes: []network.Route{{}}, Meta: values{"site": "x"}}
	c, err := RouterChange(values{"id": "r", "routes": nil, "site": nil, "rack": int64(7)})
	if err != nil || c.ID != "r" || c.Edit(&r) != nil || r.Routes != nil || len(r.Meta) != 1 || r.Meta["rack"] != int64(7) {
		t.Errorf("%+v of %q, %v", r, c.ID, err)
	}
	i := network.RouterInterface{ID: "i", Router: "r", Subnet: "s", Meta: values{"site": "x"}}
	d, err := RouterInterfaceChange(values{"id": "i", "router": "r", "site": "y"})
	if err != nil || d.ID != "i" || d.Edit(&i) != nil || i.Router != "r" || i.Subnet != "s" || i.Meta["site"] != "y" {
		t.Errorf("%+v of %q, %v", i, d.ID, err)
	}
}

func TestRefusalsOfRouters(t *testing.T) {
	connection := func(p values) error { _, _, err := Connection(p); return err }
	for want, err := range map[string]error{
		`routes: "10.0.0.0/8" is not a list of [destination, next hop], such as [["10.0.0.0/8", "192.168.1.254"]]`: second(Router(values{"routes": "10.0.0.0/8"})),
		"interfaces: is set by vlcp itself and can't be given":                                                     second(Router(values{"interfaces": values{}})),
		`id: is missing: give an id, such as "net1"`:                                                               second(RouterChange(values{"routes": nil})),
		`router: is missing: give the id of a virtual router, such as "router1"`:                                   second(RouterInterface(values{"subnet": "s"})),
		`subnet: "" is not the id of a subnet, such as "subnet1"`:                                                  second(RouterInterface(values{"router": "r", "subnet": ""})),
		"network: is that of the subnet and can't be given":                                                        second(RouterInterface(values{"network": "n"})),
		`ip_address: "10.1" is not an address, such as 192.168.1.1`:                                                second(RouterInterface(values{"ip_address": "10.1"})),
		"id: is no parameter of this call, which takes router, subnet":                                             connection(values{"router": "r", "subnet": "s", "id": "i"}),
		`subnet: is missing: give the id of a subnet, such as "subnet1"`:                                           connection(values{"router": "r"}),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
