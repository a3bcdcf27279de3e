package webapi_test

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

const ok = `{"result":{"status":"OK"}}`

func TestPhysicalNetworks(t *testing.T) {
	newAPI(t).steps(
		step{"listphysicalnetworks", `{"result":[]}`},
		step{"createphysicalnetwork type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan", `{"result":[{"id":"vxlan","type":"vxlan","vnirange":[[10000,20000]]}]}`},
		step{"createphysicalnetwork vlanrange=`[[1,100],(200,4094)]`&id=trunk", `{"result":[{"id":"trunk","type":"vlan","vlanrange":[[1,100],[200,4094]]}]}`},
		step{"createphysicalnetwork type=native&id=flat&default=true", `{"result":[{"default":true,"id":"flat","type":"native"}]}`},
		step{"createphysicalnetwork type=local&id=here&rack=`7`&who=me+%26+you&tags=`['a',None,{'b':1.5}]`",
			`{"result":[{"id":"here","rack":7,"tags":["a",null,{"b":1.5}],"type":"local","who":"me & you"}]}`},
		step{"listphysicalnetworks id=here", `{"result":[{"id":"here","rack":7,"tags":["a",null,{"b":1.5}],"type":"local","who":"me & you"}]}`},
		step{"deletephysicalnetwork id=trunk", ok},
		step{"deletephysicalnetworks networks=`[{'id':'flat'},{'id':'here'}]`", ok},
		step{"listphysicalnetworks", `{"result":[{"id":"vxlan","type":"vxlan","vnirange":[[10000,20000]]}]}`},
	)
}

func TestPhysicalPorts(t *testing.T) {
	vxlan0 := `{"bridge":"%","name":"vxlan0","physicalnetwork":"vxlan","systemid":"%"}`
	special := `{"bridge":"br0","name":"vxlan0","physicalnetwork":"vxlan","speed":10,"systemid":"h1","vhost":"v"}`
	newAPI(t).steps(
		step{"createphysicalnetwork type=vxlan&vnirange=`[[1,9]]`&id=vxlan", `{"result":[{"id":"vxlan","type":"vxlan","vnirange":[[1,9]]}]}`},
		step{"createphysicalport physicalnetwork=vxlan&name=vxlan0", `{"result":[` + vxlan0 + `]}`},
		step{"createphysicalport physicalnetwork=vxlan&name=vxlan0&vhost=v&systemid=h1&bridge=br0&speed=`10`", `{"result":[` + special + `]}`},
		step{"listphysicalports name=vxlan0", `{"result":[` + vxlan0 + `]}`},
		step{"listphysicalports name=vxlan0&vhost=v&systemid=h1&bridge=br0", `{"result":[` + special + `]}`},
		step{"listphysicalports name=vxlan0&vhost=v", `{"result":[]}`},
		step{"listphysicalports physicalnetwork=vxlan", `{"result":[` + vxlan0 + `,` + special + `]}`},
		step{"listphysicalports systemid=h1", `{"result":[` + special + `]}`},
		step{"listphysicalports physicalnetwork=vxlan0", `{"result":[]}`},
		step{"deletephysicalport name=vxlan0", ok},
		step{"listphysicalports", `{"result":[` + special + `]}`},
		step{"deletephysicalports ports=`[{'name':'vxlan0','vhost':'v','systemid':'h1','bridge':'br0'}]`", ok},
		step{"listphysicalports", `{"result":[]}`},
	)
}

func TestLogicalNetworks(t *testing.T) {
	a := newAPI(t)
	_, err := a.model.CreateNetworks(context.Background(),
		network.Spec{Network: network.Network{ID: "blue", Meta: map[string]any{"team": "b"}}},
		network.Spec{Network: network.Network{ID: "red", Segment: 20000, MTU: 1400}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ filter, want string }{
		{"", "blue red"},
		{"id=red", "red"},
		{"id=`'red'`", "red"},
		{"id=green", ""},
		{"id=red&physicalnetwork=vlan", ""},
		{"physicalnetwork=vxlan", "blue red"},
		{"vni=`20000`", "red"},
		{"vni=`20000.0`", "red"},
		{"vni=20000", ""},
		{"team=b", "blue"},
		{"team=`None`", "red"},
		{"team=", "red"},
		{"team=`0`", ""},
		{"mtu=`1400`&type=vxlan", "red"},
		{"mtu=`[1400]`", ""},
	} {
		status, body := a.call("listlogicalnetworks " + tt.filter)
		ids := regexp.MustCompile(`"id":"(\w+)"`).FindAllStringSubmatch(body, -1)
		var got []string
		for _, id := range ids {
			got = append(got, id[1])
		}
		if status != 200 || strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %d %s, want %s", tt.filter, status, body, tt.want)
		}
	}
}

