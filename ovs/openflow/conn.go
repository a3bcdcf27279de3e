// Package openflow speaks OpenFlow 1.4 with the extensions of Open vSwitch to
// one bridge, through its management socket.
//
// [Client] is what a program holds: it keeps a [Conn] alive while vswitchd
// comes and goes. [Conn.Apply] changes flows and groups in one atomic bundle,
// [Conn.Flows] and [Conn.Groups] read them back, [Conn.Send] sends packets, and
// packets that come up are handed to a callback.
//
// Inside, a file is a part of the protocol: wire (headers, lengths, reading),
// oxm (how fields are named and written), match, action, flowmod, group,
// bundle, multipart, packet, errors. Functions named put… append to a byte
// slice; methods of cursor read. conn, handshake, keepalive and exchange carry
// the messages; requests are what a caller asks for.
//
// What is read back from Open vSwitch 3.1 is what was written, byte by byte.
package openflow

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

// Conn is one OpenFlow 1.4 connection to a bridge. Its methods may be called
// from many goroutines. It ends once, by [Conn.Close] or when the bridge goes:
// then every call answers an error that matches [ovs.ErrUnavailable]. [Client]
// makes a new one.
type Conn struct {
	path       string
	nc         net.Conn
	datapathID uint64
	packets    chan ovs.PacketIn
	echoes     chan []byte
	writing    chan struct{} // holds one token while somebody writes
	done       chan struct{} // closed when the reader ended

	mu        sync.Mutex
	exchanges []*exchange
	nextXID   uint32
	err       error // why the connection ended
}

// packetQueue is how many packets wait for the callback of [Dial] before
// further ones are dropped.
const packetQueue = 256

// Dial connects to a bridge's management socket, <rundir>/<bridge>.mgmt.
// Packets that Controller actions send up go to packetIn, one after the other;
// it may call the connection's methods. With a nil packetIn none are asked for.
func Dial(ctx context.Context, path string, packetIn func(ovs.PacketIn)) (*Conn, error) {
	nc, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, unavailable("connect to", path, err)
	}
	return newConn(ctx, path, nc, packetIn)
}

func newConn(ctx context.Context, path string, nc net.Conn, packetIn func(ovs.PacketIn)) (*Conn, error) {
	c := &Conn{
		path: path, nc: nc, nextXID: 1,
		packets: make(chan ovs.PacketIn, packetQueue),
		echoes:  make(chan []byte, 1),
		writing: make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	r := bufio.NewReaderSize(&keepAlive{conn: c}, maxLen+1)
	if err := c.negotiate(ctx, r); err != nil {
		nc.Close()
		return nil, unavailable("connect to", path, err)
	}
	go c.read(r)
	go c.echo()
	if packetIn != nil {
		go c.deliver(packetIn)
	}
	if err := c.configure(ctx, packetIn != nil); err != nil {
		c.Close()
		return nil, unavailable("connect to", path, err)
	}
	return c, nil
}

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err says why the connection ended, once Done is closed.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// DatapathID identifies the bridge, as ovs-vsctl get bridge … datapath_id.
func (c *Conn) DatapathID() uint64 { return c.datapathID }

// Close ends the connection. Nothing on the bridge changes.
func (c *Conn) Close() error {
	c.fail(net.ErrClosed)
	<-c.done
	return nil
}

// fail ends the connection for the first reason that comes.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = unavailable("talk to", c.path, err)
	}
	c.mu.Unlock()
	c.nc.Close()
}

// unavailable is the error of a connection that is not there, for a reason.
func unavailable(op, path string, err error) error {
	if errors.Is(err, ovs.ErrUnavailable) {
		return err
	}
	return &ovs.Error{Op: op, ID: path, Err: fmt.Errorf("%w: %w", ovs.ErrUnavailable, err)}
}

// read hands on what arrives, until the connection ends. It never waits for
// anything but the peer.
func (c *Conn) read(r io.Reader) {
	defer close(c.done)
	buf := make([]byte, maxLen)
	for {
		h, body, err := readMessage(r, buf)
		if err != nil {
			c.fail(err)
			return
		}
		switch h.typ {
		case typeEchoRequest:
			c.queueEcho(putEcho(nil, typeEchoReply, h.xid, body))
		case typePacketIn:
			c.queuePacket(body)
		default:
			c.answer(h, body)
		}
	}
}

// readMessage reads one message; its body is in buf.
func readMessage(r io.Reader, buf []byte) (header, []byte, error) {
	if _, err := io.ReadFull(r, buf[:headerLen]); err != nil {
		return header{}, nil, err
	}
	h := parseHeader(buf)
	if h.length < headerLen {
		return header{}, nil, fmt.Errorf("a message claims to be %d bytes long", h.length)
	}
	body := buf[:h.length-headerLen]
	_, err := io.ReadFull(r, body)
	return h, body, err
}

// write writes whole messages. If ctx ends in the middle of one, so does the
// connection.
func (c *Conn) write(ctx context.Context, b []byte) error {
	select {
	case c.writing <- struct{}{}:
		defer func() { <-c.writing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.done:
		return c.Err()
	}
	n, err := interruptibly(ctx, c.nc.SetWriteDeadline, func() (int, error) { return c.nc.Write(b) })
	switch {
	case err == nil:
		return nil
	case n == 0 && ctx.Err() != nil:
		return context.Cause(ctx)
	}
	c.fail(err)
	return c.Err()
}

// interruptibly calls f, and makes it return by a deadline when ctx ends.
func interruptibly(ctx context.Context, setDeadline func(time.Time) error, f func() (int, error)) (int, error) {
	ran := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		setDeadline(time.Unix(1, 0))
		close(ran)
	})
	n, err := f()
	if !stop() {
		<-ran
		setDeadline(time.Time{})
	}
	return n, err
}
