package consul

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
	token    string      // of Open
	tls      *tls.Config // of Open
	lazy     bool        // of Open
	hangUp   func()      // closes connections that are ours
	address  string      // of the agent of Consul, where it is known
}

// maxRoot bounds what the root adds to each key of a commit.
const maxRoot = 128

// Root is the path above all keys, vlcp if not given. Nothing beside it is read or
// written.
func Root(path string) Option {
	return func(o *options) { o.root = path }
}

// Patience is how long a call goes on without an answer before it is
// [kvstore.ErrUnavailable] or [kvstore.ErrUnknown]; 5 seconds if not given. The
// election of another leader takes from one to some ten, as Consul is configured.
func Patience(d time.Duration) Option {
	return func(o *options) { o.patience = d }
}

// TTL is how long at least ephemeral keys outlive a process that died, and twice
// that at most; 10 seconds if not given, which is the least that Consul takes
// unless its session_ttl_min says less.
func TTL(d time.Duration) Option {
	return func(o *options) { o.ttl = d }
}

// Logger tells when Consul goes away and comes back, and of a session that is
// lost.
func Logger(log *slog.Logger) Option {
	return func(o *options) { o.log = log }
}

// Token is for [Open]: the ACL token. It needs
//
//	key_prefix "vlcp/" { policy = "write" }
//	session_prefix "" { policy = "write" }
func Token(token string) Option {
	return func(o *options) { o.token = token }
}

// TLS is for [Open]: it connects by TLS, with these certificates.
func TLS(config *tls.Config) Option {
	return func(o *options) { o.tls = config }
}

// Lazy is for [Open]: it does not ask Consul whether it is there.
func Lazy() Option {
	return func(o *options) { o.lazy = true }
}

func newOptions(opts []Option) (options, error) {
	o := options{
		root: "vlcp", patience: 5 * time.Second, ttl: 10 * time.Second,
		log: slog.New(slog.DiscardHandler), hangUp: func() {},
	}
	for _, opt := range opts {
		opt(&o)
	}
	if o.patience <= 0 || o.ttl <= 0 {
		return o, fmt.Errorf("a patience of %v and a TTL of %v: both have to be positive", o.patience, o.ttl)
	}
	path := strings.Trim(o.root, "/")
	if err := kvstore.CheckKey(path); err != nil || len(path) > maxRoot {
		return o, fmt.Errorf("the root %q is no path such as vlcp of at most %d bytes", o.root, maxRoot)
	}
	o.root = path + "/"
	return o, nil
}
