package kvstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// maxTries bounds the runs of one Update: with maxPause some three seconds of
// losing against others.
const (
	maxTries = 64
	maxPause = 100 * time.Millisecond
)

// Update runs fn and commits what it did, as one transaction: all that it read
// still held when all that it wrote was written. On [ErrConflict] and
// [ErrUnknown] it runs fn again, after a random pause, until it is done, ctx
// ends, or it lost too often. So fn may run many times, and must not act on the
// world outside tx, nor keep what it found in a run that was not the last.
//
// The first run may read stale data, which the commit then finds out; further
// runs read current data. What fn answers is verified too: a run that wrote
// nothing or failed counts only if what it read held at one moment (one check
// more, unless it read one key only, and that current). An error of fn ends
// Update, and nothing is written.
//
// After ErrUnknown the earlier run may have been committed, or may still be. The
// next run of fn must recognise its own work, by an owner or a token that is in
// what it writes, and answer nil without doing it twice. If the outcome stays
// unknown, the error matches ErrUnknown.
//
// A transaction over the store's limits is refused with [ErrTooLarge].
func Update(ctx context.Context, s Store, fn func(*Tx) error) error {
	var unknown bool
	for try := range maxTries {
		if err := pause(ctx, try); err != nil {
			return outcome(&Error{Op: "update", Err: err}, unknown)
		}
		done, err := attempt(ctx, s, fn, try > 0)
		switch {
		case done:
			return err
		case errors.Is(err, ErrConflict):
		case errors.Is(err, ErrUnknown):
			unknown = true
		default:
			return outcome(err, unknown)
		}
	}
	err := fmt.Errorf("%w, %d times in a row: others write the same all the time", ErrConflict, maxTries)
	return outcome(&Error{Op: "update", Err: err}, unknown)
}

// attempt runs fn once. It is done when err is fn's answer, which stands; else
// err says why it does not.
func attempt(ctx context.Context, s Store, fn func(*Tx) error, current bool) (done bool, err error) {
	tx := newTx(current, func(keys []string) ([]Entry, error) { return s.Get(ctx, keys, current) })
	answer := fn(tx)
	if tx.err != nil {
		return false, tx.err
	}
	ops, writes := tx.ops()
	if answer == nil && writes {
		err := s.Commit(ctx, ops)
		return err == nil, err
	}
	return verify(ctx, s, tx.checks(), current, answer)
}

// verify is done if all checks hold, so that answer was not given on data that
// never was.
func verify(ctx context.Context, s Store, checks []Op, current bool, answer error) (done bool, err error) {
	if len(checks) == 0 || len(checks) == 1 && current {
		return true, answer
	}
	err = s.Commit(ctx, checks)
	switch {
	case err == nil:
		return true, answer
	case errors.Is(err, ErrUnknown):
		return false, ErrConflict // nothing was to be written, so nothing is in doubt
	}
	return false, err
}

// pause waits a random while that grows with the tries. The second try does not
// wait: what the first one missed was most likely its own stale read.
func pause(ctx context.Context, try int) error {
	if err := ctx.Err(); err != nil || try < 2 {
		return err
	}
	limit := min(time.Millisecond<<min(try, 10), maxPause)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(limit)):
		return nil
	}
}

// outcome is the error of an Update that could not come to an end.
func outcome(err error, unknown bool) error {
	if !unknown || errors.Is(err, ErrUnknown) {
		return err
	}
	return &Error{Op: "update", Err: fmt.Errorf("%w; then: %w", ErrUnknown, err)}
}
