package openflow

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ovs"
)

// run lets a client run until the test ends, and tells of each connect.
func run(t *testing.T, path string) (*Client, <-chan struct{}) {
	t.Helper()
	connected := make(chan struct{}, 10)
	c := &Client{Path: path, Connected: func() { connected <- struct{}{} }}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := receive(t, done); !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	})
	return c, connected
}

func TestClientConnectsAgain(t *testing.T) {
	o := testenv.OVS(t)
	o.AddBridge("br0")
	c, connected := run(t, o.Mgmt("br0"))
	receive(t, connected)
	want := parse(t, "cookie=0x1,table=0,priority=1 actions=drop")
	if err := c.Apply(t.Context(), ovs.Changes{Add: want}); err != nil {
		t.Fatal(err)
	}

	o.StopVswitchd()
	if _, err := c.Flows(t.Context(), 0, 0); !errors.Is(err, ovs.ErrUnavailable) {
		t.Errorf("while vswitchd is away: %v", err)
	}
	o.StartVswitchd()
	receive(t, connected)
	if got, err := c.Flows(t.Context(), 0, 0); err != nil || len(got) != 0 {
		t.Errorf("after the restart: %v, %v", got, err)
	}
	if err := c.Apply(t.Context(), ovs.Changes{Add: want}); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestClientWaitsForTheBridge(t *testing.T) {
	o := testenv.OVS(t)
	c, connected := run(t, o.Mgmt("br0"))
	calls := map[string]func() error{
		"Apply":  func() error { return c.Apply(t.Context(), ovs.Changes{}) },
		"Flows":  func() error { _, err := c.Flows(t.Context(), 0, 0); return err },
		"Groups": func() error { _, err := c.Groups(t.Context()); return err },
		"Send":   func() error { return c.Send(t.Context()) },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, ovs.ErrUnavailable) {
			t.Errorf("%s without a bridge: %v", name, err)
		}
	}
	o.AddBridge("br0")
	receive(t, connected)
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClientSaysWhyItIsAway(t *testing.T) {
	o := testenv.OVS(t)
	o.AddBridge("br0")
	o.Vsctl("set", "bridge", "br0", "protocols=OpenFlow10")
	c, connected := run(t, o.Mgmt("br0"))
	for err := error(nil); !errors.Is(err, errVersion); {
		if _, err = c.Flows(t.Context(), 0, 0); !errors.Is(err, ovs.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	o.Vsctl("set", "bridge", "br0", "protocols=OpenFlow10,OpenFlow14")
	receive(t, connected)
}

func TestDialSaysWhatIsWrong(t *testing.T) {
	o := testenv.OVS(t)
	o.AddBridge("br0")
	o.Vsctl("set", "bridge", "br0", "protocols=OpenFlow10,OpenFlow13")
	if _, err := Dial(t.Context(), o.Mgmt("br0"), nil); !errors.Is(err, errVersion) || !errors.Is(err, ovs.ErrUnavailable) {
		t.Errorf("a bridge without OpenFlow 1.4: %v", err)
	}
	if _, err := Dial(t.Context(), filepath.Join(t.TempDir(), "no.mgmt"), nil); !errors.Is(err, ovs.ErrUnavailable) {
		t.Errorf("no socket: %v", err)
	}
	if _, err := Dial(t.Context(), o.DB, nil); !errors.Is(err, ovs.ErrUnavailable) {
		t.Errorf("OVSDB's socket: %v", err)
	}
}
