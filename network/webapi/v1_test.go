package webapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// ask makes a request to /v1, written as its method, path and body.
func (a *api) ask(line string) (*http.Response, string) {
	a.t.Helper()
	method, rest, _ := strings.Cut(line, " ")
	path, body, _ := strings.Cut(rest, " ")
	kind := ""
	if body != "" {
		kind = "application/json"
	}
	return a.sendV1(a.request(method, "/v1/"+path, kind, body))
}

// sendV1 sends a request, and checks the form of the answer.
func (a *api) sendV1(r *http.Request) (*http.Response, string) {
	a.t.Helper()
	resp, raw := a.roundTrip(r)
	checkWords(a.t, raw)
	checkV1(a.t, resp.StatusCode, resp.Header, raw)
	a.checkDocumented(r, resp, raw)
	return resp, strings.TrimSpace(string(raw))
}

// checkV1 checks that an answer is JSON, and a problem where it is an error.
func checkV1(t testing.TB, status int, h http.Header, body []byte) {
	t.Helper()
	if status == http.StatusNoContent && len(body) == 0 {
		return
	}
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%d %q: %v", status, body, err)
	}
	if status/100 == 2 {
		if kind := h.Get("Content-Type"); kind != "application/json" {
			t.Fatalf("%d %s: %s", status, kind, body)
		}
		return
	}
	detail, _ := answer["detail"].(string)
	if kind := h.Get("Content-Type"); kind != "application/problem+json" || answer["status"] != float64(status) || answer["title"] != http.StatusText(status) || detail == "" {
		t.Fatalf("%d %s: %s", status, kind, body)
	}
}

// exchange is a request to /v1 and its answer; for a problem, what its detail
// ends in.
type exchange struct {
	request string
	status  int
	answer  string
}

// exchanges makes requests one after the other.
func (a *api) exchanges(all ...exchange) {
	a.t.Helper()
	for _, x := range all {
		resp, body := a.ask(x.request)
		if resp.StatusCode/100 != 2 {
			var problem struct{ Detail string }
			json.Unmarshal([]byte(body), &problem)
			body = problem.Detail
		}
		if resp.StatusCode != x.status || canonical(body) != canonical(x.answer) {
			a.t.Errorf("%s\nanswers %d %s\nwant %d %s", x.request, resp.StatusCode, body, x.status, x.answer)
		}
	}
}

func TestV1PhysicalNetworks(t *testing.T) {
	newAPI(t).exchanges(
		exchange{`GET physical-networks`, 200, `{"items":[]}`},
		exchange{`POST physical-networks {"id":"x","type":"vxlan","vnirange":[[10000,20000]],"rack":{"row":7,"unit":[1,2.5]},"site":"b"}`, 201,
			`{"id":"x","type":"vxlan","vnirange":[[10000,20000]],"rack":{"row":7,"unit":[1,2.5]},"site":"b"}`},
		exchange{`POST physical-networks {"id":"v","vlanrange":[[1000,2000]]}`, 201, `{"id":"v","type":"vlan","vlanrange":[[1000,2000]]}`},
		exchange{`GET physical-networks/x`, 200, `{"id":"x","type":"vxlan","vnirange":[[10000,20000]],"rack":{"row":7,"unit":[1,2.5]},"site":"b"}`},
		exchange{`GET physical-networks?type=vlan`, 200, `{"items":[{"id":"v","type":"vlan","vlanrange":[[1000,2000]]}]}`},
		exchange{`GET physical-networks?site=`, 200, `{"items":[{"id":"v","type":"vlan","vlanrange":[[1000,2000]]}]}`},
		exchange{`GET physical-networks?id=v&id=w&type=vlan`, 200, `{"items":[{"id":"v","type":"vlan","vlanrange":[[1000,2000]]}]}`},
		exchange{`GET physical-networks?id=v&type=vxlan`, 200, `{"items":[]}`},
		exchange{`PATCH physical-networks/x {"id":"x","type":"vxlan","vnirange":[[1,20000]],"default":true,"rack":{"unit":null,"hall":"n"},"site":null}`, 200,
			`{"id":"x","type":"vxlan","vnirange":[[1,20000]],"default":true,"rack":{"row":7,"hall":"n"}}`},
		exchange{`PATCH physical-networks/x {"rack":5}`, 200, `{"id":"x","type":"vxlan","vnirange":[[1,20000]],"default":true,"rack":5}`},
		exchange{`DELETE physical-networks/x`, 204, ``},
		exchange{`DELETE physical-networks/x`, 404, `delete physical network x: physical network "x" does not exist`},
		exchange{`GET physical-networks/x`, 404, `read physical network x: physical network "x" does not exist`},
		exchange{`PATCH physical-networks/x {}`, 404, `update physical network x: physical network "x" does not exist`},
		exchange{`PATCH physical-networks/v {"type":"vxlan"}`, 422, `update physical network v: physical network type can't be changed`},
		exchange{`PATCH physical-networks/v {"id":"w"}`, 422, `update physical network v: id: can't be changed: it names the physical network`},
		exchange{`POST physical-networks {"id":"v","type":"local"}`, 409, `create physical network v: it exists already: choose another id`},
		exchange{`POST physical-networks {"type":"wlan"}`, 422, `type: "wlan" is not vxlan, vlan, native or local`},
		exchange{`POST physical-networks {"type":"vlan","vlanrange":[[5,1]]}`, 422, `create physical network: vlanrange [5, 1] is upside down: write [1, 5]`},
	)
}

