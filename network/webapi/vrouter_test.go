package webapi_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// routerAPI has logical networks a and b with subnets sa 192.168.1.0/24, whose
// gateway is .1 and whose port p has .2, and sb 192.168.2.0/24 without a gateway;
// sx of b is external, and sc of c is 192.168.1.0/25.
func routerAPI(t *testing.T) *api {
	a := newAPI(t)
	for _, call := range []string{
		"createlogicalnetworks networks=`[{'id':'a'},{'id':'b'},{'id':'c'}]`",
		"createsubnet id=sa&logicalnetwork=a&cidr=192.168.1.0/24&gateway=192.168.1.1",
		"createsubnet id=sb&logicalnetwork=b&cidr=192.168.2.0/24",
		"createsubnet id=sc&logicalnetwork=c&cidr=192.168.1.0/25&gateway=192.168.1.1",
		"createsubnet id=sx&logicalnetwork=b&cidr=192.0.2.0/24&gateway=192.0.2.1&isexternal=`True`",
		"createlogicalport id=p&logicalnetwork=a&ip_address=192.168.1.2",
	} {
		if status, body := a.call(call); status != 200 {
			t.Fatal(body)
		}
	}
	return a
}

func TestVirtualRouters(t *testing.T) {
	const (
		ra = `{"id":"ra","network":"a","router":"r","subnet":"sa"}`
		rb = `{"id":"rb","ip_address":"192.168.2.254","network":"b","router":"r","side":"east","subnet":"sb"}`
	)
	routerAPI(t).steps(
		step{"createvirtualrouter id=r&site=x", `{"result":[{"id":"r","site":"x"}]}`},
		step{"createvirtualrouters routers=`[{'id':'q','routes':[['10.9.9.9/8','192.168.7.1'],['172.16.0.1','192.168.7.1']]},{'id':'o'}]`",
			`{"result":[{"id":"q","routes":[["10.0.0.0/8","192.168.7.1"],["172.16.0.1/32","192.168.7.1"]]},{"id":"o"}]}`},
		step{"addrouterinterface router=r&subnet=sa&id=ra", `{"result":[` + ra + `]}`},
		step{"addrouterinterfaces interfaces=`[{'router':'r','subnet':'sb','id':'rb','ip_address':'192.168.2.254','side':'east'}]`", `{"result":[` + rb + `]}`},
		step{"listvirtualrouters id=r", `{"result":[{"id":"r","interfaces":{"ra":"192.168.1.0/24","rb":"192.168.2.0/24"},"site":"x"}]}`},
		step{"listsubnets id=sb", `{"result":[{"allocated_end":"192.168.2.254","allocated_start":"192.168.2.1","cidr":"192.168.2.0/24","id":"sb","network":"b","router":"r"}]}`},
		step{"listsubnets router=r&network=a", `{"result":[{"allocated_end":"192.168.1.254","allocated_start":"192.168.1.1","cidr":"192.168.1.0/24","gateway":"192.168.1.1","id":"sa","network":"a","router":"r"}]}`},

		step{"updatevirtualrouter id=r&routes=`[['10.0.0.0/8','192.168.1.2'],['0.0.0.0/0','192.168.2.9']]`&site=`None`",
			`{"result":[{"id":"r","interfaces":{"ra":"192.168.1.0/24","rb":"192.168.2.0/24"},"routes":[["10.0.0.0/8","192.168.1.2"],["0.0.0.0/0","192.168.2.9"]]}]}`},
		step{"updatevirtualrouters routers=`[{'id':'r','routes':None},{'id':'q','routes':[]},{'id':'o','site':'y'}]`",
			`{"result":[{"id":"r","interfaces":{"ra":"192.168.1.0/24","rb":"192.168.2.0/24"}},{"id":"q"},{"id":"o","site":"y"}]}`},

		step{"listvirtualrouters", `{"result":[{"id":"o","site":"y"},{"id":"q"},{"id":"r","interfaces":{"ra":"192.168.1.0/24","rb":"192.168.2.0/24"}}]}`},
		step{"listvirtualrouters site=y", `{"result":[{"id":"o","site":"y"}]}`},
		step{"listvirtualrouters id=none", `{"result":[]}`},
		step{"listrouterinterfaces id=r", `{"result":[` + ra + `,` + rb + `]}`},
		step{"listrouterinterfaces id=r&side=east", `{"result":[` + rb + `]}`},
		step{"listrouterinterfaces subnet=sa&id=`None`", `{"result":[` + ra + `]}`},
		step{"listrouterinterfaces router=r&ip_address=192.168.2.254", `{"result":[` + rb + `]}`},
		step{"listrouterinterfaces id=o", `{"result":[]}`},
		step{"listrouterinterfaces id=rb", `{"result":[]}`},
		step{"listrouterinterfaces id=none", `{"result":[]}`},
		step{"listrouterinterfaces id=" + strings.Repeat("x", 1000), `{"result":[]}`},
		step{"listrouterinterfaces id=", `{"result":[]}`},
		step{"listrouterinterfaces id=`5`", `{"result":[]}`},

		// The original took addresses away for good, and answered null.
		step{"removerouterinterface router=r&subnet=sb", ok},
		step{"createlogicalport id=q&logicalnetwork=b&ip_address=192.168.2.254&mac_address=02:00:00:00:00:01",
			`{"result":[{"addresses":[{"ip_address":"192.168.2.254","subnet":"sb"}],"id":"q","ip_address":"192.168.2.254","mac_address":"02:00:00:00:00:01","network":"b","subnet":"sb"}]}`},
		step{"removerouterinterfaces interfaces=`[{'router':'r','subnet':'sa'}]`", ok},
		step{"deletevirtualrouter id=r", ok},
		step{"deletevirtualrouters routers=`[{'id':'q'},{'id':'o'}]`", ok},
		step{"listvirtualrouters", `{"result":[]}`},
		step{"deletelogicalports ports=`[{'id':'p'},{'id':'q'}]`", ok},
		step{"deletesubnets subnets=`[{'id':'sa'},{'id':'sb'}]`", ok},
	)
}

