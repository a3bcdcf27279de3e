package kvtest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/vlcp-go/vlcp/kvstore"
)

// RunLinearizable has several sessions commit and read while disturb does harm
// to what is below them: kills a server, stops one, cuts a connection. Commits
// and current reads must then have an order in which one store could have done
// them one after the other (by the checker porcupine), reads that may be stale
// must not go back, and all sessions must work again after disturb returned. A
// commit that answers another error than ErrUnknown must not have been done.
//
// open opens sessions on the same data, which are empty. disturb is called once,
// on a goroutine of the test's.
func RunLinearizable(t *testing.T, open Open, disturb func()) {
	t.Run("4 linearizable in spite of all", func(t *testing.T) { testDisturbed(t, open, disturb) })
}

const (
	sessions = 3
	workers  = 2  // on each session
	rounds   = 10 // of each worker before, and again after the disturbance
)

func testDisturbed(t testing.TB, open Open, disturb func()) {
	var clock atomic.Int64
	var calm atomic.Bool
	var busy, ended sync.WaitGroup
	var all []*worker
	busy.Add(sessions * workers)
	for range sessions {
		s := opened(t, open)
		for range workers {
			w := &worker{t: t, id: len(all), store: s, clock: &clock}
			all = append(all, w)
			ended.Go(func() { w.work(&calm, busy.Done) })
		}
	}
	func() {
		defer ended.Wait()
		defer calm.Store(true)
		busy.Wait()
		disturb()
	}()
	var history []porcupine.Operation
	failed := 0
	for _, w := range all {
		history = append(history, w.history...)
		failed += w.failed
	}
	t.Logf("%d calls to put in order, %d failed or of unknown outcome", len(history), failed)
	judge(t, history)
}

// worker is one caller of a store.
type worker struct {
	t     testing.TB
	id    int
	store kvstore.Store
	clock *atomic.Int64 // counts the events of all workers; no two are at once

	revisions [len(content{})]kvstore.Revision // as it read them last
	now       content                          // as it read it last
	seen      content                          // the newest numbers that it saw
	history   []porcupine.Operation
	failed    int // calls
}

// work goes on until it is calm, and then until some rounds went well.
func (w *worker) work(calm *atomic.Bool, busy func()) {
	for range rounds {
		w.round()
	}
	busy()
	for !calm.Load() {
		w.round()
	}
	ctx := limited(w.t)
	for well := 0; well < rounds; {
		if w.round() {
			well++
		}
		if ctx.Err() != nil {
			w.t.Errorf("a session does not come to itself again: in %v %d calls went well", patience, well)
			return
		}
	}
}

// round reads and commits once, and tells whether all went well. Its pace keeps
// the history short enough to be judged, and lets others come between.
func (w *worker) round() bool {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for _, call := range []func(context.Context) bool{w.readStale, w.read, w.commit} {
		time.Sleep(rand.N(4 * time.Millisecond))
		if !call(ctx) {
			w.failed++
			return false
		}
	}
	return true
}

// readStale reads as old as the store likes.
func (w *worker) readStale(ctx context.Context) bool {
	read := func() ([]kvstore.Entry, error) { return w.store.Get(ctx, cells, false) }
	if rand.IntN(2) == 0 {
		read = func() ([]kvstore.Entry, error) { return w.store.List(ctx, "cell/") }
	}
	entries, err := read()
	if err != nil {
		return false
	}
	w.see(entries)
	return true
}

func (w *worker) read(ctx context.Context) bool {
	begin := w.clock.Add(1)
	entries, err := w.store.Get(ctx, cells, true)
	if err != nil {
		return false
	}
	w.now = w.see(entries)
	for i, e := range entries {
		w.revisions[i] = e.Revision
	}
	w.record(begin, w.clock.Add(1), request{read: true}, answer{read: w.now})
	return true
}

// commit writes what it read last anew, if nobody else did in between.
func (w *worker) commit(ctx context.Context) bool {
	r, ops := w.request()
	begin := w.clock.Add(1)
	err := w.store.Commit(ctx, ops)
	end := w.clock.Add(1)
	switch {
	case errors.Is(err, kvstore.ErrUnknown):
		w.record(begin, math.MaxInt64, r, answer{err: err})
		return false
	case errors.Is(err, kvstore.ErrConflict):
		w.record(begin, end, r, answer{err: err})
	case err != nil:
		return false // nothing was done: whoever reads it nonetheless has no order
	default:
		w.record(begin, end, r, answer{})
		w.wrote(r.write)
	}
	return true
}

// request draws a commit. It checks each cell that it writes, so that the
// numbers of a cell only grow, unless it may be deleted: absence comes back.
func (w *worker) request() (request, []kvstore.Op) {
	r := request{check: untouchedCells(), write: untouchedCells()}
	var ops []kvstore.Op
	for _, i := range rand.Perm(len(cells))[:1+rand.IntN(len(cells))] {
		r.check[i] = w.now[i]
		op := check(cells[i], w.revisions[i])
		switch draw := rand.IntN(4); {
		case draw == 0: // only the check
		case draw == 1 && i == deletable:
			op.Write, r.write[i] = kvstore.Delete, 0
		default:
			r.write[i] = int(w.clock.Add(1))
			op = when(op.Revision, put(cells[i], strconv.Itoa(r.write[i])))
		}
		ops = append(ops, op)
	}
	return r, ops
}

// see holds what was read against what this worker saw before.
func (w *worker) see(entries []kvstore.Entry) (now content) {
	for _, e := range entries {
		if e.Revision == kvstore.Absent {
			continue
		}
		number, err := strconv.Atoi(string(e.Value))
		if err != nil {
			w.t.Errorf("read %v, which nobody wrote", e)
		}
		now[slices.Index(cells, e.Key)] = number
	}
	for i, number := range now {
		if i != deletable && number < w.seen[i] {
			w.t.Errorf("%s is at %d again, after %d", cells[i], number, w.seen[i])
		}
	}
	w.wrote(now)
	return now
}

// wrote notes the newest state of each cell that is known.
func (w *worker) wrote(written content) {
	for i, number := range written {
		w.seen[i] = max(w.seen[i], number)
	}
}

func (w *worker) record(begin, end int64, r request, a answer) {
	w.history = append(w.history, porcupine.Operation{ClientId: w.id, Call: begin, Return: end, Input: r, Output: a})
}
