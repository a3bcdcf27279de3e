package webapi_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi"
)

// A call that runs when the server ends is answered, and then nobody listens.
func TestServeEnds(t *testing.T) {
	s := listen(t, webapi.Access{Addresses: []string{"127.0.0.1:0"}})
	m, _ := newModel(t)
	ctx, cancel := context.WithCancel(t.Context())
	h := webapi.Handler(func(context.Context) (*network.Model, error) { cancel(); return m, nil }, nil)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, h, nil) }()
	a := &api{t: t, url: "http://" + s.Addrs()[0].String()}
	a.steps(step{"listphysicalnetworks", `{"result":[]}`})
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if conn, err := net.Dial("tcp", s.Addrs()[0].String()); err == nil {
		conn.Close()
		t.Error("somebody still listens")
	}
}

func TestServeOfABrokenListener(t *testing.T) {
	s := listen(t, webapi.Access{Addresses: []string{"127.0.0.1:0", "127.0.0.1:0"}})
	s.Close()
	if err := s.Serve(t.Context(), http.NotFoundHandler(), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// A server without an address serves nobody, until it ends.
func TestServeNowhere(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := listen(t, webapi.Access{}).Serve(ctx, http.NotFoundHandler(), nil); err != nil {
		t.Error(err)
	}
}

// pipes is a listener in memory, so that time can be the test's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// inBubble serves in a bubble of time; open has to be called there.
func inBubble(t *testing.T, open func(context.Context) (*network.Model, error), test func(t *testing.T, dial func() net.Conn)) {
	synctest.Test(t, func(t *testing.T) { servePipes(t, open, test) })
}

func servePipes(t *testing.T, open func(context.Context) (*network.Model, error), test func(t *testing.T, dial func() net.Conn)) {
	l := newPipes()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- webapi.On(l).Serve(ctx, webapi.Handler(open, nil), nil) }()
	test(t, l.dial)
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

const head = "POST /viperflow/listphysicalnetworks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

// A client that never sends the rest of its request is not waited for.
func TestSlowClient(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		defer conn.Close()
		start := time.Now()
		io.WriteString(conn, head+"Content-Length: 100\r\n\r\n{")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		checkAnswer(t, resp.StatusCode, resp.Header, body)
		if resp.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(body), "did not arrive within 30s") {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// Nor by the resources.
func TestSlowClientOfV1(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		defer conn.Close()
		io.WriteString(conn, "POST /v1/networks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		checkV1(t, resp.StatusCode, resp.Header, body)
		if resp.StatusCode != http.StatusRequestTimeout {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	})
}

// Nor is one that never sends its header.
func TestSilentClient(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		defer conn.Close()
		io.WriteString(conn, "POST /viper")
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Error(err)
		}
	})
}

// A call that takes too long is ended, and says so.
func TestCallTakesTooLong(t *testing.T) {
	waiting := func(ctx context.Context) (*network.Model, error) { <-ctx.Done(); return nil, ctx.Err() }
	inBubble(t, waiting, func(t *testing.T, dial func() net.Conn) {
		conn := dial()
		defer conn.Close()
		go io.WriteString(conn, head+"Content-Length: 2\r\n\r\n{}")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		checkAnswer(t, resp.StatusCode, resp.Header, body)
		if want := "not done within 30s: context deadline exceeded: list what there is, then try again"; resp.StatusCode != 500 || !strings.Contains(string(body), want) {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	})
}
