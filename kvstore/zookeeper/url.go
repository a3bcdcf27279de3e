package zookeeper

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/vlcp-go/vlcp/internal/hostport"
	"github.com/vlcp-go/vlcp/internal/secret"
	"github.com/vlcp-go/vlcp/kvstore"
)

const (
	scheme = "zk"
	form   = "zk://[USER:PASSWORD@]HOST[:2181][,HOST[:2181]…][/ROOT][?ca=FILE&cert=FILE&key=FILE&password-file=FILE]"
)

// Open opens a session with the servers at a URL, as [New] does:
//
//	zk://[USER:PASSWORD@]HOST[:2181][,HOST[:2181]…][/ROOT][?ca=FILE&cert=FILE&key=FILE&password-file=FILE]
//
// The root is /vlcp if not given. With ca (the authority that signed the servers'
// certificates), cert and key (the client's own certificate), or tls=true, it
// connects by TLS; so it does with [TLS]. Special characters of the user and the
// password are escaped, as in p%40ss; or the password is in a file.
func Open(ctx context.Context, rawURL string, opts ...Option) (*Store, error) {
	c, err := ParseURL(rawURL)
	if err != nil {
		return nil, err
	}
	for _, opt := range opts {
		opt(&c)
	}
	return New(ctx, c)
}

// ParseURL reads what [Open] takes, and the files that it names.
func ParseURL(rawURL string) (Config, error) {
	c, err := parseURL(rawURL)
	if err != nil {
		return Config{}, &kvstore.Error{Op: "open", Err: fmt.Errorf("%w: the URL of the store %w; it is %s", kvstore.ErrInvalid, err, form)}
	}
	return c, nil
}

// parseURL never shows the URL in its error: there may be a password.
func parseURL(rawURL string) (c Config, err error) {
	rest, ok := strings.CutPrefix(rawURL, scheme+"://")
	if !ok {
		return c, errors.New("has another scheme")
	}
	// Several hosts are not what url.Parse calls a host.
	end := strings.IndexAny(rest+"/", "/?#")
	at := strings.LastIndex(rest[:end], "@") + 1
	u, err := url.Parse(scheme + "://" + rest[:at] + "host" + rest[end:])
	if err != nil {
		return c, errors.New("has a character that must be escaped, as in p%40ss for p@ss")
	}
	c.User, c.Root = u.User.Username(), u.Path
	c.Password, _ = u.User.Password()
	c.Servers = strings.Split(rest[at:end], ",")
	for _, server := range c.Servers {
		if _, err := hostport.Parse(server, defaultPort); err != nil {
			return c, err
		}
	}
	settings := u.Query()
	if err := readPassword(&c, settings); err != nil {
		return c, err
	}
	c.TLS, err = tlsConfig(settings)
	return c, err
}

// readPassword reads the password from a file, if the settings name one, and takes
// that off them.
func readPassword(c *Config, settings url.Values) (err error) {
	if !settings.Has("password-file") {
		return nil
	}
	if c.User == "" || c.Password != "" {
		return errors.New("has password-file, which goes with a user and without a password: zk://USER@HOST?password-file=FILE")
	}
	if c.Password, err = secret.Read(settings.Get("password-file")); err != nil {
		return fmt.Errorf("has password-file: %w", err)
	}
	settings.Del("password-file")
	return nil
}

// tlsConfig is nil where the URL has no settings of TLS.
func tlsConfig(settings url.Values) (*tls.Config, error) {
	for name := range settings {
		switch name {
		case "ca", "cert", "key", "tls":
		default:
			return nil, fmt.Errorf("has an unknown setting %q", name)
		}
	}
	cert, key := settings.Get("cert"), settings.Get("key")
	switch {
	case len(settings) == 0:
		return nil, nil
	case cmp.Or(settings.Get("tls"), "true") != "true":
		return nil, errors.New("has tls, which can only be tls=true")
	case (cert == "") != (key == ""):
		return nil, errors.New("has only one of cert and key")
	}
	config := &tls.Config{}
	return config, errors.Join(trust(config, settings.Get("ca")), identify(config, cert, key))
}

// trust makes config trust the authority in a file, if one is named.
func trust(config *tls.Config, ca string) error {
	if ca == "" {
		return nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return fmt.Errorf("has ca: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("has ca, but %s has no certificate in PEM form", ca)
	}
	return nil
}

// identify gives config the certificate in files, if they are named. They are read
// for each connection, so that they may be renewed.
func identify(config *tls.Config, cert, key string) error {
	if cert == "" {
		return nil
	}
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(cert, key)
		return &pair, err
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	if _, err := load(); err != nil {
		return fmt.Errorf("has cert and key: %w", err)
	}
	return nil
}
