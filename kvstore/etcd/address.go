package etcd

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/vlcp-go/vlcp/internal/hostport"
	"github.com/vlcp-go/vlcp/internal/secret"
)

const (
	scheme      = "etcd"
	defaultPort = "2379"
	form        = "etcd://[USER:PASSWORD@]HOST[:2379][,HOST…][/ROOT][?ca=FILE&cert=FILE&key=FILE&password-file=FILE]"
)

// address is what a URL says.
type address struct {
	hosts          []string // host:port
	user, password string
	root           string
	tls            bool
	ca, cert, key  string // files
}

// String is the address without the password.
func (a address) String() string {
	u := url.URL{Scheme: scheme, Host: strings.Join(a.hosts, ","), Path: a.root}
	if a.user != "" {
		u.User = url.User(a.user)
	}
	return u.String()
}

// parse reads a URL. Its error does not show it: there may be a password.
func parse(raw string) (a address, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("the URL of the store %w; it is %s", err, form)
		}
	}()
	rest, ok := strings.CutPrefix(raw, scheme+"://")
	if !ok {
		return a, errors.New("has another scheme")
	}
	// Several hosts are not what url.Parse calls a host.
	end := strings.IndexAny(rest+"/", "/?#")
	at := strings.LastIndex(rest[:end], "@") + 1
	u, err := url.Parse(scheme + "://" + rest[:at] + "host" + rest[end:])
	if err != nil {
		return a, errors.New("has a character that must be escaped, as in p%40ss for p@ss")
	}
	a = address{user: u.User.Username(), root: u.Path}
	a.password, _ = u.User.Password()
	if strings.Trim(a.root, "/") == "" {
		a.root = defaultRoot
	}
	for host := range strings.SplitSeq(rest[at:end], ",") {
		host, err := hostport.Parse(host, defaultPort)
		if err != nil {
			return a, err
		}
		a.hosts = append(a.hosts, host)
	}
	return a, a.settings(u.Query())
}

func (a *address) settings(query url.Values) error {
	for name, values := range query {
		value := values[len(values)-1]
		switch name {
		case "ca":
			a.ca = value
		case "cert":
			a.cert = value
		case "key":
			a.key = value
		case "password-file":
			if err := a.readPassword(value); err != nil {
				return err
			}
			continue
		case "tls":
			if value != "true" {
				return errors.New("has tls, which can only be tls=true")
			}
		default:
			return fmt.Errorf("has an unknown setting %q", name)
		}
		a.tls = true
	}
	if (a.cert == "") != (a.key == "") {
		return errors.New("has only one of cert and key")
	}
	return nil
}

// readPassword reads the password from a file.
func (a *address) readPassword(file string) (err error) {
	if a.user == "" || a.password != "" {
		return errors.New("has password-file, which goes with a user and without a password: etcd://USER@HOST?password-file=FILE")
	}
	if a.password, err = secret.Read(file); err != nil {
		return fmt.Errorf("has password-file: %w", err)
	}
	return nil
}

// tlsConfig is nil for connections without TLS. The client's certificate is read
// for each connection, so that it may be renewed.
func (a address) tlsConfig(given *tls.Config) (*tls.Config, error) {
	if given == nil && !a.tls {
		return nil, nil
	}
	config := given.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	if a.ca != "" {
		pem, err := os.ReadFile(a.ca)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate in PEM form", a.ca)
		}
	}
	if a.cert == "" {
		return config, nil
	}
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(a.cert, a.key)
		return &pair, err
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	_, err := load()
	return config, err
}
