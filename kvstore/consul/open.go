package consul

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// idleConns is how many connections stay open between requests: calls come many at
// a time.
const idleConns = 64

// Open connects to the Consul agent that a URL names:
//
//	consul://127.0.0.1:8500/vlcp
//	consul://consul.example:8501/vlcp?ca=/etc/ca.pem&cert=/etc/client.pem&key=/etc/client.key
//
// The path is the root of the keys, vlcp if there is none. ca, cert and key name
// PEM files and imply TLS, as tls=true does by itself; token-file names a file with
// the ACL token. What the URL leaves out is as the environment variables of
// Consul's own tools say (CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN, CONSUL_CACERT, …).
//
// It asks the agent once, and answers an error soon where that is away
// ([kvstore.ErrUnavailable]) or refuses; with [Lazy] it does not ask.
func Open(ctx context.Context, rawURL string, opts ...Option) (*Store, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, &kvstore.Error{Op: "open", Err: err}
	}
	s, err := open(ctx, u, opts)
	if err != nil {
		return nil, &kvstore.Error{Op: "open", Key: u.Redacted(), Err: err}
	}
	return s, nil
}

func open(ctx context.Context, u *url.URL, opts []Option) (*Store, error) {
	if path := strings.Trim(u.Path, "/"); path != "" {
		opts = append([]Option{Root(path)}, opts...)
	}
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	config, err := configure(u, o)
	if err != nil {
		return nil, err
	}
	client, err := api.NewClient(config)
	if err != nil {
		return nil, err
	}
	o.hangUp, o.address = config.Transport.CloseIdleConnections, config.Address
	s := newStore(client, o)
	if o.lazy {
		return s, nil
	}
	err = s.persist(ctx, func(ctx context.Context) error {
		_, err := s.get(ctx, []string{"schema"})
		return err
	})
	if err != nil {
		_ = s.Close() // it has no session yet
		return nil, err
	}
	return s, nil
}

// configure makes the configuration of the client, on top of the environment's.
func configure(u *url.URL, o options) (*api.Config, error) {
	config := api.DefaultConfig()
	config.Transport.MaxIdleConnsPerHost = idleConns
	config.Transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: o.patience, PingTimeout: o.patience} // else it may stay dead
	if u.Scheme != "consul" {
		return nil, errors.New("the URL of a Consul begins with consul://")
	}
	if u.User != nil {
		return nil, errors.New("no user and no token in a URL, which others may see: use token-file=FILE or CONSUL_HTTP_TOKEN")
	}
	for name, values := range u.Query() {
		if err := set(config, name, values[0]); err != nil {
			return nil, err
		}
	}
	if o.token != "" {
		config.Token, config.TokenFile = o.token, ""
	}
	if o.tls != nil {
		config.Transport.TLSClientConfig, config.Scheme = o.tls, "https"
	}
	switch {
	case u.Port() != "":
		config.Address = u.Host
	case u.Host != "" && config.Scheme == "https":
		config.Address = net.JoinHostPort(u.Hostname(), "8501")
	case u.Host != "":
		config.Address = net.JoinHostPort(u.Hostname(), "8500")
	}
	return config, nil
}

// set sets one parameter of the URL.
func set(config *api.Config, name, value string) error {
	switch name {
	case "ca":
		config.TLSConfig.CAFile = value
	case "cert":
		config.TLSConfig.CertFile = value
	case "key":
		config.TLSConfig.KeyFile = value
	case "token-file":
		config.TokenFile = value
		return nil
	case "tls":
		if value != "true" {
			return fmt.Errorf("tls=%s: it can only be true", value)
		}
	default:
		return fmt.Errorf("there is no parameter %s, but ca, cert, key, tls and token-file", name)
	}
	config.Scheme = "https"
	return nil
}

// advise adds to the error of a request what to check.
func (s *Store) advise(err error) error {
	address := cmp.Or(s.address, "its address")
	var untrusted *tls.CertificateVerificationError
	advice := ""
	switch said := err.Error(); {
	case errors.As(err, &untrusted):
		advice = "name the CA of the certificate at " + address + " with ca=FILE"
	case isOp(err, "remote error"):
		advice = address + " wants a client's certificate: name one with cert=FILE&key=FILE"
	case strings.Contains(said, "HTTP response to HTTPS client"):
		advice = address + " speaks no TLS: name the port for HTTPS, mostly 8501"
	case strings.Contains(said, "HTTP request to an HTTPS server"):
		advice = address + " speaks TLS: name its CA with ca=FILE"
	case saysAnyOf(said, denials):
		advice = fmt.Sprintf(`give a token, by CONSUL_HTTP_TOKEN or token-file=FILE, with key_prefix %q { policy = "write" } and session_prefix "" { policy = "write" }`, s.root)
	case errors.Is(err, kvstore.ErrUnavailable):
		advice = "check that a Consul agent runs at " + address + " and that its servers have a leader (consul operator raft list-peers)"
	default:
		return err
	}
	return fmt.Errorf("%w; %s", err, advice)
}