func TestV1PhysicalPorts(t *testing.T) {
	const special = `|h1|br0|bond0`
	newAPI(t).exchanges(
		exchange{`POST physical-networks {"id":"x","type":"vxlan","vnirange":[[1,2]]}`, 201, `{"id":"x","type":"vxlan","vnirange":[[1,2]]}`},
		exchange{`POST physical-ports {"physicalnetwork":"x","name":"vxlan0","speed":"10G"}`, 201,
			`{"id":"vxlan0","physicalnetwork":"x","name":"vxlan0","systemid":"%","bridge":"%","speed":"10G"}`},
		exchange{`POST physical-ports {"physicalnetwork":"x","name":"bond0","systemid":"h1","bridge":"br0"}`, 201,
			`{"id":"|h1|br0|bond0","physicalnetwork":"x","name":"bond0","systemid":"h1","bridge":"br0"}`},
		exchange{`GET physical-ports?physicalnetwork=x&bridge=br0`, 200,
			`{"items":[{"id":"|h1|br0|bond0","physicalnetwork":"x","name":"bond0","systemid":"h1","bridge":"br0"}]}`},
		exchange{`GET physical-ports?id=vxlan0`, 200, `{"items":[{"id":"vxlan0","physicalnetwork":"x","name":"vxlan0","systemid":"%","bridge":"%","speed":"10G"}]}`},
		exchange{`GET physical-ports/vxlan0`, 200, `{"id":"vxlan0","physicalnetwork":"x","name":"vxlan0","systemid":"%","bridge":"%","speed":"10G"}`},
		exchange{`GET physical-ports/%7C%25%7C%25%7Cvxlan0`, 200, `{"id":"vxlan0","physicalnetwork":"x","name":"vxlan0","systemid":"%","bridge":"%","speed":"10G"}`},
		exchange{`PATCH physical-ports/vxlan0 {"id":"vxlan0","name":"vxlan0","speed":null,"mtu":9000}`, 200,
			`{"id":"vxlan0","physicalnetwork":"x","name":"vxlan0","systemid":"%","bridge":"%","mtu":9000}`},
		exchange{`PATCH physical-ports/` + special + ` {"colour":"red"}`, 200,
			`{"id":"|h1|br0|bond0","physicalnetwork":"x","name":"bond0","systemid":"h1","bridge":"br0","colour":"red"}`},
		exchange{`PATCH physical-ports/vxlan0 {"bridge":"br0"}`, 422, `update physical port |%|%|vxlan0: bridge: can't be changed: it names the physical port`},
		exchange{`PATCH physical-ports/vxlan0 {"physicalnetwork":"y"}`, 422, `update physical port |%|%|vxlan0: physical network cannot be changed`},
		exchange{`POST physical-ports {"physicalnetwork":"x","name":"vxlan0"}`, 409, `create physical port |%|%|vxlan0: it exists already: choose another id`},
		exchange{`POST physical-ports {"physicalnetwork":"y","name":"vxlan1"}`, 422, `create physical port |%|%|vxlan1: physical network "y" does not exist`},
		exchange{`POST physical-ports {"physicalnetwork":"x","name":"a","id":"b"}`, 422, `id: is made of name, systemid, bridge and vhost, and can't be given`},
		exchange{`POST physical-ports {"name":"vxlan1"}`, 422, `physicalnetwork: is missing: give the id of a physical network, such as "vxlan"`},
		exchange{`DELETE physical-networks/x`, 409, `delete physical network x: must delete all physical ports of this physical network first: |%|%|vxlan0, |h1|br0|bond0`},
		exchange{`DELETE physical-ports/` + special, 204, ``},
		exchange{`DELETE physical-ports/vxlan0`, 204, ``},
		exchange{`DELETE physical-ports/vxlan0`, 404, `delete physical port |%|%|vxlan0: physical port "|%|%|vxlan0" does not exist`},
	)
}

