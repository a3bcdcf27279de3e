package ovsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

var (
	errConnecting = errors.New("not yet connected to the database")
	errClosed     = errors.New("the switch is closed")
)

// run keeps a connection to the database until ctx ends.
func (s *Switch) run(ctx context.Context) {
	pause := minPause
	for {
		served, err := s.serve(ctx)
		if ctx.Err() != nil {
			s.setConn(nil, errClosed)
			return
		}
		s.setConn(nil, err)
		if served {
			s.log.Warn("lost Open vSwitch's database, connecting again", "bridge", s.spec.Name, "error", err)
			pause = minPause
		} else {
			s.log.Debug("can't use Open vSwitch's database", "bridge", s.spec.Name, "error", err)
		}
		sleep(ctx, pause)
		pause = min(2*pause, maxPause)
	}
}

// serve connects and stays until the connection or ctx ends. It tells whether
// the switch was of use meanwhile.
func (s *Switch) serve(ctx context.Context) (served bool, err error) {
	c, err := dial(ctx, s.spec.Database, s.log)
	if err != nil {
		return false, err
	}
	defer c.close()
	if err := c.ensure(ctx, s.spec); err != nil {
		return false, err
	}
	s.setConn(c, nil)
	s.hub.Notify(ovs.Event{Ports: true, Flows: true})
	err = s.follow(ctx, c)
	s.setConn(nil, err)
	return true, err
}

// follow tells the watchers what changes, and repairs the bridge.
func (s *Switch) follow(ctx context.Context, c *conn) (err error) {
	tick := time.NewTicker(alivePeriod)
	defer tick.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-c.lost:
			err = errLost
		case <-tick.C:
			err = c.echo(ctx)
		case <-c.changed:
			s.hub.Notify(ovs.Event{Ports: true})
			err = c.ensure(ctx, s.spec)
		}
	}
	return err
}

func (s *Switch) setConn(c *conn, away error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.away = c, away
}

// connected gives the connection that serves, or why there is none.
func (s *Switch) connected(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil, fmt.Errorf("%w: %w", ovs.ErrUnavailable, s.away)
	}
	return s.conn, nil
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