func TestErrorsOfRouters(t *testing.T) {
	a := routerAPI(t)
	for _, call := range []string{
		"createvirtualrouters routers=`[{'id':'r'},{'id':'q'}]`",
		"addrouterinterfaces interfaces=`[{'router':'r','subnet':'sa','id':'ra'},{'router':'r','subnet':'sb','id':'rb','ip_address':'192.168.2.1'}]`",
		"updatevirtualrouter id=r&routes=`[['10.0.0.0/8','192.168.1.2']]`",
	} {
		if status, body := a.call(call); status != 200 {
			t.Fatal(body)
		}
	}
	a.refuses([]refused{
		{"createvirtualrouter id=r", "<DataObject (<...object at 0x..>) at 'viperflow.vrouter.r'> already exists",
			`create virtual router r: it exists already: choose another id`},
		{"createvirtualrouters routers=`[{'id':'n'},{'id':'n'}]`", "Repeated ID: n",
			`create virtual router n: it is named twice in one call`},
		{"createvirtualrouter routes=10.0.0.0/8", "At 'routes': '10.0.0.0/8' cannot match type ...",
			`routes: "10.0.0.0/8" is not a list of [destination, next hop], such as [["10.0.0.0/8", "192.168.1.254"]]`},
		{"createvirtualrouter interfaces=`[]`", "",
			`interfaces: is set by vlcp itself and can't be given`},
		{"updatevirtualrouter id=n&x=y", "Virtual router n not exists",
			`update virtual router n: virtual router "n" does not exist`},
		{"updatevirtualrouter routes=`[]`", "updatevirtualrouter() missing 1 required positional argument: 'id'",
			`id: is missing: give an id, such as "net1"`},
		{"updatevirtualrouter id=r&routes=`[['10.0.0.0/8','192.168.1.1']]`", "",
			`update virtual router r: routes: next hop 192.168.1.1 of the route to 10.0.0.0/8 is this virtual router itself: name another`},
		{"updatevirtualrouters routers=`[{'id':'q','x':'y'},{'id':'r','routes':[['10.0.0.0/8','192.168.9.1']]}]`", "",
			`update virtual router r: routes: next hop 192.168.9.1 of the route to 10.0.0.0/8 is in no subnet of this virtual router: connect that first`},
		{"deletevirtualrouter id=r", "there are still interface(s) in this router, delete them first",
			`delete virtual router r: there are still interfaces in this virtual router, delete them first: ra, rb`},
		{"deletevirtualrouters routers=`[{'id':'q'},{'id':'n'}]`", "'NoneType' object has no attribute 'interfaces'",
			`delete virtual router n: virtual router "n" does not exist`},
		{"deletevirtualrouter name=r", "",
			`name: is no parameter of this call, which takes id`},
		{"addrouterinterface router=n&subnet=sc", "Virtual router n not exists",
			`create router interface: virtual router "n" does not exist`},
		{"addrouterinterface router=q&subnet=n", "Subnet n not exists",
			`create router interface: subnet "n" does not exist`},
		{"addrouterinterface router=q", "addrouterinterface() missing 1 required positional argument: 'subnet'",
			`subnet: is missing: give the id of a subnet, such as "subnet1"`},
		{"addrouterinterface subnet=sc", "addrouterinterface() missing 1 required positional argument: 'router'",
			`router: is missing: give the id of a virtual router, such as "router1"`},
		{"addrouterinterface router=q&subnet=sc&network=c", "",
			`network: is that of the subnet and can't be given`},
		{"addrouterinterface router=q&subnet=sc&ip_address=10.1", "At 'ip_address': '10.1' cannot match type ...",
			`ip_address: "10.1" is not an address, such as 192.168.1.1`},
		{"addrouterinterface router=q&subnet=sa", "('Subnet %r has been in virtual router %r', 'sa', 'r')",
			`create router interface: subnet "sa" is in virtual router "r": disconnect it there first`},
		{"addrouterinterface router=r&subnet=sa&id=x", "('Subnet %r has been in virtual router %r', 'sa', 'r')",
			`create router interface x: subnet "sa" is in virtual router "r" already`},
		{"addrouterinterface router=r&subnet=sc", "",
			`create router interface: 192.168.1.0/25 of subnet "sc" overlaps 192.168.1.0/24, which is that of router interface "ra" of the same virtual router`},
		{"addrouterinterface router=q&subnet=sx", "",
			`create router interface: subnet "sx" is external (isexternal), and virtual routers do not forward to external networks yet: connect one that is not`},
		{"addrouterinterfaces interfaces=`[{'router':'q','subnet':'sc','id':'x'},{'router':'q','subnet':'sc','id':'y'}]`", "",
			`create router interface y: subnet "sc" is in virtual router "q" already`},
		{"addrouterinterface router=q&subnet=sc&id=ra", "",
			`create router interface ra: it exists already, in virtual router "r": choose another id`},
		{"removerouterinterface router=r&subnet=sc", "Subnet 'sc' not in virtual router 'r'",
			`read router interface: subnet "sc" is not in virtual router "r"`},
		{"removerouterinterface router=n&subnet=sa", "Virtual router not exists: n",
			`read router interface: subnet "sa" is not in virtual router "n"`},
		{"removerouterinterface id=ra", "removerouterinterface() missing 2 required positional arguments: 'router' and 'subnet'",
			`id: is no parameter of this call, which takes router, subnet`},
		{"removerouterinterfaces interfaces=`[{'router':'r','subnet':'sb'},{'router':'r','subnet':'sa'}]`", "",
			`delete router interface ra: route 10.0.0.0/8 of virtual router "r" goes through it, by 192.168.1.2: remove the route first`},
		{"removerouterinterfaces interfaces=`[{'router':'r','subnet':'sb'},{'router':'r','subnet':'sb'}]`", "Repeated ID: sb",
			`delete router interface rb: it is named twice in one call`},
		{"removerouterinterfaces interfaces=`[{'router':'r','subnet':'sb'},{'router':'r'}]`", "",
			`interfaces.1.subnet: is missing: give the id of a subnet, such as "subnet1"`},
		{"createsubnet logicalnetwork=c&cidr=10.0.0.0/24&router=r", "router attribute cannot be set directly",
			`router: is set by vlcp itself and can't be given`},
		{"updatesubnet id=sa&gateway=`None`", "",
			`update subnet sa: virtual router "r" has the gateway as its address: disconnect the subnet there first, or name another gateway`},
		{"updatesubnet id=sa&gateway=192.168.1.2", "",
			`update subnet sa: routes: next hop 192.168.1.2 of the route to 10.0.0.0/8 is this virtual router itself: name another`},
		{"deletesubnet id=sb", "Subnet sb is in router viperflow.routerport.rb",
			`delete subnet sb: subnet "sb" is in virtual router "r": disconnect it there first`},
		{"createlogicalport logicalnetwork=b&ip_address=192.168.2.1&id=q", "IP address 192.168.2.1 has been used in subnet sb",
			`create logical port q: use address 192.168.2.1: address already in use by router interface rb`},
	})
}

