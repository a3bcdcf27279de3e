// Package engine is the loop that keeps one bridge as the store says: it
// watches both, keeps a plan of the flows that the host should have, and
// applies what differs.
//
// Events only say where to look again. One goroutine owns all state
// ([Engine.Run]): it takes what arrived, brings its facts up to date (facts.go,
// subscribe.go), and then settles (settle.go): tunnel ports that are missing
// are made (uplink.go, tunnel.go), and the plan's changes go to the switch in one bundle.
// ready.go tells others which ports are forwarded. What virtual routers take is in
// router.go. Nothing is applied before
// everything that this host needs has been read once, so an agent that
// restarts, or whose store is away, leaves the flows alone.
package engine

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
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
	Audit  time.Duration // between two full comparisons with the switch
	Log    *slog.Logger

	VXLANPort uint16     // of UDP, of the tunnel port where the engine makes it
	TunnelIP  netip.Addr // that it sends from; zero: what the host's routes say

	Host  string                    // id of this host
	Moved func(port string, m Move) // told of each move of a port; it must not block; nil: nobody is
}

// Engine keeps one bridge. Make it with New, run it once with Run.
type Engine struct {
	Config
	events   chan func() // what the watchers saw, to be taken by the one goroutine
	watchers sync.WaitGroup
	ready    readiness
	settled  []chan struct{} // to be closed after the next settle

	facts facts
	plan  *plan.Plan
	subs  map[string]*subscription // by prefix

	questions questions

	begun    bool // all that this host needs was read once
	oldPorts bool // the ports of the switch may not be those of the facts: read them
	oldFlows bool // the flows of the switch may not be the plan's: compare them all

	states     map[string]string // what each port waited for after the last settle; see portStates
	announcing bool              // ports that are forwarded newly are told to real devices

	failing bool             // something failed in this settle
	retry   <-chan time.Time // after a failure, else nil
	pause   time.Duration    // before retry
}

// A failure is tried again after minPause, and then after ever longer pauses.
const (
	minPause = time.Second
	maxPause = 30 * time.Second
)

// New makes an Engine.
func New(c Config) *Engine {
	if c.Moved == nil {
		c.Moved = func(string, Move) {}
	}
	return &Engine{
		Config:   c,
		events:   make(chan func(), 64),
		ready:    readiness{changed: make(chan struct{})},
		facts:    newFacts(),
		plan:     plan.New(plan.Config{Host: c.Host, Datapath: c.Info.Datapath}),
		subs:     map[string]*subscription{},
		oldPorts: true,
		oldFlows: true,
	}
}

// Run runs the engine until ctx ends, and returns its error.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer e.watchers.Wait()
	defer cancel()
	e.watchSwitch(ctx)
	audit := time.NewTicker(e.Audit)
	defer audit.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-audit.C:
			e.oldPorts, e.oldFlows = true, true
			e.findAgain()
		case <-e.retry:
			e.retry = nil
		case take := <-e.events:
			take()
			e.drain()
		}
		e.settle(ctx)
	}
}

// drain takes what else has arrived, so that a burst is settled once.
func (e *Engine) drain() {
	for range cap(e.events) {
		select {
		case take := <-e.events:
			take()
		default:
			return
		}
	}
}

// send has the engine's goroutine call take.
func (e *Engine) send(ctx context.Context, take func()) error {
	select {
	case e.events <- take:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
