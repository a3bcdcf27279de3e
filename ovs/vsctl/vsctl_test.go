package vsctl_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovstest"
	"github.com/vlcp-go/vlcp/ovs/vsctl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSwitch(t *testing.T) { ovstest.Run(t, open) }

func open(t testing.TB, spec ovs.BridgeSpec) ovs.Switch {
	sw, err := vsctl.Open(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sw.Close() })
	return sw
}
