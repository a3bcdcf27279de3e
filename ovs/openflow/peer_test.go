package openflow

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/ovs"
)

// peer is the other end of a connection, for what a real Open vSwitch does not
// do when asked.
type peer struct {
	nc  net.Conn
	buf []byte
}

// next reads a message.
func (p *peer) next() (header, []byte, error) { return readMessage(p.nc, p.buf) }

// greet answers what Dial says.
func (p *peer) greet() error {
	for {
		h, _, err := p.next()
		if err != nil {
			return err
		}
		switch h.typ {
		case typeHello:
			_, err = p.nc.Write(putHello(nil))
		case typeFeaturesRequest:
			b := putHeader(nil, typeFeaturesReply, h.xid)
			_, err = p.nc.Write(finish(put64(put64(put64(b, 0x42), 0), 0), 0))
			return err
		}
		if err != nil {
			return err
		}
	}
}

// pipe gives a connection and its peer, in the bubble of a synctest.
func pipe(t *testing.T) (*Conn, *peer) {
	t.Helper()
	near, far := net.Pipe()
	p := &peer{nc: far, buf: make([]byte, maxLen)}
	greeted := make(chan error, 1)
	go func() { greeted <- p.greet() }()
	c, err := newConn(t.Context(), "peer", near, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-greeted; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); far.Close() })
	return c, p
}

func TestSilentPeerIsDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t)
		start := time.Now()
		if h, _, err := p.next(); err != nil || h.typ != typeEchoRequest {
			t.Fatalf("%+v, %v", h, err)
		}
		if _, _, err := p.next(); !errors.Is(err, io.EOF) {
			t.Errorf("after a silence the connection has %v", err)
		}
		<-c.Done()
		if err := c.Err(); !errors.Is(err, ovs.ErrUnavailable) || !errors.Is(err, errSilent) {
			t.Errorf("ended with %v", err)
		}
		if d := time.Since(start); d != 2*echoInterval {
			t.Errorf("took %v", d)
		}
	})
}

func TestAnsweredEchoesKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t)
		if c.DatapathID() != 0x42 {
			t.Errorf("datapath %x", c.DatapathID())
		}
		for range 10 {
			h, body, err := p.next()
			if err != nil || h.typ != typeEchoRequest {
				t.Fatalf("%+v, %v", h, err)
			}
			if _, err := p.nc.Write(putEcho(nil, typeEchoReply, h.xid, body)); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Err(); err != nil {
			t.Error(err)
		}
	})
}

func TestEchoRequestsAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := pipe(t)
		if _, err := p.nc.Write(putEcho(nil, typeEchoRequest, 77, []byte("data"))); err != nil {
			t.Fatal(err)
		}
		h, body, err := p.next()
		if err != nil || h.typ != typeEchoReply || h.xid != 77 || string(body) != "data" {
			t.Errorf("%+v %q, %v", h, body, err)
		}
	})
}

// Neither side waits for the other to read: the peer may go on while it has not
// read what we write.
func TestReaderNeverWaitsForTheWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t)
		done := make(chan error, 1)
		go func() { _, err := c.Groups(t.Context()); done <- err }()
		synctest.Wait() // it is writing
		for i := range 10 {
			if _, err := p.nc.Write(putEcho(nil, typeEchoRequest, uint32(i), nil)); err != nil {
				t.Fatal(err)
			}
		}
		h, _, err := p.next()
		if err != nil || h.typ != typeMultipartRequest {
			t.Fatalf("%+v, %v", h, err)
		}
		if h, _, err := p.next(); err != nil || h.typ != typeEchoReply {
			t.Fatalf("%+v, %v", h, err)
		}
		if _, err := p.nc.Write(finish(zeros(putHeader(nil, typeMultipartReply, h.xid), 8), 0)); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A call whose context ends leaves the connection as it was, unless it ended
// in the middle of a message.
func TestContextEndsWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			p.next()
			cancel()
		}()
		if _, err := c.Groups(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if err := c.Err(); err != nil {
			t.Errorf("the connection ended: %v", err)
		}
	})
}

func TestContextEndsWhileWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := func() error { _, err := c.Groups(ctx); return err }
		go func() {
			io.ReadFull(p.nc, p.buf[:3])
			cancel()
		}()
		if err := cancelled(); !errors.Is(err, ovs.ErrUnavailable) {
			t.Errorf("in the middle of a message: %v", err)
		}
		<-c.Done()
	})
}

func TestNothingWrittenWhenTheContextEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := pipe(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Groups(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if err := c.Err(); err != nil {
			t.Errorf("the connection ended: %v", err)
		}
	})
}

func TestMalformedAnswers(t *testing.T) {
	for name, answer := range map[string]func(xid uint32) []byte{
		"of another type":  func(xid uint32) []byte { return simple(nil, typeBarrierReply, xid) },
		"too short":        func(xid uint32) []byte { return simple(nil, typeMultipartReply, xid) },
		"an error, short":  func(xid uint32) []byte { return simple(nil, typeError, xid) },
		"an entry of zero": func(xid uint32) []byte { return finish(zeros(zeros(putHeader(nil, typeMultipartReply, xid), 8), 8), 0) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := pipe(t)
				go func() {
					h, _, _ := p.next()
					p.nc.Write(answer(h.xid))
				}()
				if got, err := c.Flows(t.Context(), 0, 0); err == nil {
					t.Errorf("read as %v", got)
				}
			})
		})
	}
}

func TestMessageShorterThanItsHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t)
		if _, err := p.nc.Write([]byte{version, typeHello, 0, 4, 0, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		if _, err := c.Groups(t.Context()); !errors.Is(err, ovs.ErrUnavailable) {
			t.Errorf("error %v", err)
		}
	})
}