func TestV1LogicalObjects(t *testing.T) {
	const (
		network = `{"id":"blue","physicalnetwork":"vxlan","type":"vxlan","vni":10000,"mtu":1450,"tenant":"acme"}`
		subnet  = `{"id":"b4","network":"blue","cidr":"10.1.0.0/24","gateway":"10.1.0.1","allocated_start":"10.1.0.1","allocated_end":"10.1.0.254"}`
		port    = `{"id":"p","network":"blue","mac_address":"02:00:00:00:00:01","addresses":[{"subnet":"b4","ip_address":"10.1.0.2"}],"vm":17}`
		moved   = `{"id":"p","network":"blue","mac_address":"02:00:00:00:00:01","addresses":[{"subnet":"b4","ip_address":"10.1.0.9"}],"hostname":"web"}`
	)
	newAPI(t).exchanges(
		exchange{`POST networks {"id":"blue","tenant":"acme"}`, 201, network},
		exchange{`GET networks?vni=10000&tenant=acme`, 200, `{"items":[` + network + `]}`},
		exchange{`GET networks?vni=1`, 200, `{"items":[]}`},
		exchange{`POST subnets {"id":"b4","network":"blue","cidr":"10.1.0.7/24","gateway":"10.1.0.1"}`, 201, subnet},
		exchange{`GET subnets?network=blue`, 200, `{"items":[` + subnet + `]}`},
		exchange{`GET subnets?network=red`, 200, `{"items":[]}`},
		exchange{`POST ports {"id":"p","network":"blue","mac_address":"02:00:00:00:00:01","addresses":[{"subnet":"b4"}],"vm":17}`, 201, port},
		exchange{`GET ports?network=blue&ip_address=10.1.0.2&subnet=b4&vm=17`, 200, `{"items":[` + port + `]}`},
		exchange{`GET ports?ip_address=10.1.0.3`, 200, `{"items":[]}`},
		exchange{`PATCH ports/p {"addresses":[{"ip_address":"10.1.0.9"}],"hostname":"web","vm":null,"network":"blue"}`, 200, moved},
		exchange{`PATCH ports/p ` + moved, 200, moved},
		exchange{`GET ports/p`, 200, moved},
		exchange{`PATCH subnets/b4 {"dns_nameservers":["10.1.0.2"],"lease_time":"3600"}`, 200,
			strings.TrimSuffix(subnet, "}") + `,"dns_nameservers":["10.1.0.2"],"lease_time":"3600"}`},
		exchange{`PATCH networks/blue {"vni":10001,"antispoof":false,"subnets":{"b4":"10.1.0.0/24"}}`, 200,
			`{"id":"blue","physicalnetwork":"vxlan","type":"vxlan","vni":10001,"mtu":1450,"tenant":"acme","antispoof":false,"subnets":{"b4":"10.1.0.0/24"}}`},
		exchange{`PATCH networks/blue {"subnets":{}}`, 422, `update logical network blue: subnets: is set by vlcp itself and can't be given`},
		exchange{`PATCH networks/blue {"mtu":"big"}`, 422, `update logical network blue: mtu: "big" is not a number of bytes from 68 to 65535, such as 1450`},
		exchange{`PATCH subnets/b4 {"network":"red"}`, 422, `update subnet b4: the logical network can't be changed`},
		exchange{`PATCH ports/p {"logicalnetwork":"blue"}`, 422, `update logical port p: logicalnetwork: is given as network`},
		exchange{`POST subnets {"cidr":"10.2.0.0/24"}`, 422, `network: is missing: give the id of a logical network, such as "net1"`},
		exchange{`POST subnets {"network":"red","cidr":"10.2.0.0/24"}`, 422, `create subnet: logical network "red" does not exist`},
		exchange{`POST ports {"network":"blue","addresses":["10.1.0.9"]}`, 409, `create logical port: use address 10.1.0.9: address already in use by port p`},
		exchange{`DELETE networks/blue`, 409, `delete logical network blue: must delete all subnets of this logical network first: b4`},
		exchange{`DELETE subnets/b4`, 409, `delete subnet b4: it has logical ports, delete them first: p (10.1.0.9)`},
		exchange{`DELETE ports/p`, 204, ``},
		exchange{`DELETE subnets/b4`, 204, ``},
		exchange{`DELETE networks/blue`, 204, ``},
		exchange{`GET ports/p`, 404, `read logical port p: logical port "p" does not exist`},
	)
}

