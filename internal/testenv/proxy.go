package testenv

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy is a way to a server that can be cut. It ends with its test.
type Proxy struct {
	Addr string // of the way

	target string
	ended  sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

// NewProxy makes a way to the TCP server at target.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &Proxy{Addr: l.Addr().String(), target: target, conns: map[net.Conn]bool{}}
	p.ended.Go(func() { p.accept(l) })
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		p.ended.Wait()
	})
	return p
}

// Cut ends all connections and lets no new ones through.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		c.Close()
	}
}

// Restore lets connections through again.
func (p *Proxy) Restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

func (p *Proxy) accept(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		p.ended.Go(func() { p.forward(near) })
	}
}

func (p *Proxy) forward(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer far.Close()
	if !p.enter(near) {
		return
	}
	defer p.leave(near)
	p.ended.Go(func() {
		defer near.Close()
		io.Copy(near, far)
	})
	io.Copy(far, near)
}

// enter is false while the way is cut.
func (p *Proxy) enter(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cut {
		p.conns[c] = true
	}
	return !p.cut
}

func (p *Proxy) leave(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}
