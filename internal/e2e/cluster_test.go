package e2e

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/labtest"
)

// servers start a server of each store that hosts can share, and give its
// address, by the scheme of the store's URL.
var servers = map[string]func(testing.TB) string{
	"etcd":   func(t testing.TB) string { return testenv.Etcd(t, 1)[0].Addr },
	"zk":     func(t testing.TB) string { return testenv.ZooKeeper(t, 1)[0].Addr },
	"consul": func(t testing.TB) string { return testenv.Consul(t, 1)[0].Addr },
}

// onEachStore runs a test for each store that hosts can share.
func onEachStore(t *testing.T, test func(t *testing.T, scheme string)) {
	for _, scheme := range slices.Sorted(maps.Keys(servers)) {
		t.Run(scheme, func(t *testing.T) { test(t, scheme) })
	}
}

// cluster is some hosts that share a store.
type cluster struct {
	lab   *testlab.Lab
	hosts []*host
	store ways
	url   string // of the store, as the hosts see it
}

// alone has networks of one host stay there: the test says where they are.
const alone = "--docker="

// newCluster makes n hosts that share a store of etcd.
func newCluster(t *testing.T, n int, flags ...string) *cluster {
	t.Helper()
	return newClusterOn(t, "etcd", n, same(flags...))
}

// same are the flags of each host.
func same(flags ...string) func(*testlab.Host) []string {
	return func(*testlab.Host) []string { return flags }
}

// newClusterOn makes n hosts that share a store, each with flags of its own.
func newClusterOn(t *testing.T, scheme string, n int, flags func(*testlab.Host) []string) *cluster {
	t.Helper()
	c := newPrepared(t, scheme, slices.Repeat([]string{engine}, n), flags)
	c.up()
	return c
}

// newPrepared makes a host for each of these versions of Docker, on which nothing
// runs yet; see newClusterOn.
func newPrepared(t *testing.T, scheme string, engines []string, flags func(*testlab.Host) []string) *cluster {
	t.Helper()
	return newPreparedAt(t, scheme, []string{servers[scheme](t)}, engines, flags)
}

// newPreparedAt is newPrepared with the servers at these addresses.
func newPreparedAt(t *testing.T, scheme string, addrs, engines []string, flags func(*testlab.Host) []string) *cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	lab := labtest.New(t, testlab.Config{})
	c := &cluster{lab: lab, hosts: make([]*host, len(engines))}
	for _, addr := range addrs {
		c.store = append(c.store, newProxy(t, lab.Outside, addr))
	}
	c.url = scheme + "://" + c.store.addrs() + "/vlcp"
	for i := range c.hosts {
		h, err := lab.Host(ctx, onEngine(t, fmt.Sprintf("h%d", i+1), engines[i]))
		check(t, err)
		c.hosts[i] = &host{Host: h, lab: lab, t: t, ctx: ctx, flags: append([]string{"--store", c.url}, flags(h)...)}
	}
	return c
}

// up starts everything on the hosts.
func (c *cluster) up() {
	var starting sync.WaitGroup
	for _, h := range c.hosts {
		starting.Go(h.up)
	}
	starting.Wait()
}

// ways are the proxies of all servers of a store.
type ways []*proxy

// cut takes the store away, or gives it back.
func (w ways) cut(away bool) {
	for _, p := range w {
		p.cut(away)
	}
}

func (w ways) addrs() string {
	addrs := make([]string, len(w))
	for i, p := range w {
		addrs[i] = p.addr
	}
	return strings.Join(addrs, ",")
}

// proxy forwards connections from the lab to a server on loopback.
type proxy struct {
	addr   string // in the lab
	server string

	mu    sync.Mutex
	away  bool
	conns []net.Conn
}

func newProxy(t *testing.T, at *testlab.Host, server string) *proxy {
	t.Helper()
	return newProxyAt(t, at, "0", server)
}

func newProxyAt(t *testing.T, at *testlab.Host, port, server string) *proxy {
	t.Helper()
	l, err := at.Listen("tcp", net.JoinHostPort(at.Addr.String(), port))
	check(t, err)
	p := &proxy{addr: l.Addr().String(), server: server}
	t.Cleanup(func() { l.Close(); p.cut(true) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.forward(c)
		}
	}()
	return p
}

func (p *proxy) forward(c net.Conn) {
	s, err := net.Dial("tcp", p.server)
	if err != nil || !p.keep(c, s) {
		c.Close()
		return
	}
	go func() { io.Copy(s, c); s.Close() }()
	io.Copy(c, s)
	c.Close()
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		for _, c := range conns {
			c.Close()
		}
		return false
	}
	p.conns = append(p.conns, conns...)
	return true
}

func (p *proxy) cut(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = away
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}
