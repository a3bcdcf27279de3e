package bridge_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

var all = ovs.Event{Ports: true, Flows: true}

// watch collects the events of a watcher that stops at the gate before it
// takes one more.
func watch(ctx context.Context, h *bridge.Hub, gate <-chan struct{}) (events *[]ovs.Event, ended *error) {
	events, ended = new([]ovs.Event), new(error)
	go func() {
		*ended = h.Watch(ctx, func(e ovs.Event) error {
			*events = append(*events, e)
			<-gate
			return nil
		})
	}()
	synctest.Wait()
	return events, ended
}

func open() chan struct{} {
	gate := make(chan struct{})
	close(gate)
	return gate
}

func TestHubTellsEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h bridge.Hub
		h.Notify(all) // to nobody
		a, _ := watch(t.Context(), &h, open())
		b, _ := watch(t.Context(), &h, open())
		h.Notify(ovs.Event{Ports: true})
		synctest.Wait()
		want := []ovs.Event{all, {Ports: true}}
		for _, got := range [][]ovs.Event{*a, *b} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestHubMergesForABusyWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h bridge.Hub
		gate := make(chan struct{})
		events, _ := watch(t.Context(), &h, gate)
		first, second := &ovs.PacketIn{InPort: 1}, &ovs.PacketIn{InPort: 2}
		for _, e := range []ovs.Event{{Ports: true}, {PacketIn: first}, {Flows: true}, {PacketIn: second}, {Ports: true}} {
			h.Notify(e)
		}
		close(gate)
		synctest.Wait()
		want := []ovs.Event{all, {Ports: true, Flows: true, PacketIn: first}, {PacketIn: second}}
		if diff := cmp.Diff(want, *events); diff != "" {
			t.Error(diff)
		}
	})
}

func TestHubDropsPacketsAtLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h bridge.Hub
		gate := make(chan struct{})
		events, _ := watch(t.Context(), &h, gate)
		for i := range 2000 {
			h.Notify(ovs.Event{PacketIn: &ovs.PacketIn{InPort: uint32(i)}})
		}
		close(gate)
		synctest.Wait()
		if n := len(*events); n != 1+1024 || (*events)[n-1].PacketIn.InPort != 1023 {
			t.Errorf("%d events, the last %+v", n, (*events)[n-1])
		}
	})
}

func TestHubWatchEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h bridge.Hub
		ctx, cancel := context.WithCancel(t.Context())
		_, cancelled := watch(ctx, &h, open())
		_, closed := watch(t.Context(), &h, open())
		cancel()
		synctest.Wait()
		if !errors.Is(*cancelled, context.Canceled) {
			t.Errorf("after its context's end: %v", *cancelled)
		}
		h.Close()
		synctest.Wait()
		if !errors.Is(*closed, net.ErrClosed) {
			t.Errorf("after Close: %v", *closed)
		}
		if _, late := watch(t.Context(), &h, open()); !errors.Is(*late, net.ErrClosed) {
			t.Errorf("begun after Close: %v", *late)
		}
		failure := errors.New("of the watcher")
		if err := new(bridge.Hub).Watch(t.Context(), func(ovs.Event) error { return failure }); err != failure {
			t.Errorf("error %v", err)
		}
	})
}
