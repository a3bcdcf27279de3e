package openflow

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

// Client keeps a connection to a bridge: while [Client.Run] runs it connects,
// and connects again whenever the connection ends or the socket comes later.
// Set the exported fields before Run. Its other methods may be called from
// many goroutines at any time; while there is no connection they answer
// an error that matches [ovs.ErrUnavailable], at once, and says why.
type Client struct {
	Path      string             // of the management socket, <rundir>/<bridge>.mgmt
	Connected func()             // called after each connect: the flows may be gone; may be nil
	PacketIn  func(ovs.PacketIn) // called for each packet that comes up; may be nil
	Log       *slog.Logger       // nil: say nothing

	mu   sync.Mutex
	conn *Conn // nil while there is none
	err  error // why there is none
}

// Between two tries to connect is a time that doubles from firstRetry to
// lastRetry; a try takes at most connectTimeout.
const (
	firstRetry     = 20 * time.Millisecond
	lastRetry      = time.Second
	connectTimeout = 10 * time.Second
)

// Run keeps the connection until ctx ends, and returns why that was.
func (c *Client) Run(ctx context.Context) error {
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	for retry := firstRetry; ; retry = min(2*retry, lastRetry) {
		start := time.Now()
		err := c.connect(ctx, log)
		if time.Since(start) > lastRetry {
			retry = firstRetry
		}
		select {
		case <-time.After(retry):
			log.Debug("no OpenFlow connection", "err", err, "retried", retry)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// connect makes a connection and lets others use it until it ends.
func (c *Client) connect(ctx context.Context, log *slog.Logger) error {
	conn, err := c.dial(ctx)
	if err != nil {
		c.set(nil, err)
		return err
	}
	defer conn.Close()
	log.Info("OpenFlow connected", "socket", c.Path, "datapath", fmt.Sprintf("%016x", conn.DatapathID()))
	c.set(conn, nil)
	defer func() { c.set(nil, conn.Err()) }()
	if c.Connected != nil {
		c.Connected()
	}
	select {
	case <-conn.Done():
		log.Warn("OpenFlow connection lost", "err", conn.Err())
		return conn.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Client) dial(ctx context.Context) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return Dial(ctx, c.Path, c.PacketIn)
}

func (c *Client) set(conn *Conn, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn, c.err = conn, err
}

func (c *Client) get() (*Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.conn != nil:
		return c.conn, nil
	case c.err != nil:
		return nil, c.err
	}
	return nil, &ovs.Error{Op: "connect to", ID: c.Path, Err: ovs.ErrUnavailable}
}

// Apply is [Conn.Apply].
func (c *Client) Apply(ctx context.Context, ch ovs.Changes) error {
	conn, err := c.get()
	if err != nil {
		return err
	}
	return conn.Apply(ctx, ch)
}

// Flows is [Conn.Flows].
func (c *Client) Flows(ctx context.Context, cookie, mask uint64) ([]ovs.Flow, error) {
	conn, err := c.get()
	if err != nil {
		return nil, err
	}
	return conn.Flows(ctx, cookie, mask)
}

// Groups is [Conn.Groups].
func (c *Client) Groups(ctx context.Context) ([]ovs.GroupEntry, error) {
	conn, err := c.get()
	if err != nil {
		return nil, err
	}
	return conn.Groups(ctx)
}

// Send is [Conn.Send].
func (c *Client) Send(ctx context.Context, packets ...ovs.PacketOut) error {
	conn, err := c.get()
	if err != nil {
		return err
	}
	return conn.Send(ctx, packets...)
}
