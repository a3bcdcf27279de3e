package zookeeper

import (
	"bufio"
	"context"
	"crypto/tls"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"
)

// Between two rounds through the servers a dialer waits.
const (
	minPause = 20 * time.Millisecond
	maxPause = time.Second
)

// dialer chooses servers and connects to them. It is go-zookeeper's HostProvider
// too, so that names are looked up anew for each connection, and no second is
// lost where no server serves during an election.
type dialer struct {
	servers []string
	tls     *tls.Config
	timeout time.Duration // of a connection, and of a server's first answer
	closed  <-chan struct{}

	mu      sync.Mutex
	tried   int // servers since one served
	current net.Conn
}

func newDialer(c Config, closed <-chan struct{}) *dialer {
	d := &dialer{servers: slices.Clone(c.Servers), tls: c.TLS, timeout: max(time.Second, c.TTL/3), closed: closed}
	rand.Shuffle(len(d.servers), func(i, j int) { d.servers[i], d.servers[j] = d.servers[j], d.servers[i] })
	return d
}

// Init is of zk.HostProvider; the servers are known.
func (d *dialer) Init([]string) error { return nil }

// Len is of zk.HostProvider.
func (d *dialer) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.servers)
}

// Next is the server to try now. Only if retry is true go-zookeeper looks whether
// it was closed.
func (d *dialer) Next() (server string, retry bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	server = d.servers[0]
	d.servers = append(d.servers[1:], server)
	d.tried++
	select {
	case <-d.closed:
		return server, true
	default:
		return server, false
	}
}

// Connected is told when a server serves.
func (d *dialer) Connected() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tried = 0
}

// dial is go-zookeeper's way to a server.
func (d *dialer) dial(_, addr string, _ time.Duration) (net.Conn, error) {
	c, err := d.connect(addr)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current = c
	return &conn{Conn: c, in: bufio.NewReaderSize(c, 64<<10), greeting: d.timeout}, nil
}

// connect connects to a server, after a while if all were tried in vain.
func (d *dialer) connect(addr string) (net.Conn, error) {
	select {
	case <-time.After(d.pause()):
	case <-d.closed:
	}
	ctx, cancel := context.WithTimeout(context.Background(), d.timeout)
	defer cancel()
	go func() {
		select {
		case <-d.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	if d.tls != nil {
		return (&tls.Dialer{Config: d.tls}).DialContext(ctx, "tcp", addr)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
}

// pause is how long to wait before the next server.
func (d *dialer) pause() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	rounds := (d.tried - 1) / len(d.servers)
	if rounds <= 0 || (d.tried-1)%len(d.servers) > 0 {
		return 0
	}
	limit := min(minPause<<min(rounds, 10), maxPause)
	return limit/2 + rand.N(limit/2)
}

// close ends the connection that go-zookeeper has.
func (d *dialer) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current != nil {
		d.current.Close()
	}
}

// conn is a connection of go-zookeeper. That reads each answer in two calls of the
// system, and waits for a server's greeting ten times as long as for anything else,
// so that it would stay with one that hangs.
type conn struct {
	net.Conn
	in       *bufio.Reader
	greeting time.Duration // how long to wait for it, 0: it came
}

func (c *conn) Read(b []byte) (int, error) { return c.in.Read(b) }

// SetReadDeadline lets a deadline stand until there is another: go-zookeeper
// takes that of the greeting back in its middle.
func (c *conn) SetReadDeadline(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	if c.greeting > 0 {
		t = time.Now().Add(c.greeting)
		c.greeting = 0
	}
	return c.Conn.SetReadDeadline(t)
}
