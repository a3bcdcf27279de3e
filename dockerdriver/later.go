package dockerdriver

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

const (
	// patience is how long a delete is tried while Docker waits.
	patience = 3 * time.Second
	minPause = 100 * time.Millisecond
	maxPause = 30 * time.Second
)

// job is something to delete. Docker takes every delete for done, whatever is
// answered, and never asks again: so a job is tried until it is done.
type job struct {
	call string // for the log
	id   string
	run  func(context.Context) error

	port      bool         // it removes a port,
	addresses []netip.Addr // which has these; nil: any
	frees     netip.Addr   // it frees an address: after the port that has it
}

// waitsFor tells whether j must run after an earlier job.
func (j *job) waitsFor(earlier *job) bool {
	return j.frees.IsValid() && earlier.port &&
		(earlier.addresses == nil || slices.Contains(earlier.addresses, j.frees))
}

// later keeps the jobs that are not done yet, in the order they came. It is in
// memory: what a restart loses, the records of the model let the clean-up find.
type later struct {
	mu    sync.Mutex
	jobs  []*job
	added chan struct{} // has an element when there is something new
	pass  chan struct{} // has an element during a pass: one at a time, so that the order holds
}

// do tries a job, and keeps it if that fails.
func (s *Server) do(ctx context.Context, j *job) {
	s.init()
	if !s.later.mustWait(j) {
		err := s.try(ctx, j, patience)
		if err == nil {
			return
		}
		s.log().Warn("a delete failed, and is tried again until it succeeds", "call", j.call, "id", j.id, "error", err)
	}
	s.later.add(j)
}

// doOnce is do, unless something waits to be done with the same object.
func (s *Server) doOnce(ctx context.Context, j *job) {
	if !slices.ContainsFunc(s.later.list(), func(k *job) bool { return k.id == j.id }) {
		s.do(ctx, j)
	}
}

// Run finishes the deletes that failed at first, and clears what hosts left that
// were removed, until ctx ends.
func (s *Server) Run(ctx context.Context) {
	s.init()
	var resuming sync.WaitGroup
	resuming.Go(func() { s.resume(ctx) })
	resuming.Go(func() { s.clearGone(ctx) })
	defer resuming.Wait()
	for {
		select {
		case <-ctx.Done():
			s.logUnfinished()
			return
		case <-s.later.added:
		}
		for pause := minPause; s.tryAll(ctx) > 0 && sleep(ctx, pause); {
			pause = min(2*pause, maxPause)
		}
	}
}

// tryAll runs the jobs that need not wait, and answers how many are left.
func (s *Server) tryAll(ctx context.Context) (left int) {
	select {
	case s.later.pass <- struct{}{}:
		defer func() { <-s.later.pass }()
	case <-ctx.Done():
		return s.later.len()
	}
	var failed []*job
	for _, j := range s.later.list() {
		if slices.ContainsFunc(failed, j.waitsFor) {
			failed = append(failed, j)
			continue
		}
		err := s.try(ctx, j, callTimeout)
		if ctx.Err() != nil || errors.Is(err, kvstore.ErrUnavailable) {
			break // nor will the others succeed
		}
		if err != nil {
			s.log().Debug("a delete failed again", "call", j.call, "id", j.id, "error", err)
			failed = append(failed, j)
			continue
		}
		s.log().Info("a delete that failed before is done", "call", j.call, "id", j.id)
		s.later.remove(j)
	}
	return s.later.len()
}

// try runs a job once.
func (s *Server) try(ctx context.Context, j *job, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err := guard(ctx, s.log(), empty{}, func(ctx context.Context, _ empty) (empty, error) {
		return empty{}, j.run(ctx)
	})
	return err
}

// settle tries at once what is in the way of giving an address.
func (s *Server) settle(ctx context.Context, a netip.Addr) {
	if !slices.ContainsFunc(s.later.list(), func(j *job) bool { return j.frees == a }) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s.tryAll(ctx)
}

func (s *Server) init() {
	s.once.Do(func() {
		s.later.added, s.later.pass = make(chan struct{}, 1), make(chan struct{}, 1)
	})
}

func (s *Server) logUnfinished() {
	for _, j := range s.later.list() {
		s.log().Warn("a delete is left to the clean-up", "call", j.call, "id", j.id)
	}
}

func (l *later) add(j *job) {
	l.mu.Lock()
	l.jobs = append(l.jobs, j)
	l.mu.Unlock()
	select {
	case l.added <- struct{}{}:
	default:
	}
}

func (l *later) list() []*job {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.jobs)
}

func (l *later) len() int { return len(l.list()) }

func (l *later) mustWait(j *job) bool {
	return slices.ContainsFunc(l.list(), j.waitsFor)
}

func (l *later) remove(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = slices.DeleteFunc(l.jobs, func(k *job) bool { return k == j })
}

// sleep waits; false if ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
