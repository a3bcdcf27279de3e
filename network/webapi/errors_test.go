package webapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/network"
)

func TestErrorsOfPhysicals(t *testing.T) {
	a := newAPI(t)
	a.steps(
		step{"createphysicalnetwork type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan", `{"result":[{"id":"vxlan","type":"vxlan","vnirange":[[10000,20000]]}]}`},
		step{"createphysicalport physicalnetwork=vxlan&name=vxlan0", `{"result":[{"bridge":"%","name":"vxlan0","physicalnetwork":"vxlan","systemid":"%"}]}`},
		step{"createphysicalnetwork type=local&id=here", `{"result":[{"id":"here","type":"local"}]}`},
	)
	if _, err := a.model.CreateNetworks(context.Background(), network.Spec{Network: network.Network{ID: "blue", Physical: "vxlan"}}); err != nil {
		t.Fatal(err)
	}
	a.refuses([]refused{
		{"createphysicalnetwork type=foo", "Physical network type 'foo' is not supported, or the corresponding network plugin is not loaded",
			`type: "foo" is not vxlan, vlan, native or local`},
		{"createphysicalnetwork type=vxlan", "must specify vnirange with physical network type=vxlan",
			`create physical network: must specify vnirange with physical network type=vxlan, such as [[1, 16777215]]`},
		{"createphysicalnetwork id=p", "must specify vlanrange with physical network type=vlan",
			`create physical network p: must specify vlanrange with physical network type=vlan, such as [[1, 4094]]`},
		{"createphysicalnetwork id=p&vnirange=`[[1,2]]`", "must specify vlanrange with physical network type=vlan",
			`vnirange: goes with type=vxlan, and the type is vlan`},
		{"createphysicalnetwork type=vxlan&vnirange=`[[1,5],[5,9]]`&id=p", "VNI sequences overlapped or disordered: [5, 9]",
			`create physical network p: vnirange sequences overlapped or disordered: [5, 9] begins before the one before it has ended`},
		{"createphysicalnetwork type=vxlan&vnirange=`[[0,5]]`&id=p", "VNI out of range (1 - 4095)",
			`create physical network p: vnirange [0, 5] is out of range (1 - 16777215)`},
		{"createphysicalnetwork vlanrange=`[[1,4095]]`&id=p", "",
			`create physical network p: vlanrange [1, 4095] is out of range (1 - 4094)`},
		{"createphysicalnetworks networks=`[{'type':'vxlan','vnirange':'10,5'}]`", "At 'networks.0.vnirange': '10,5' cannot match type ...",
			`networks.0.vnirange: "10,5" is not a list of [first, last], such as [[10000, 20000]]`},
		{"createphysicalnetwork type=local&id=here", "<DataObject (<...object at 0x..>) at 'viperflow.physicalnetwork.here'> already exists",
			`create physical network here: it exists already: choose another id`},
		{"createphysicalnetworks networks=`[{'type':'local','id':'a'},{'type':'local','id':'a'}]`", "Repeated ID: a",
			`create physical network a: it is named twice in one call`},
		{"deletephysicalnetwork", "deletephysicalnetwork() missing 1 required positional argument: 'id'",
			`id: is missing: give an id, such as "net1"`},
		{"deletephysicalnetwork id=", "",
			`id: "" is not an id, such as "net1"`},
		{"deletephysicalnetwork id=vxlan", "Must delete all logical networks of this physical network vxlan",
			`delete physical network vxlan: must delete all logical networks of this physical network first: blue`},
		{"deletephysicalnetwork id=p", "viperflow.physicalnetwork.p does not exist",
			`delete physical network p: physical network "p" does not exist`},
		{"createphysicalport name=bond0", "createphysicalport() missing 1 required positional argument: 'physicalnetwork'",
			`physicalnetwork: is missing: give the id of a physical network, such as "vxlan"`},
		{"createphysicalport physicalnetwork=p&name=bond0", "Physical network p not exists",
			`create physical port |%|%|bond0: physical network "p" does not exist`},
		{"createphysicalport physicalnetwork=here&name=bond0", "A physical network with type=local cannot have physical ports",
			`create physical port |%|%|bond0: a physical network with type=local cannot have physical ports`},
		{"createphysicalport physicalnetwork=vxlan&name=vxlan0", "<DataObject (<...object at 0x..>) at 'viperflow.physicalport..%.%.vxlan0'> already exists",
			`create physical port |%|%|vxlan0: it exists already: choose another id`},
		{"updatephysicalnetwork id=vxlan&type=vlan", "physical network type can't be changed",
			`update physical network vxlan: physical network type can't be changed`},
		{"updatephysicalnetwork id=vxlan&vnirange=`[[10001,20000]]`", "Allocated VNI 10000 not in new VNI range",
			`update physical network vxlan: allocated VNI 10000 not in new VNI range: [10001, 20000]`},
		{"updatephysicalnetwork id=vxlan&vlanrange=`[[1,2]]`", "",
			`update physical network vxlan: vlanrange: goes with type=vlan, and the type is vxlan`},
		{"updatephysicalnetwork id=p&rack=1", "viperflow.physicalnetwork.p does not exist",
			`update physical network p: physical network "p" does not exist`},
		{"updatephysicalport name=vxlan0&physicalnetwork=here", "physical network cannot be changed",
			`update physical port |%|%|vxlan0: physical network cannot be changed`},
		{"deletephysicalport name=bond0", "viperflow.physicalport..%.%.bond0 does not exist",
			`delete physical port |%|%|bond0: physical port "|%|%|bond0" does not exist`},
		{"deletephysicalport name=vxlan0&systemId=h1", "deletephysicalport() got an unexpected keyword argument 'systemId'",
			`systemId: is no parameter of this call, which takes bridge, name, systemid, vhost`},
	})
}

