package consul

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// persist calls try until its error is another than an [awayError], or the store's
// patience is over. The error of a call that has to end is ErrClosed, ctx.Err() or
// ErrUnavailable, and ErrUnknown too where try was cut in the middle of a write.
func (s *Store) persist(ctx context.Context, try func(context.Context) error) error {
	s.asking.RLock()
	defer s.asking.RUnlock()
	if err := s.over(ctx); err != nil {
		return err
	}
	calling, cancel := s.during(ctx)
	defer cancel()
	calling, cancel = context.WithTimeout(calling, s.patience)
	defer cancel()
	err := insist(calling, try)
	over := s.over(ctx)
	switch {
	case isAway(err) && over != nil:
		return over
	case isAway(err):
		return s.advise(fmt.Errorf("%w: %w", kvstore.ErrUnavailable, err))
	case errors.Is(err, errSilent) && over != nil:
		return fmt.Errorf("%w: %w", kvstore.ErrUnknown, over)
	case err != nil:
		return s.advise(err)
	}
	return nil
}

// insist calls try until its error is another than an awayError, or ctx ends. What ctx
// says then is not in the error: the cause of an earlier failure is worth more.
func insist(ctx context.Context, try func(context.Context) error) error {
	var cause error = awayError{errSilent}
	for p := newPauses(20*time.Millisecond, 500*time.Millisecond); ; {
		err := try(ctx)
		switch {
		case errors.Is(err, kvstore.ErrUnknown) && ctx.Err() != nil:
			return fmt.Errorf("%w: %w", kvstore.ErrUnknown, errSilent)
		case !isAway(err):
			return err
		case ctx.Err() == nil:
			cause = err
		}
		if !p.wait(ctx) {
			return cause
		}
	}
}

// during is a context that ends with ctx, and with the store.
func (s *Store) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// over says why a call with this context has to end, or nil.
func (s *Store) over(ctx context.Context) error {
	select {
	case <-s.closed:
		return kvstore.ErrClosed
	default:
		return ctx.Err()
	}
}

// pauses grow from one failure to the next, and are random, so that the clients of
// a Consul that comes back don't all ask it at once.
type pauses struct{ least, most, next time.Duration }

func newPauses(least, most time.Duration) pauses { return pauses{least, most, least} }

// wait waits for the next pause; it is false if ctx ends.
func (p *pauses) wait(ctx context.Context) bool {
	pause := p.next/2 + rand.N(p.next/2)
	p.next = min(2*p.next, p.most)
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
	return ctx.Err() == nil
}

func (p *pauses) reset() { p.next = p.least }

// consistent are the options of a read that sees all that was written before.
func consistent(ctx context.Context) *api.QueryOptions {
	return (&api.QueryOptions{RequireConsistent: true}).WithContext(ctx)
}
