package openflow

import (
	"context"
	"fmt"
	"slices"
)

// exchange is a run of messages of which the last is answered. Open vSwitch
// works in order, so all that it refuses of the others it says before.
type exchange struct {
	first, last uint32 // xids
	typ         uint8  // of the answer
	// receive reads an answer, on the reader's goroutine; more tells that
	// another follows. The body is valid during the call.
	receive func(body *cursor) (more bool, err error)

	done   chan struct{}
	err    error  // the first that was refused, or that receive met
	errXID uint32 // what was refused
}

// reserve gives n xids in a row, and returns the first.
func (c *Conn) reserve(n int) uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nextXID+uint32(n) < c.nextXID {
		c.nextXID = 1
	}
	first := c.nextXID
	c.nextXID += uint32(n)
	return first
}

// do writes the messages of x and waits for the answer. What it returns
// matches [ovs.ErrRefused] only if the answer came.
func (c *Conn) do(ctx context.Context, x *exchange, b []byte) error {
	x.done = make(chan struct{})
	c.mu.Lock()
	c.exchanges = append(c.exchanges, x)
	c.mu.Unlock()
	defer c.forget(x)
	if err := c.write(ctx, b); err != nil {
		return err
	}
	select {
	case <-x.done:
		return x.err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.done:
		return c.Err()
	}
}

func (c *Conn) forget(x *exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.exchanges, x); i >= 0 {
		c.exchanges = slices.Delete(c.exchanges, i, i+1)
	}
}

// answer gives a message to the exchange that waits for it, if there is one.
func (c *Conn) answer(h header, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.exchanges, func(x *exchange) bool { return x.first <= h.xid && h.xid <= x.last })
	if i >= 0 && c.exchanges[i].accept(h, &cursor{b: body}) {
		close(c.exchanges[i].done)
		c.exchanges = slices.Delete(c.exchanges, i, i+1)
	}
}

// accept takes a message and tells whether the exchange is done.
func (x *exchange) accept(h header, body *cursor) bool {
	var more bool
	var err error
	switch {
	case h.typ == typeError:
		err = body.refused()
	case h.xid != x.last:
	case h.typ != x.typ:
		err = fmt.Errorf("answered with message type %d, not %d", h.typ, x.typ)
	case x.receive != nil:
		more, err = x.receive(body)
	}
	if err != nil && x.err == nil {
		x.err, x.errXID = err, h.xid
	}
	return h.xid == x.last && (err != nil || !more)
}
