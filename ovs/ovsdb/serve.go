package ovsdb

import (
	"context"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

// alivePeriod is the time between two signs of life that the server is asked
// for.
const alivePeriod = 5 * time.Second

// serve connects and stays until the connection or ctx ends.
func (s *Switch) serve(ctx context.Context) error {
	c, err := dial(ctx, s.spec.Database, s.log)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.ensure(ctx, s.spec); err != nil {
		return err
	}
	s.link.Up(c)
	s.hub.Notify(ovs.Event{Ports: true, Flows: true})
	err = s.follow(ctx, c)
	s.link.Down(err) // before c closes: nobody should read an old replica
	return err
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