// A call on several objects changes all of them, or none.
func TestBatches(t *testing.T) {
	newAPI(t).steps(
		step{"createphysicalnetworks networks=`[{'type':'local','id':'a'},{'type':'native','id':'b'}]`", `{"result":[{"id":"a","type":"local"},{"id":"b","type":"native"}]}`},
		step{"createphysicalnetworks networks[]=`{'type':'local','id':'c'}`&networks[]=`{'type':'local','id':'d'}`", `{"result":[{"id":"c","type":"local"},{"id":"d","type":"local"}]}`},
		step{"createphysicalnetworks networks=`[]`", `{"result":[]}`},
		step{"deletephysicalnetworks networks=`[]`", ok},

		step{"createphysicalnetworks networks=`[{'type':'local','id':'e'},{'type':'local','id':'a'}]`", `{"error":"create physical network a: it exists already: choose another id"}`},
		step{"createphysicalnetworks networks=`[{'type':'local','id':'e'},{'type':'local','id':'e'}]`", `{"error":"create physical network e: it is named twice in one call"}`},
		step{"createphysicalnetworks networks=`[{'type':'local','id':'e'},{'type':'foo'}]`", `{"error":"networks.1.type: \"foo\" is not vxlan, vlan, native or local"}`},
		step{"createphysicalnetworks id=e", `{"error":"id: is no parameter of this call, which takes networks"}`},
		step{"createphysicalnetworks", `{"error":"networks: is missing: give a list of objects, such as [{\"id\": \"net1\"}, {\"id\": \"net2\"}]"}`},
		step{"createphysicalports ports=`[{'physicalnetwork':'b','name':'eth1'},{'physicalnetwork':'a','name':'eth2'}]`",
			`{"error":"create physical port |%|%|eth2: a physical network with type=local cannot have physical ports"}`},
		step{"listphysicalports", `{"result":[]}`},
		step{"deletephysicalnetworks networks=`[{'id':'a'},{'id':'x'}]`", `{"error":"delete physical network x: physical network \"x\" does not exist"}`},
		step{"deletephysicalnetworks networks=`[{'id':'a'},{'name':'b'}]`", `{"error":"networks.1.name: is no parameter of this call, which takes id"}`},
		step{"listphysicalnetworks", `{"result":[{"id":"a","type":"local"},{"id":"b","type":"native"},{"id":"c","type":"local"},{"id":"d","type":"local"}]}`},
	)
}

// One that the store can't take at once says how many it could.
func TestTooManyAtOnce(t *testing.T) {
	a := newAPI(t)
	_, body := a.call("createphysicalnetworks networks=`[" + strings.Repeat("{'type':'local'},", 65) + "]`")
	if want := "65 are too many for one transaction of the store: at most 64 fit, split the request"; !strings.Contains(body, want) {
		t.Errorf("%s, want %s", body, want)
	}
	a.steps(step{"listphysicalnetworks", `{"result":[]}`})
}

func TestIDsAreMade(t *testing.T) {
	a := newAPI(t)
	_, body := a.call("createphysicalnetwork type=local")
	id := regexp.MustCompile(`"id":"([0-9a-f-]{36})"`).FindStringSubmatch(body)
	if id == nil {
		t.Fatal(body)
	}
	a.steps(step{"deletephysicalnetwork id=" + id[1], ok})
}

// The calls can be asked for, with what they take.
func TestDiscover(t *testing.T) {
	a := newAPI(t)
	var calls struct{ Result map[string]string }
	_, body := a.call("discover")
	if err := json.Unmarshal([]byte(body), &calls); err != nil {
		t.Fatal(err)
	}
	if len(calls.Result) != 5*7+1 || calls.Result["createlogicalports"] != "create several, or none" || calls.Result["listsubnets"] == "" {
		t.Errorf("%d: %v", len(calls.Result), calls.Result)
	}
	var detailed struct {
		Result map[string]struct {
			Description string
			Parameters  map[string]string
		}
	}
	_, body = a.call("discover details=true")
	if err := json.Unmarshal([]byte(body), &detailed); err != nil {
		t.Fatal(err)
	}
	for name, params := range map[string][]string{
		"deletephysicalport":     {"bridge", "name", "systemid", "vhost"},
		"deletelogicalnetworks":  {"networks"},
		"deletesubnet":           {"id"},
		"createphysicalnetwork":  {"default", "id", "type", "vlanrange", "vnirange"},
		"createphysicalnetworks": {"networks"},
	} {
		if got := slices.Sorted(maps.Keys(detailed.Result[name].Parameters)); !slices.Equal(got, params) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, body := a.call("discover x=1"); !strings.Contains(body, "x: is no parameter of this call, which takes details") {
		t.Error(body)
	}
}
