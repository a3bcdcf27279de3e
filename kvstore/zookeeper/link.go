package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// link is go-zookeeper's connection, and what is known of it.
//
// ZooKeeper's session may expire while the link lives on; it then has another. In
// one session reads never go back, whatever server they come from: a server that
// is behind what the session has seen refuses it (see catchUp for the next one).
type link struct {
	conn     *zk.Conn
	events   <-chan zk.Event // closed when conn has ended
	dialer   *dialer
	patience time.Duration
	digest   string
	servers  []string // host:port
	log      *slog.Logger
	lost     func() // called when a connection was lost
	closed   chan struct{}

	mu      sync.Mutex
	up      bool
	session int           // sessions that expired before this one
	refused error         // why no server will ever take us
	since   time.Time     // when up was last true
	changed chan struct{} // closed when one of these changes
	authed  bool          // conn gives the digest to each server by itself
	calls   sync.WaitGroup
}

func newLink(c Config, lost func()) (*link, error) {
	closed := make(chan struct{})
	l := &link{
		dialer: newDialer(c, closed), patience: c.Patience, digest: c.digest(), servers: c.Servers, log: c.Log, lost: lost,
		closed: closed, since: time.Now(), changed: make(chan struct{}),
	}
	l.mu.Lock() // observe needs conn
	defer l.mu.Unlock()
	conn, events, err := zk.Connect(c.Servers, c.TTL, zk.WithDialer(l.dialer.dial), zk.WithHostProvider(l.dialer),
		zk.WithEventCallback(l.observe), zk.WithLogger(logger{c.Log}))
	l.conn, l.events = conn, events
	return l, err
}

// observe is told by conn, in one goroutine, what becomes of the connection.
func (l *link) observe(e zk.Event) {
	switch e.State {
	case zk.StateHasSession:
		if l.mustAuthenticate() {
			l.start(l.authenticate) // it needs the goroutine that calls us
			return
		}
		l.connected()
	case zk.StateDisconnected:
		l.disconnected()
	case zk.StateExpired:
		l.set(func() { l.session++ })
		l.log.Warn("ZooKeeper ended the session and deleted its ephemeral keys: they come back when they are written again")
	}
}

func (l *link) connected() {
	l.set(func() { l.up = l.conn.State() == zk.StateHasSession })
	l.log.Debug("connected to ZooKeeper", "server", l.conn.Server())
}

func (l *link) disconnected() {
	var wasUp bool
	l.set(func() {
		if wasUp = l.up; wasUp {
			l.up, l.since = false, time.Now()
		}
	})
	if wasUp && !l.isClosed() {
		l.log.Warn("the connection to ZooKeeper is lost", "server", l.conn.Server())
		l.lost()
	}
}

func (l *link) mustAuthenticate() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.digest != "" && !l.authed
}

// authenticate gives conn the digest, which it then gives to every server.
func (l *link) authenticate() {
	err := l.conn.AddAuth("digest", []byte(l.digest))
	switch {
	case err == nil:
		l.set(func() { l.authed = true })
		l.connected()
	case errors.Is(err, zk.ErrAuthFailed):
		l.set(func() { l.refused = err })
	}
}

// set changes what is known.
func (l *link) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	close(l.changed)
	l.changed = make(chan struct{})
}

// wait waits for a connection, and answers the number of its session.
func (l *link) wait(ctx context.Context) (session int, err error) {
	for {
		if err := l.ended(ctx); err != nil {
			return 0, err
		}
		l.mu.Lock()
		up, session, refused, since, changed := l.up, l.session, l.refused, l.since, l.changed
		l.mu.Unlock()
		switch {
		case up:
			return session, nil
		case refused != nil:
			return 0, refused
		case time.Since(since) > l.patience:
			return 0, l.away(fmt.Errorf("no connection to ZooKeeper for %v", time.Since(since).Round(time.Second)))
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-l.closed:
		}
	}
}

func (l *link) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// isIn tells whether the session is still the one of that number.
func (l *link) isIn(session int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session == session
}

// close ends the session and all calls.
func (l *link) close() {
	l.mu.Lock()
	close(l.closed)
	up := l.up
	l.mu.Unlock()
	if !up {
		l.dialer.close() // nobody is there to be told
	}
	l.conn.Close()
	l.dialer.close()
	for range l.events {
	}
	l.calls.Wait()
}

// logger is where go-zookeeper says what it does.
type logger struct{ log *slog.Logger }

func (l logger) Printf(format string, args ...any) {
	l.log.Debug("go-zookeeper: " + fmt.Sprintf(format, args...))
}