// refused is a call, what the original system said, where that is known, and
// what we say.
type refused struct{ call, original, ours string }

func (a *api) refuses(calls []refused) {
	a.t.Helper()
	for _, c := range calls {
		status, body := a.call(c.call)
		if want := errorText(c.ours); status != http.StatusInternalServerError || canonical(body) != canonical(want) {
			a.t.Errorf("%s\nanswers %d %s\nwant    500 %s\nas the original's %s", c.call, status, body, want, c.original)
		}
	}
}

func errorText(text string) string { return fmt.Sprintf(`{"error":%q}`, text) }

// Deletes go from the inside out, as the guide of the original has it.
func TestDeleteRefusedWhileInUse(t *testing.T) {
	a := newAPI(t)
	a.call("createphysicalnetwork type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan")
	a.call("createphysicalport physicalnetwork=vxlan&name=vxlan0")
	if _, err := a.model.CreateNetworks(context.Background(), network.Spec{Network: network.Network{ID: "blue", Physical: "vxlan"}}); err != nil {
		t.Fatal(err)
	}
	a.steps(step{"deletephysicalnetwork id=vxlan", errorText("delete physical network vxlan: must delete all logical networks of this physical network first: blue")})
	if err := a.model.DeleteNetworks(context.Background(), "blue"); err != nil {
		t.Fatal(err)
	}
	a.steps(
		step{"deletephysicalnetwork id=vxlan", errorText("delete physical network vxlan: must delete all physical ports of this physical network first: |%|%|vxlan0")},
		step{"deletephysicalport name=vxlan0", ok},
		step{"deletephysicalnetwork id=vxlan", ok},
	)
}

// Without a model there is no call; the error says why.
func TestNoModel(t *testing.T) {
	a := serve(t, nil, func(context.Context) (*network.Model, error) { return nil, errors.New("Open vSwitch does not answer") })
	a.steps(step{"listphysicalnetworks", errorText("Open vSwitch does not answer")})
}

// A panic is the end of a call, not of the program.
func TestPanic(t *testing.T) {
	a := serve(t, nil, func(context.Context) (*network.Model, error) { panic("secret") })
	a.steps(step{"listphysicalnetworks", errorText("internal error: see the log of vlcp")})
}

// While the store is away calls fail, and nothing is half done.
func TestStoreAway(t *testing.T) {
	away := kvtest.None
	_, store := newModel(t)
	m := modelOn(t, kvtest.NewFaulty(store, func(string) kvtest.Fault { return away }))
	a := serve(t, m, always(m))
	away = kvtest.Unavailable
	for _, call := range []string{"createphysicalnetwork type=local&id=a", "deletephysicalnetwork id=a", "listphysicalnetworks", "listphysicalports", "listlogicalnetworks id=a",
		"createlogicalport logicalnetwork=a", "updatelogicalport id=a&hostname=b", "listlogicalports logicalnetwork=a"} {
		if status, body := a.call(call); status != http.StatusInternalServerError || !strings.Contains(body, kvstore.ErrUnavailable.Error()) {
			t.Errorf("%s: %d %s", call, status, body)
		}
	}
	away = kvtest.None
	a.steps(step{"listphysicalnetworks", `{"result":[]}`})
}
