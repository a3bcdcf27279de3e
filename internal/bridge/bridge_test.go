package bridge_test

import (
	"errors"
	"net"
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

func TestComplete(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	for name, test := range map[string]struct{ in, want ovs.BridgeSpec }{
		"defaults": {
			ovs.BridgeSpec{Name: "br0"},
			ovs.BridgeSpec{Name: "br0", Datapath: "auto", Database: "/var/run/openvswitch/db.sock", RunDir: "/var/run/openvswitch"},
		},
		"the run directory is the socket's": {
			ovs.BridgeSpec{Name: "br0", Database: "/x/db.sock", Datapath: "netdev", MAC: mac},
			ovs.BridgeSpec{Name: "br0", Database: "/x/db.sock", Datapath: "netdev", MAC: mac, RunDir: "/x"},
		},
		"all given": {
			ovs.BridgeSpec{Name: "br0", Database: "/x/db.sock", Datapath: "system", RunDir: "/y"},
			ovs.BridgeSpec{Name: "br0", Database: "/x/db.sock", Datapath: "system", RunDir: "/y"},
		},
	} {
		got, err := bridge.Complete(test.in)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v, %s", name, err, diff)
		}
	}
}

func TestCompleteRefuses(t *testing.T) {
	for name, spec := range map[string]ovs.BridgeSpec{
		"no name":      {},
		"long name":    {Name: "sixteen-letters-"},
		"a path":       {Name: "../br0"},
		"datapath":     {Name: "br0", Datapath: "dpdk"},
		"hardware":     {Name: "br0", MAC: net.HardwareAddr{1, 2, 3}},
		"option-alike": {Name: "--db"},
	} {
		if _, err := bridge.Complete(spec); !errors.Is(err, ovs.ErrRefused) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestDatapath(t *testing.T) {
	here := "netdev"
	if _, err := os.Stat("/sys/module/openvswitch"); err == nil {
		here = "system"
	}
	for asked, want := range map[string]string{"auto": here, "system": "system", "netdev": "netdev"} {
		if got := bridge.Datapath(ovs.BridgeSpec{Datapath: asked}); got != want {
			t.Errorf("%s is %s, want %s", asked, got, want)
		}
	}
	if got := bridge.DatapathOf(""); got != "system" {
		t.Errorf("an empty column is %s", got)
	}
}

func TestNewSystemID(t *testing.T) {
	version4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	a, b := bridge.NewSystemID(), bridge.NewSystemID()
	if !version4.MatchString(a) || a == b {
		t.Errorf("ids %s and %s", a, b)
	}
}

func TestCheckPorts(t *testing.T) {
	add := func(names ...string) (c ovs.PortChanges) {
		for _, n := range names {
			c.Add = append(c.Add, ovs.PortSpec{Name: n})
		}
		return c
	}
	for name, test := range map[string]struct {
		change  ovs.PortChanges
		refused string // the port that the error names; "-" for none
	}{
		"good names":     {add("v1", "fifteen-letters", "ünïcode", "a.b_c@d+e"), "-"},
		"nothing":        {ovs.PortChanges{}, "-"},
		"both":           {ovs.PortChanges{Add: add("v1").Add, Delete: []string{"v1"}}, "-"},
		"too long":       {add("v1", "sixteen-letters-"), "sixteen-letters-"},
		"bytes count":    {add("fünfzehn-letter"), "fünfzehn-letter"},
		"the bridge":     {add("br0"), "br0"},
		"twice":          {add("v1", "v2", "v1"), "v1"},
		"delete a path":  {ovs.PortChanges{Delete: []string{"v1", "a/b"}}, "a/b"},
		"delete itself":  {ovs.PortChanges{Delete: []string{"br0"}}, "br0"},
		"an option":      {add("--all"), "--all"},
		"no name":        {add(""), ""},
		"a control code": {add("a\x01"), "a\x01"},
	} {
		err := bridge.CheckPorts("br0", test.change)
		var failed *ovs.Error
		switch {
		case test.refused == "-" && err == nil:
		case test.refused == "-" || !errors.Is(err, ovs.ErrRefused) || !errors.As(err, &failed) || failed.ID != test.refused:
			t.Errorf("%s: error %v", name, err)
		}
	}
}
