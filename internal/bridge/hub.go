package bridge

import (
	"context"
	"net"
	"sync"

	"github.com/vlcp-go/vlcp/ovs"
)

// maxPackets is how many packet-ins wait for a watcher that is busy; more are
// dropped, as Open vSwitch itself does for a controller that is slow.
const maxPackets = 1024

// Hub hands events to the watchers of a switch. Changes that a watcher has not
// yet taken become one event. The zero value is ready to use.
type Hub struct {
	mu       sync.Mutex
	watchers map[*watcher]struct{}
	closed   bool
}

// watcher is one call of Watch. Its fields belong to the hub's mutex.
type watcher struct {
	wake    chan struct{} // of capacity 1: something is pending
	changed ovs.Event     // without packet
	packets []*ovs.PacketIn
}

// Notify tells every watcher.
func (h *Hub) Notify(e ovs.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		w.add(e)
	}
}

// Close ends every Watch.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for w := range h.watchers {
		w.signal()
	}
}

// Watch is the method of [ovs.Switch]; after Close it returns [net.ErrClosed].
func (h *Hub) Watch(ctx context.Context, fn func(ovs.Event) error) error {
	w := h.join()
	defer h.leave(w)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.wake:
		}
		e, err := h.take(w)
		if err == nil && e != (ovs.Event{}) {
			err = fn(e)
		}
		if err != nil {
			return err
		}
	}
}

func (h *Hub) join() *watcher {
	w := &watcher{wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = map[*watcher]struct{}{}
	}
	h.watchers[w] = struct{}{}
	w.add(ovs.Event{Ports: true, Flows: true})
	return w
}

func (h *Hub) leave(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

// take takes what changed, together with the oldest packet.
func (h *Hub) take(w *watcher) (ovs.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return ovs.Event{}, net.ErrClosed
	}
	e := w.changed
	w.changed = ovs.Event{}
	if len(w.packets) > 0 {
		e.PacketIn = w.packets[0]
		w.packets = w.packets[1:]
	}
	if len(w.packets) > 0 {
		w.signal()
	}
	return e, nil
}

func (w *watcher) add(e ovs.Event) {
	w.changed.Ports = w.changed.Ports || e.Ports
	w.changed.Flows = w.changed.Flows || e.Flows
	if e.PacketIn != nil && len(w.packets) < maxPackets {
		w.packets = append(w.packets, e.PacketIn)
	}
	w.signal()
}

func (w *watcher) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
