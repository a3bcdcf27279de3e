package webapi_test

import (
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

// What the store alone needs is not shown, nor found by; of a port that is
// plugged in the host is.
func TestWhatIsShown(t *testing.T) {
	a := newAPI(t)
	owner := network.Owner{Face: "docker", Host: "h1"}
	if _, err := a.model.CreateNetworks(t.Context(), network.Spec{Network: network.Network{ID: "n", Owner: owner}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.model.CreatePorts(t.Context(), network.Port{ID: "p", Network: "n", MAC: "02:00:00:00:00:01", Owner: owner, Location: network.Location{Host: "h1", Epoch: 3}}); err != nil {
		t.Fatal(err)
	}
	port := `{"result":[{"id":"p","location":{"host":"h1"},"mac_address":"02:00:00:00:00:01","network":"n"}]}`
	a.steps(
		step{"listlogicalnetworks id=n", `{"result":[{"id":"n","mtu":1450,"physicalnetwork":"vxlan","type":"vxlan","vni":10000}]}`},
		step{"listlogicalports", port},
		step{"listlogicalports location=`{'host':'h1'}`", port},
		step{"listlogicalports owner=`{'face':'docker','host':'h1'}`", `{"result":[]}`},
	)
}

// A filter that no object can match finds none.
func TestFiltersThatMatchNothing(t *testing.T) {
	a := logicalAPI(t)
	for _, call := range []string{
		"listlogicalports logicalnetwork=" + strings.Repeat("x", 5000),
		"listlogicalports logicalnetwork=",
		"listlogicalports logicalnetwork=`5`",
		"listlogicalports logicalnetwork=blue&network=red",
		"listsubnets id=" + strings.Repeat("x", 5000),
		"listsubnets id=`5`",
		"listsubnets id=s&logicalnetwork=red",
	} {
		if _, body := a.call(call); body != `{"result":[]}` {
			t.Errorf("%.100s: %s", call, body)
		}
	}
}
