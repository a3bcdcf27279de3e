package consul

import (
	"log/slog"
	"time"
)

// Option is a choice of [Open] and [New].
type Option func(*options)

type options struct {
	root     string
	log      *slog.Logger
	patience time.Duration
	ttl      time.Duration
	token    string
	lazy     bool
}

func newOptions(opts []Option) options {
	o := options{root: "vlcp", log: slog.New(slog.DiscardHandler), patience: 5 * time.Second, ttl: 10 * time.Second}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithRoot puts all keys below this path instead of vlcp; nothing outside it is
// read or written. In a URL it is the path.
func WithRoot(path string) Option { return func(o *options) { o.root = path } }

// WithLogger says where to log that Consul is away or that the session was lost.
func WithLogger(log *slog.Logger) Option { return func(o *options) { o.log = log } }

// WithPatience says how long a call goes on without an answer before it is
// [kvstore.ErrUnavailable]; 5 s if not given, which an election fits into.
func WithPatience(d time.Duration) Option { return func(o *options) { o.patience = d } }

// WithSessionTTL says after how long without a word of ours Consul may end the
// session; 10 s if not given, the least that Consul takes unless it was configured
// otherwise. It takes up to twice the time.
func WithSessionTTL(d time.Duration) Option { return func(o *options) { o.ttl = d } }

// WithToken gives [Open] the ACL token; without it that of CONSUL_HTTP_TOKEN is
// used. It needs
//
//	key_prefix "vlcp/" { policy = "write" }
//	session_prefix "" { policy = "write" }
func WithToken(token string) Option { return func(o *options) { o.token = token } }

// Lazily makes [Open] not ask whether Consul is there: the store works as soon as
// it is.
func Lazily() Option { return func(o *options) { o.lazy = true } }
