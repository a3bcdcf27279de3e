package ovstest

import (
	"context"
	"errors"
	"testing"

	"github.com/vlcp-go/vlcp/ovs"
)

func watchBeginsWithAll(t *testing.T, sw ovs.Switch) {
	for range 2 {
		var first ovs.Event
		err := sw.Watch(t.Context(), func(e ovs.Event) error {
			first = e
			return errStop
		})
		if !errors.Is(err, errStop) || !first.Ports || !first.Flows {
			t.Errorf("first event %+v, error %v", first, err)
		}
	}
}

func watchEnds(t *testing.T, sw ovs.Switch) {
	ctx, cancel := context.WithCancel(t.Context())
	err := sw.Watch(ctx, func(ovs.Event) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// watchesAreApart: a watcher that is slow keeps no other from its events.
func watchesAreApart(t *testing.T, sw ovs.Switch) {
	entered, leave := make(chan struct{}), make(chan struct{})
	ended := make(chan error)
	go func() {
		ended <- sw.Watch(t.Context(), func(ovs.Event) error {
			close(entered)
			<-leave
			return errStop
		})
	}()
	<-entered
	setPorts(t, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: "w", Type: "internal"}}})
	awaitNumber(t, sw, "w")
	close(leave)
	if err := <-ended; !errors.Is(err, errStop) {
		t.Error(err)
	}
}

// endedContext: what is asked with a context that has ended is not done.
func endedContext(t *testing.T, sw ovs.Switch) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	add := flows(t, "cookie=0x1,table=0,priority=1 actions=drop")
	for name, call := range calls(ctx, sw, add) {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	checkFlows(t, sw)
	checkNames(t, sw)
}

// calls is every method that needs Open vSwitch.
func calls(ctx context.Context, sw ovs.Switch, add []ovs.Flow) map[string]func() error {
	return map[string]func() error{
		"Info":     func() error { _, err := sw.Info(ctx); return err },
		"Ports":    func() error { _, err := sw.Ports(ctx); return err },
		"SetPorts": func() error { return sw.SetPorts(ctx, ovs.PortChanges{Add: specs("called")}) },
		"Flows":    func() error { _, err := sw.Flows(ctx, 0, 0); return err },
		"Apply":    func() error { return sw.Apply(ctx, ovs.Changes{Add: add}) },
		"Send": func() error {
			return sw.Send(ctx, ovs.PacketOut{Data: frame(1), Actions: []ovs.Action{ovs.Output{Port: ovs.PortLocal}}})
		},
	}
}

func closed(t *testing.T, sw ovs.Switch) {
	watching := make(chan struct{})
	ended := make(chan error)
	go func() {
		var once bool
		ended <- sw.Watch(t.Context(), func(ovs.Event) error {
			if !once {
				once = true
				close(watching)
			}
			return nil
		})
	}()
	<-watching
	if err := sw.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("Watch ended without error")
	}
	for name, call := range calls(t.Context(), sw, nil) {
		if err := call(); err == nil && name != "Apply" {
			t.Errorf("%s works on a closed switch", name)
		}
	}
	if err := sw.Watch(t.Context(), func(ovs.Event) error { return nil }); err == nil {
		t.Error("Watch on a closed switch ended without error")
	}
	if err := sw.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}