// The calls on virtual routers are asked for below their own root.
func TestDiscoverRouters(t *testing.T) {
	a := newAPI(t)
	var calls struct {
		Result map[string]struct{ Parameters map[string]string }
	}
	_, body := a.send(a.request(http.MethodGet, "/vrouterapi/discover?details=true", "", ""))
	if err := json.Unmarshal([]byte(body), &calls); err != nil {
		t.Fatal(err)
	}
	want := []string{"addrouterinterface", "addrouterinterfaces", "createvirtualrouter", "createvirtualrouters", "deletevirtualrouter", "deletevirtualrouters",
		"discover", "listrouterinterfaces", "listvirtualrouters", "removerouterinterface", "removerouterinterfaces", "updatevirtualrouter", "updatevirtualrouters"}
	if got := slices.Sorted(maps.Keys(calls.Result)); !slices.Equal(got, want) {
		t.Errorf("calls %v", got)
	}
	for name, params := range map[string][]string{
		"createvirtualrouter":    {"id", "routes"},
		"addrouterinterface":     {"id", "ip_address", "router", "subnet"},
		"removerouterinterface":  {"router", "subnet"},
		"removerouterinterfaces": {"interfaces"},
	} {
		if got := slices.Sorted(maps.Keys(calls.Result[name].Parameters)); !slices.Equal(got, params) {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, path := range []string{"/vrouterapi", "/vrouterapi/", "/vrouterapi/createsubnet", "/viperflow/createvirtualrouter"} {
		if status, body := a.send(a.request(http.MethodPost, path, formType, "id=r")); status != http.StatusNotFound || !strings.Contains(body, "is no call") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