// A logical network comes and goes with its subnets, or not at all.
func TestV1NetworkWithSubnets(t *testing.T) {
	const network = `{"id":"blue","physicalnetwork":"vxlan","type":"vxlan","vni":10000,"mtu":1450,"subnets":{"b4":"10.1.0.0/24","b6":"fd00::/64"}}`
	newAPI(t).exchanges(
		exchange{`POST networks {"id":"red","subnets":[{"id":"half","cidr":"10.1.0.0/25"},{"cidr":"10.1.0.0/24"}]}`, 422,
			`create logical network red: 10.1.0.0/24 overlaps 10.1.0.0/25, which is subnet "half" of the same logical network`},
		exchange{`GET networks`, 200, `{"items":[]}`},
		exchange{`POST networks {"id":"blue","subnets":[{"id":"b4","cidr":"10.1.0.0/24","gateway":"10.1.0.1","rack":"r7"},{"id":"b6","cidr":"fd00::/64"}]}`, 201, network},
		exchange{`GET networks/blue`, 200, network},
		exchange{`GET subnets?rack=r7`, 200,
			`{"items":[{"id":"b4","network":"blue","cidr":"10.1.0.0/24","gateway":"10.1.0.1","allocated_start":"10.1.0.1","allocated_end":"10.1.0.254","rack":"r7"}]}`},
		exchange{`POST networks {"id":"red","subnets":[{"id":"b4","cidr":"10.1.0.0/24"}]}`, 409, `create logical network red: it exists already, in logical network "blue": choose another id`},
		exchange{`POST networks {"id":"red","subnets":{"r4":"10.1.0.0/24"}}`, 422, `subnets: {"r4":"10.1.0.0/24"} is not a list of subnets, such as [{"cidr": "192.168.1.0/24"}]`},
		exchange{`POST networks {"id":"red","subnets":[{"gateway":"10.1.0.1"}]}`, 422, `subnets.0.cidr: is missing: give a network, such as 192.168.1.0/24`},
		exchange{`POST ports {"id":"p","network":"blue","mac_address":"02:00:00:00:00:01"}`, 201, `{"id":"p","network":"blue","mac_address":"02:00:00:00:00:01"}`},
		exchange{`DELETE networks/blue?subnets=true`, 409, `delete logical network blue: must delete all logical ports of this logical network first: p`},
		exchange{`GET networks/blue`, 200, network},
		exchange{`DELETE ports/p`, 204, ``},
		exchange{`DELETE networks/blue?subnets=false`, 409, `delete logical network blue: must delete all subnets of this logical network first: b4, b6`},
		exchange{`DELETE networks/blue?subnets=all`, 422, `subnets: is true or false`},
		exchange{`DELETE networks/blue?subnets=true`, 204, ``},
		exchange{`DELETE networks/blue?subnets=true`, 404, `delete logical network blue: logical network "blue" does not exist`},
		exchange{`GET subnets`, 200, `{"items":[]}`},
	)
}

