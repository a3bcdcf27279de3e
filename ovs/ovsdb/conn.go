package ovsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/ovn-org/libovsdb/cache"
	"github.com/ovn-org/libovsdb/client"
	"github.com/ovn-org/libovsdb/model"
	"github.com/ovn-org/libovsdb/ovsdb"

	"github.com/vlcp-go/vlcp/ovs"
)

// callTimeout bounds each call to a server that hangs.
const callTimeout = 5 * time.Second

var (
	errLost  = errors.New("the connection to the database was lost")
	errStale = fmt.Errorf("%w: another process changes the same ports all the time", ovs.ErrUnavailable)
	errGone  = fmt.Errorf("%w: another process removed the bridge or the port meanwhile", ovs.ErrUnavailable)
)

// conn is one connection to the OVSDB server, with its replica of the tables.
// It serves until it fails and is then thrown away: the next one begins with a
// replica of its own, so that no mistake of the old one stays.
type conn struct {
	client  client.Client
	replica *cache.TableCache
	changed chan struct{} // of capacity 1: the replica changed
	lost    chan struct{} // closed when the connection ended
	stop    chan struct{} // closed when nobody cares any more
}

// dial connects and returns when the replica is whole.
func dial(ctx context.Context, socket string, log *slog.Logger) (*conn, error) {
	schema, err := databaseModel()
	if err != nil {
		return nil, err
	}
	endpoint := url.URL{Scheme: client.UNIX, Path: socket}
	cl, err := client.NewOVSDBClient(schema, client.WithEndpoint(endpoint.String()), client.WithLogger(newLogr(log)))
	if err != nil {
		return nil, err
	}
	c := &conn{client: cl, changed: make(chan struct{}, 1), lost: make(chan struct{}), stop: make(chan struct{})}
	go c.awaitLoss()
	if err := c.connect(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// awaitLoss runs from before there is a connection: libovsdb tells its end
// only to those who listen at that moment.
func (c *conn) awaitLoss() {
	defer close(c.lost)
	select {
	case <-c.client.DisconnectNotify():
	case <-c.stop:
	}
}

func (c *conn) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := c.client.Connect(ctx); err != nil {
		return err
	}
	c.replica = c.client.Cache()
	if c.replica == nil {
		return errLost
	}
	c.replica.AddEventHandler(&cache.EventHandlerFuncs{
		AddFunc:    func(string, model.Model) { c.signal() },
		UpdateFunc: func(string, model.Model, model.Model) { c.signal() },
		DeleteFunc: func(string, model.Model) { c.signal() },
	})
	_, err := c.client.Monitor(ctx, monitor(c.client))
	return err
}

func (c *conn) signal() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// close ends the connection and what libovsdb runs for it.
func (c *conn) close() {
	c.client.Close()
	if c.replica != nil {
		select {
		case <-c.lost:
		case <-time.After(time.Second):
		}
	}
	close(c.stop)
	<-c.lost
}

// echo asks the server for a sign of life.
func (c *conn) echo(ctx context.Context) error {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return callError(ctx, c.client.Echo(callCtx))
}

// transact makes the operations in one transaction. When it returns, the
// replica has their effect: a server sends the update before the answer.
func (c *conn) transact(ctx context.Context, ops ...ovsdb.Operation) error {
	callCtx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	results, err := c.client.Transact(callCtx, ops...)
	if err != nil {
		return callError(ctx, err)
	}
	return check(results, ops)
}

// callError tells a caller who gave up from a server that did.
func callError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ovs.ErrUnavailable, err)
}

// check finds the operation that failed. One that changed no row, though it
// names one, came too late: the row is gone.
func check(results []ovsdb.OperationResult, ops []ovsdb.Operation) error {
	failed, err := ovsdb.CheckOperationResults(results, ops)
	if len(failed) > 0 {
		err = failed[0]
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ovs.ErrRefused, err)
	}
	for i, op := range ops {
		if op.Op != ovsdb.OperationInsert && results[i].Count == 0 {
			return errGone
		}
	}
	return nil
}

// isConflict tells that the replica is behind: a transaction met something that
// is not in it, such as a port of the same name.
func isConflict(err error) bool {
	var violation *ovsdb.ConstraintViolation
	return errors.Is(err, errStale) || errors.Is(err, errGone) || errors.As(err, &violation)
}
