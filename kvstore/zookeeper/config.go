package zookeeper

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/internal/hostport"
	"github.com/vlcp-go/vlcp/kvstore"
)

// Config is what [New] needs to know.
type Config struct {
	Servers  []string // HOST or HOST:PORT; 2181 if it has no port
	Root     string   // the path above all keys, made if missing; "": /vlcp
	User     string   // for ZooKeeper's digest authentication, with Password; "": none
	Password string
	TLS      *tls.Config // nil: without TLS

	TTL      time.Duration // how long ephemeral keys outlive a process that died, and how long a silent server is waited for; 0: 10 s
	Patience time.Duration // how long a call waits for the servers; 0: 5 s, which an election fits into
	Lazy     bool          // New does not ask whether the servers are there
	Log      *slog.Logger  // nil: silent

	reapPause time.Duration // between two looks of the reaper
}

// Option changes the Config that [Open] makes of a URL.
type Option func(*Config)

// TLS has all connections be TLS.
func TLS(config *tls.Config) Option { return func(c *Config) { c.TLS = config } }

// TTL sets how long ephemeral keys outlive a process that died.
func TTL(d time.Duration) Option { return func(c *Config) { c.TTL = d } }

// Patience sets how long a call waits for the servers before it answers
// [kvstore.ErrUnavailable] or [kvstore.ErrUnknown].
func Patience(d time.Duration) Option { return func(c *Config) { c.Patience = d } }

// Lazy has Open not ask whether the servers are there: the store works as soon as
// they are.
func Lazy() Option { return func(c *Config) { c.Lazy = true } }

// Logger has connections that come and go logged.
func Logger(log *slog.Logger) Option { return func(c *Config) { c.Log = log } }

const (
	defaultRoot     = "/vlcp"
	defaultPort     = "2181"
	defaultTTL      = 10 * time.Second
	defaultPatience = 5 * time.Second
	defaultReap     = 10 * time.Second
)

// maxRoot bounds what the root adds to each path of a commit.
const maxRoot = 128

// New opens a session. Unless it is Lazy it asks the servers once, and answers an
// error where they are away ([kvstore.ErrUnavailable]) or refuse. What it makes
// as a User is for that user alone.
func New(ctx context.Context, c Config) (*Store, error) {
	s, err := c.open(ctx)
	if err != nil {
		return nil, &kvstore.Error{Op: "open", Key: strings.Join(c.Servers, ","), Err: err}
	}
	return s, nil
}

func (c Config) open(ctx context.Context) (*Store, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s := &Store{config: c, acl: zk.WorldACL(zk.PermAll)}
	if c.User != "" {
		s.acl = zk.AuthACL(zk.PermAll)
	}
	s.epoch.Store(noEpoch)
	s.barriers.ask, s.syncs.ask = s.sendBarrier, s.sendSync
	s.hub = newHub(s)
	var err error
	if s.link, err = newLink(c, s.hub.loseAll); err != nil {
		return nil, err
	}
	s.link.start(s.reap)
	if c.Lazy {
		return s, nil
	}
	ctx, cancel := s.link.bound(ctx)
	defer cancel()
	if _, err := s.nodes(ctx, []string{"schema"}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// complete checks what is set, and sets the rest.
func (c *Config) complete() error {
	if len(c.Servers) == 0 {
		return fmt.Errorf("%w: no server is named", kvstore.ErrInvalid)
	}
	c.Servers = slices.Clone(c.Servers)
	for i, server := range c.Servers {
		var err error
		if c.Servers[i], err = hostport.Parse(server, defaultPort); err != nil {
			return fmt.Errorf("%w: the address of a server %w", kvstore.ErrInvalid, err)
		}
	}
	path := strings.Trim(cmp.Or(strings.Trim(c.Root, "/"), defaultRoot), "/")
	if err := kvstore.CheckKey(path); err != nil || len(path) > maxRoot {
		return fmt.Errorf("%w: the root %q is no path such as /vlcp of at most %d bytes", kvstore.ErrInvalid, c.Root, maxRoot)
	}
	if top, _, _ := strings.Cut(path, "/"); top == "zookeeper" {
		return fmt.Errorf("%w: the root can't be %q, where ZooKeeper keeps things of its own", kvstore.ErrInvalid, c.Root)
	}
	c.Root = "/" + path
	c.TTL, c.Patience = cmp.Or(c.TTL, defaultTTL), cmp.Or(c.Patience, defaultPatience)
	c.reapPause = cmp.Or(c.reapPause, defaultReap)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return nil
}

// digest is the user and the password as ZooKeeper takes them, "" without.
func (c Config) digest() string {
	if c.User == "" {
		return ""
	}
	return c.User + ":" + c.Password
}
