package testenv_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

func TestOVSInstancesAreApart(t *testing.T) {
	a, b := testenv.OVS(t), testenv.OVS(t)
	a.AddBridge("br0")
	b.AddBridge("br0")
	a.Ofctl("add-flow", "br0", "priority=7,actions=drop")
	if got := a.Ofctl("--no-stats", "dump-flows", "br0"); !strings.Contains(got, "priority=7") {
		t.Errorf("flows of a:\n%s", got)
	}
	if got := b.Ofctl("--no-stats", "dump-flows", "br0"); strings.Contains(got, "priority=7") {
		t.Errorf("flows of b:\n%s", got)
	}
}

func TestOVSRestartLosesFlows(t *testing.T) {
	o := testenv.OVS(t)
	o.AddBridge("br0")
	o.Ofctl("add-flow", "br0", "priority=7,actions=drop")
	o.StopVswitchd()
	if _, err := os.Stat(o.DB); err != nil {
		t.Error(err)
	}
	o.StartVswitchd()
	o.Vsctl("set", "bridge", "br0", "external_ids:waited=1")
	if got := o.Ofctl("--no-stats", "dump-flows", "br0"); strings.Contains(got, "priority=7") {
		t.Errorf("flows after a restart:\n%s", got)
	}
}

func TestOVSLivesInItsNamespace(t *testing.T) {
	o := testenv.OVS(t)
	o.AddBridge("br-seldom")
	links := func() string {
		out, err := o.Command("ip", "-o", "link").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	var inside string
	o.Do(func() { inside = links() })
	if !strings.Contains(inside, "br-seldom") {
		t.Errorf("links inside:\n%s", inside)
	}
	if outside := links(); strings.Contains(outside, "br-seldom") {
		t.Errorf("links outside:\n%s", outside)
	}
}
