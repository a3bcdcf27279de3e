package names

import (
	"context"
	"time"
)

const (
	minPause   = time.Second // before what failed is tried again
	maxPause   = time.Minute
	auditEvery = time.Minute
)

// task is something that is done when there is a reason, and again after a
// while where it failed.
type task struct {
	do    func(context.Context) error
	kicks chan struct{} // has an element when there is a reason
}

func newTask(do func(context.Context) error) task {
	return task{do: do, kicks: make(chan struct{}, 1)}
}

func (t task) kick() {
	select {
	case t.kicks <- struct{}{}:
	default:
	}
}

func (t task) run(ctx context.Context) error {
	for pause := minPause; ; {
		var again <-chan time.Time
		if err := t.do(ctx); err != nil {
			again, pause = time.After(pause), min(2*pause, maxPause)
		} else {
			pause = minPause
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.kicks:
		case <-again:
		}
	}
}

// audit has everything compared once in a while.
func (k *Keeper) audit(ctx context.Context) error {
	for ticker := time.NewTicker(auditEvery); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return ctx.Err()
		case <-ticker.C:
			k.dirty.addAll()
			k.looking.kick()
		}
	}
}
