// Package events is a connection to ZooKeeper that carries one thing: the events
// of a node and of all below it.
//
// ZooKeeper has such a watch since 3.6: it is persistent (it stays after an event)
// and recursive. go-zookeeper v1.0.4 only knows watches of one node and one event,
// and between two of them events are lost. A [Conn] says hello, gives its
// credentials, adds the watch (operation 106), and from then on reads events and
// pings. It has a session of its own, on which nothing depends.
package events

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// The errors of [Open] that no other server and no waiting will mend.
var (
	ErrTooOld  = errors.New("the ZooKeeper server can't watch a whole tree: that takes ZooKeeper 3.6 or newer")
	ErrRefused = errors.New("ZooKeeper refuses to let us watch: look at the user, the password and the permissions of the path")
)

// Options are what to watch, and as whom.
type Options struct {
	Path     string        // of the node
	Digest   string        // user:password, "": none
	TTL      time.Duration // of the session; the server may choose another
	Patience time.Duration // until Open gives up
}

// Conn is a connection with a watch. It is for one goroutine, except for Close.
type Conn struct {
	conn    net.Conn
	in      *bufio.Reader
	timeout time.Duration // what the server gives the session
	sent    time.Time     // when the last ping was
	heard   time.Time     // when the server last said something
}

// Open makes a fresh connection to a server carry the events of o.Path. All that
// happens after Open is told. If it fails, conn is closed.
func Open(conn net.Conn, o Options) (*Conn, error) {
	c := &Conn{conn: conn, in: bufio.NewReader(conn), timeout: o.TTL}
	if err := c.open(o); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (c *Conn) open(o Options) error {
	if err := c.conn.SetDeadline(time.Now().Add(o.Patience)); err != nil {
		return err
	}
	if err := c.greet(); err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	if o.Digest != "" {
		if err := c.ask(xidAuth, authRequest(o.Digest)); err != nil {
			return fmt.Errorf("authenticating: %w", err)
		}
	}
	if err := c.ask(xidWatch, watchRequest(o.Path)); err != nil {
		return fmt.Errorf("watching %s: %w", o.Path, err)
	}
	c.sent, c.heard = time.Now(), time.Now()
	return c.conn.SetDeadline(time.Time{})
}

// Next waits for an event, and answers the path of the node that was created,
// changed or deleted. It pings, so it is to be called again soon. After an error
// the connection is of no use.
func (c *Conn) Next() (path string, err error) {
	for {
		if err := c.await(); err != nil {
			return "", err
		}
		m, err := readFrame(c.in)
		if err != nil {
			return "", err
		}
		c.heard = time.Now()
		if xid, _ := m.header(); xid == xidEvent {
			m.int32() // the kind of change: whoever hears of one reads the node
			m.int32() // the state of the session
			path := m.string()
			return path, m.err
		}
	}
}

// Close ends the session and the connection.
func (c *Conn) Close() error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = c.conn.Write(closeRequest()) // else the server waits for the session to expire
	return c.conn.Close()
}

// await returns when something can be read. It pings where nothing was sent for a
// third of the session's timeout, and gives up where nothing came for two thirds.
func (c *Conn) await() error {
	for {
		now := time.Now()
		if now.Sub(c.heard) > c.timeout*2/3 {
			return fmt.Errorf("the server was silent for %v", now.Sub(c.heard))
		}
		if now.Sub(c.sent) >= c.timeout/3 {
			if err := c.ping(now); err != nil {
				return err
			}
		}
		if err := c.conn.SetReadDeadline(c.sent.Add(c.timeout / 3)); err != nil {
			return err
		}
		_, err := c.in.Peek(frameHeader)
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			continue
		}
		return errors.Join(err, c.conn.SetReadDeadline(now.Add(c.timeout)))
	}
}

func (c *Conn) ping(now time.Time) error {
	c.sent = now
	if err := c.conn.SetWriteDeadline(now.Add(c.timeout / 3)); err != nil {
		return err
	}
	_, err := c.conn.Write(pingRequest())
	return err
}

// greet asks for a session.
func (c *Conn) greet() error {
	if _, err := c.conn.Write(connectRequest(c.timeout)); err != nil {
		return err
	}
	m, err := readFrame(c.in)
	if err != nil {
		return err
	}
	m.int32() // the version of the protocol
	c.timeout = time.Duration(m.int32()) * time.Millisecond
	if m.err == nil && c.timeout <= 0 {
		return errors.New("the server gives no session")
	}
	return m.err
}

// ask sends a request and waits for its answer.
func (c *Conn) ask(xid int32, frame []byte) error {
	if _, err := c.conn.Write(frame); err != nil {
		return err
	}
	for {
		m, err := readFrame(c.in)
		if err != nil {
			return err
		}
		got, code := m.header()
		if m.err != nil || got == xid {
			return errors.Join(m.err, codeError(code))
		}
	}
}

// codeError is what an error code of the protocol means here.
func codeError(code int32) error {
	switch code {
	case 0:
		return nil
	case codeUnimplemented:
		return ErrTooOld
	case codeNoAuth, codeAuthFailed:
		return ErrRefused
	}
	return fmt.Errorf("ZooKeeper's error %d", code)
}

// readFrame reads one message.
func readFrame(r io.Reader) (*message, error) {
	var head [frameHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := (&message{rest: head[:]}).int32()
	if size < 0 || size > maxFrame {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	m := &message{rest: make([]byte, size)}
	_, err := io.ReadFull(r, m.rest)
	return m, err
}
