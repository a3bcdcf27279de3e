package etcd

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Option is a choice of [Open] and [New].
type Option func(*options)

type options struct {
	root     string // ends in "/"
	patience time.Duration
	ttl      time.Duration
	log      *slog.Logger
	tls      *tls.Config  // of Open
	lazy     bool         // of Open
	login    *login       // of Open, with a user
	hangUp   func() error // closes a client that is ours
}

const defaultRoot = "/vlcp"

// maxRoot bounds what the root adds to each key of a commit.
const maxRoot = 128

// Root is the path above all keys, /vlcp if not given. Nothing beside it is read
// or written.
func Root(path string) Option {
	return func(o *options) { o.root = path }
}

// Patience is how long a call waits for the servers before it answers
// [kvstore.ErrUnavailable] or [kvstore.ErrUnknown]; 3 seconds if not given. The
// election of another leader takes one or two.
func Patience(d time.Duration) Option {
	return func(o *options) { o.patience = d }
}

// TTL is how long ephemeral keys outlive a process that died; 10 seconds if not
// given. Servers take whole seconds, and at least 1.5 times their election
// timeout.
func TTL(d time.Duration) Option {
	return func(o *options) { o.ttl = d }
}

// Logger tells of what a session went through: a lost lease, a cluster that was
// restored from a backup.
func Logger(log *slog.Logger) Option {
	return func(o *options) { o.log = log }
}

// TLS is for [Open]: it connects by TLS, with these certificates.
func TLS(config *tls.Config) Option {
	return func(o *options) { o.tls = config }
}

// Lazy is for [Open]: it does not ask the servers whether they are there.
func Lazy() Option {
	return func(o *options) { o.lazy = true }
}

func newOptions(opts []Option) (options, error) {
	o := options{
		root: defaultRoot, patience: 3 * time.Second, ttl: 10 * time.Second,
		log: slog.New(slog.DiscardHandler), hangUp: func() error { return nil },
	}
	for _, opt := range opts {
		opt(&o)
	}
	path := strings.Trim(o.root, "/")
	if err := kvstore.CheckKey(path); err != nil || len(path) > maxRoot {
		return o, fmt.Errorf("the root %q is no path such as /vlcp of at most %d bytes", o.root, maxRoot)
	}
	o.root = "/" + path + "/"
	return o, nil
}
