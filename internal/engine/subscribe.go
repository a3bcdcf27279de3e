package engine

import (
	"context"
	"errors"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/ovs"
)

// watchSwitch runs the watcher of the switch.
func (e *Engine) watchSwitch(ctx context.Context) {
	e.watchers.Go(func() {
		e.persist(ctx, "switch", func() error {
			return e.Switch.Watch(ctx, func(ev ovs.Event) error {
				if p := ev.PacketIn; p != nil && (!e.plan.IsQuestion(*p) || !e.questions.admit(p.InPort)) {
					ev.PacketIn = nil
				}
				if ev == (ovs.Event{}) {
					return nil
				}
				return e.send(ctx, func() { e.takeSwitch(ctx, ev) })
			})
		})
	})
}

// takeSwitch takes note of what the switch says. A switch that was connected
// again may have other ports too.
func (e *Engine) takeSwitch(ctx context.Context, ev ovs.Event) {
	if ev.PacketIn != nil {
		e.answer(ctx, *ev.PacketIn)
	}
	e.oldPorts = e.oldPorts || ev.Ports || ev.Flows
	e.oldFlows = e.oldFlows || ev.Flows
}

// subscription is a watch on one prefix of the store. Its fields belong to the
// engine's goroutine.
type subscription struct {
	take   func(kvstore.Entry) // of one key that is so now
	keys   map[string]struct{} // that exist, as last taken
	loaded bool                // the first snapshot was taken
	cancel context.CancelFunc
}

// subscribe watches a prefix from now on.
func (e *Engine) subscribe(ctx context.Context, prefix string, take func(kvstore.Entry)) {
	ctx, cancel := context.WithCancel(ctx)
	s := &subscription{take: take, keys: map[string]struct{}{}, cancel: cancel}
	e.subs[prefix] = s
	e.watchers.Go(func() {
		e.persist(ctx, "store", func() error {
			return e.Store.Watch(ctx, prefix, func(b kvstore.Batch) error {
				return e.send(ctx, func() {
					if e.subs[prefix] == s { // else it was ended meanwhile
						s.takeBatch(b)
					}
				})
			})
		})
	})
}

// unsubscribe ends the watch on a prefix and forgets all that it told.
func (e *Engine) unsubscribe(prefix string) {
	s := e.subs[prefix]
	s.cancel()
	delete(e.subs, prefix)
	s.forget(nil)
}

// persist runs a watch again for as long as ctx lives.
func (e *Engine) persist(ctx context.Context, what string, watch func() error) {
	for {
		err := watch()
		if ctx.Err() != nil || errors.Is(err, kvstore.ErrClosed) {
			return
		}
		e.Log.Warn("watch ended, starting it again", "of", what, "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(minPause):
		}
	}
}

// takeBatch takes what a watch delivered.
func (s *subscription) takeBatch(b kvstore.Batch) {
	if b.Snapshot {
		s.loaded = true
		s.forget(b.Entries)
	}
	for _, entry := range b.Entries {
		if entry.Revision == kvstore.Absent {
			delete(s.keys, entry.Key)
		} else {
			s.keys[entry.Key] = struct{}{}
		}
		s.take(entry)
	}
}

// forget takes as deleted every key that is not among those that stay.
func (s *subscription) forget(stay []kvstore.Entry) {
	gone := s.keys
	s.keys = make(map[string]struct{}, len(stay))
	for _, entry := range stay {
		delete(gone, entry.Key)
	}
	for key := range gone {
		s.take(kvstore.Entry{Key: key})
	}
}
