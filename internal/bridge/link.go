package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

// Between two tries to reach Open vSwitch is a time that doubles from minPause
// to maxPause.
const (
	minPause = 50 * time.Millisecond
	maxPause = time.Second
)

var errConnecting = errors.New("not yet connected")

// Link holds what a switch talks through, while Open vSwitch is there. Its zero
// value is not yet connected.
type Link[T any] struct {
	mu   sync.Mutex
	via  T
	up   bool
	was  bool  // up, since serve was called
	away error // why it isn't up
}

// Up says that Open vSwitch can be talked to. It tells whether that is news.
func (l *Link[T]) Up(via T) (news bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	news = !l.up
	l.via, l.up, l.was, l.away = via, true, true, nil
	return news
}

// Down says why that has ended, or why it didn't begin.
func (l *Link[T]) Down(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var none T
	l.via, l.up, l.away = none, false, why
}

// Get gives what Up said; else an error that matches [ovs.ErrUnavailable], or
// that of ctx.
func (l *Link[T]) Get(ctx context.Context) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return l.via, ctx.Err()
	case l.up:
		return l.via, nil
	case l.away == nil:
		return l.via, fmt.Errorf("%w: %w", ovs.ErrUnavailable, errConnecting)
	}
	return l.via, fmt.Errorf("%w: %w", ovs.ErrUnavailable, l.away)
}

// Keep holds a link up until ctx ends: serve connects, calls Up and stays until
// the connection ends. Then Keep calls Down, if serve has not, and serve again.
func (l *Link[T]) Keep(ctx context.Context, log *slog.Logger, serve func(context.Context) error) {
	defer l.Down(net.ErrClosed)
	for pause := minPause; ctx.Err() == nil; pause = min(2*pause, maxPause) {
		err := serve(ctx)
		if ctx.Err() != nil {
			return
		}
		l.Down(err)
		if l.wasUp() {
			log.Warn("lost Open vSwitch, connecting again", "error", err)
			pause = minPause
		} else {
			log.Debug("can't reach Open vSwitch", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (l *Link[T]) wasUp() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.was
	l.was = false
	return was
}