func TestV1Routers(t *testing.T) {
	const (
		subnet = `"network":"n","cidr":"10.1.0.0/24","gateway":"10.1.0.1","allocated_start":"10.1.0.1","allocated_end":"10.1.0.254"`
		mac    = `"mac_address":"02:f5:28:13:76:e9"`
		one    = `{"id":"i","router":"r","subnet":"s","network":"n","rack":"r7"}`
		other  = `{"id":"j","router":"r","subnet":"t","network":"m","ip_address":"10.2.0.9"}`
		router = `{"id":"r",` + mac + `,"interfaces":{"i":"10.1.0.0/24","j":"10.2.0.0/24"},"tenant":"acme"`
	)
	newAPI(t).exchanges(
		exchange{`POST networks {"id":"n","subnets":[{"id":"s","cidr":"10.1.0.0/24","gateway":"10.1.0.1"}]}`, 201,
			`{"id":"n","physicalnetwork":"vxlan","type":"vxlan","vni":10000,"mtu":1450,"subnets":{"s":"10.1.0.0/24"}}`},
		exchange{`POST networks {"id":"m","subnets":[{"id":"t","cidr":"10.2.0.0/24"},{"id":"x","cidr":"10.3.0.0/24","gateway":"10.3.0.1","isexternal":true}]}`, 201,
			`{"id":"m","physicalnetwork":"vxlan","type":"vxlan","vni":10001,"mtu":1450,"subnets":{"t":"10.2.0.0/24","x":"10.3.0.0/24"}}`},
		exchange{`GET subnets`, 200, `{"items":[{"id":"s",` + subnet + `},` + // by their ids, whatever networks they are in
			`{"id":"t","network":"m","cidr":"10.2.0.0/24","allocated_start":"10.2.0.1","allocated_end":"10.2.0.254"},` +
			`{"id":"x","network":"m","cidr":"10.3.0.0/24","gateway":"10.3.0.1","isexternal":true,"allocated_start":"10.3.0.1","allocated_end":"10.3.0.254"}]}`},
		exchange{`GET routers`, 200, `{"items":[]}`},
		exchange{`POST routers {"id":"r","tenant":"acme"}`, 201, `{"id":"r",` + mac + `,"tenant":"acme"}`},
		exchange{`POST routers {"id":"r"}`, 409, `create virtual router r: it exists already: choose another id`},
		exchange{`POST routers {"interfaces":{}}`, 422, `interfaces: is set by vlcp itself and can't be given`},
		exchange{`POST routers {"mac_address":"02:00:00:00:00:01"}`, 422, `mac_address: is set by vlcp itself and can't be given`},
		exchange{`POST routers {"routes":[["10.0.0.0/8"]]}`, 422, `routes: [["10.0.0.0/8"]] is not a list of [destination, next hop], such as [["10.0.0.0/8", "192.168.1.254"]]`},
		exchange{`POST router-interfaces {"id":"i","router":"r","subnet":"s","rack":"r7"}`, 201, one},
		exchange{`POST router-interfaces {"id":"j","router":"r","subnet":"t"}`, 422,
			`create router interface j: subnet "t" does not have a gateway: give the router interface an ip_address, or the subnet a gateway`},
		exchange{`POST router-interfaces {"id":"j","router":"r","subnet":"t","ip_address":"10.2.0.9"}`, 201, other},
		exchange{`POST router-interfaces {"router":"r","subnet":"s"}`, 409, `create router interface: subnet "s" is in virtual router "r" already`},
		exchange{`POST router-interfaces {"router":"r","subnet":"x"}`, 422,
			`create router interface: subnet "x" is external (isexternal), and virtual routers do not forward to external networks yet: connect one that is not`},
		exchange{`POST router-interfaces {"router":"q","subnet":"s"}`, 422, `create router interface: virtual router "q" does not exist`},
		exchange{`POST router-interfaces {"subnet":"s"}`, 422, `router: is missing: give the id of a virtual router, such as "router1"`},
		exchange{`POST router-interfaces {"router":"r","subnet":"s","network":"n"}`, 422, `network: is that of the subnet and can't be given`},
		exchange{`GET subnets/s`, 200, `{"id":"s","router":"r",` + subnet + `}`},
		exchange{`GET routers/r`, 200, router + `}`},
		exchange{`GET routers?tenant=acme`, 200, `{"items":[` + router + `}]}`},
		exchange{`GET routers?tenant=other`, 200, `{"items":[]}`},
		exchange{`GET router-interfaces?router=r`, 200, `{"items":[` + one + `,` + other + `]}`},
		exchange{`GET router-interfaces?router=q`, 200, `{"items":[]}`},
		exchange{`GET router-interfaces?router=r&subnet=t`, 200, `{"items":[` + other + `]}`},
		exchange{`GET router-interfaces/j`, 200, other},
		exchange{`PATCH routers/r {"routes":[["10.9.0.0/16","10.2.0.7"]],"tenant":null,"interfaces":{"i":"10.1.0.0/24","j":"10.2.0.0/24"}}`, 200,
			`{"id":"r",` + mac + `,"interfaces":{"i":"10.1.0.0/24","j":"10.2.0.0/24"},"routes":[["10.9.0.0/16","10.2.0.7"]]}`},
		exchange{`PATCH routers/r {"routes":[["10.9.0.0/16","10.4.0.7"]]}`, 422,
			`update virtual router r: routes: next hop 10.4.0.7 of the route to 10.9.0.0/16 is in no subnet of this virtual router: connect that first`},
		exchange{`PATCH routers/r {"interfaces":{}}`, 422, `update virtual router r: interfaces: is set by vlcp itself and can't be given`},
		exchange{`PATCH routers/q {"tenant":"x"}`, 404, `update virtual router q: virtual router "q" does not exist`},
		exchange{`PATCH router-interfaces/i {"rack":"r8","router":"r","network":"n"}`, 200, `{"id":"i","router":"r","subnet":"s","network":"n","rack":"r8"}`},
		exchange{`PATCH router-interfaces/i {"ip_address":"10.1.0.7"}`, 422,
			`update router interface i: only other attributes of a router interface can be changed: delete it and create another one`},
		exchange{`DELETE routers/r`, 409, `delete virtual router r: there are still interfaces in this virtual router, delete them first: i, j`},
		exchange{`DELETE subnets/s`, 409, `delete subnet s: subnet "s" is in virtual router "r": disconnect it there first`},
		exchange{`DELETE networks/m?subnets=true`, 409, `delete logical network m: route 10.9.0.0/16 of virtual router "r" goes through it, by 10.2.0.7: remove the route first`},
		exchange{`DELETE router-interfaces/j`, 409, `delete router interface j: route 10.9.0.0/16 of virtual router "r" goes through it, by 10.2.0.7: remove the route first`},
		exchange{`PATCH routers/r {"routes":null}`, 200, `{"id":"r",` + mac + `,"interfaces":{"i":"10.1.0.0/24","j":"10.2.0.0/24"}}`},
		exchange{`DELETE router-interfaces/j`, 204, ``},
		exchange{`DELETE router-interfaces/i`, 204, ``},
		exchange{`DELETE router-interfaces/i`, 404, `delete router interface i: router interface "i" does not exist`},
		exchange{`POST networks {"id":"k","router":"r","subnets":[{"id":"u","cidr":"10.5.0.0/24","gateway":"10.5.0.1"}]}`, 201,
			`{"id":"k","physicalnetwork":"vxlan","type":"vxlan","vni":10002,"mtu":1450,"subnets":{"u":"10.5.0.0/24"}}`},
		exchange{`GET router-interfaces`, 200, `{"items":[{"id":"u","router":"r","subnet":"u","network":"k"}]}`},
		exchange{`POST networks {"id":"l","router":"r","subnets":[{"id":"v","cidr":"10.5.0.0/25","gateway":"10.5.0.1"}]}`, 422,
			`create logical network l: connect subnet 10.5.0.0/25 to virtual router "r": 10.5.0.0/25 of subnet "v" overlaps 10.5.0.0/24, which is that of router interface "u" of the same virtual router`},
		exchange{`POST networks {"id":"l","router":5}`, 422, `router: 5 is not the id of a virtual router, such as "router1"`},
		exchange{`DELETE networks/k?subnets=true`, 204, ``},
		exchange{`GET router-interfaces`, 200, `{"items":[]}`},
		exchange{`DELETE routers/r`, 204, ``},
		exchange{`DELETE networks/n?subnets=true`, 204, ``},
		exchange{`GET routers/r`, 404, `read virtual router r: virtual router "r" does not exist`},
	)
}

// What is no resource is not found, and not redirected to.
func TestV1NoSuchPath(t *testing.T) {
	a := newAPI(t)
	for _, path := range []string{"/v1", "/v1/", "/v1/gateways", "/v1/networks/", "/v1/networks/a/b", "/v1//networks", "/v1/./networks"} {
		resp, raw := a.roundTrip(a.request(http.MethodGet, path, "", ""))
		checkV1(t, resp.StatusCode, resp.Header, raw)
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, resp.StatusCode, raw)
		}
	}
}
