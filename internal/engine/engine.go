// Package engine is the loop that keeps one bridge as the store says: it
// watches both, keeps a plan of the flows that the host should have, and
// applies what differs.
//
// Events only say where to look again. One goroutine owns all state: it takes
// what arrived ([Engine.Run]), brings its facts up to date (facts.go,
// subscribe.go), and then settles: the plan's changes go to the switch in one
// bundle (apply.go). Nothing is applied before everything that this host needs
// has been read once, so an agent that restarts, or whose store is away,
// leaves the flows alone.
package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network/plan"
	"github.com/vlcp-go/vlcp/ovs"
)

// Config is what an Engine works on.
type Config struct {
	Store  kvstore.Store
	Switch ovs.Switch
	Info   ovs.Info      // of Switch: which physical ports are meant for it
	VXLAN  UplinkOptions // of the tunnel port, where the engine makes it
	Audit  time.Duration // between two full comparisons with the switch
	Log    *slog.Logger
}

// UplinkOptions are the options of a tunnel port that the engine makes.
type UplinkOptions map[string]string

// Engine keeps one bridge. Make it with New, run it with Run.
type Engine struct {
	Config
	events chan event
	ready  readiness
	facts  facts
	plan   *plan.Plan
	subs   map[string]*subscription // by prefix
	stale  bool                     // the flows of the switch may not be the plan's: compare them all
	retry  <-chan time.Time         // after a failure, else nil

	watchers *watchers
}

// event is what one of the watchers has seen.
type event struct {
	sw    ovs.Event // of the switch
	sub   *subscription
	batch kvstore.Batch // of sub
	audit bool
}

// New makes an Engine.
func New(c Config) *Engine {
	return &Engine{
		Config: c,
		events: make(chan event, 64),
		ready:  readiness{changed: make(chan struct{})},
		facts:  newFacts(),
		plan:   plan.New(plan.Config{}),
		subs:   map[string]*subscription{},
		stale:  true,
	}
}

// Run runs the engine until ctx ends, and returns its error.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	watchers := e.start(ctx)
	defer watchers.Wait()
	defer cancel()
	audit := time.NewTicker(e.Audit)
	defer audit.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-audit.C:
			e.take(ctx, event{audit: true})
		case <-e.retry:
			e.retry = nil
		case ev := <-e.events:
			e.take(ctx, ev)
			e.drain(ctx)
		}
		e.settle(ctx)
	}
}

// drain takes what else has arrived, so that a burst is settled once.
func (e *Engine) drain(ctx context.Context) {
	for range cap(e.events) {
		select {
		case ev := <-e.events:
			e.take(ctx, ev)
		default:
			return
		}
	}
}

// take brings the facts up to date with one event.
func (e *Engine) take(ctx context.Context, ev event) {
	switch {
	case ev.sub != nil:
		e.takeBatch(ev.sub, ev.batch)
	case ev.audit:
		e.stale = true
		e.readPorts(ctx)
	default:
		e.stale = e.stale || ev.sw.Flows
		if ev.sw.Ports || ev.sw.Flows {
			e.readPorts(ctx)
		}
	}
}
