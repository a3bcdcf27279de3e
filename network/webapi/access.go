package webapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/vlcp-go/vlcp/internal/socket"
)

// Access says where the API is, and who may call it there. On a loopback address
// everybody on this host may; on a socket, whom its permissions let. Any other
// address needs TLS, and tokens or certificates of those who may.
type Access struct {
	// Addresses are host:port of TCP, and unix:///path of a socket. A socket that
	// nobody answers is replaced.
	Addresses []string
	// Cert and Key are files in PEM, for what is not loopback. They are read for
	// each connection, so that a new certificate needs no restart.
	Cert, Key string
	// ClientCA is a file in PEM: the authorities of clients' certificates; ""
	// where they have none.
	ClientCA string
	// Tokens is a file that only its owner and group can read, with a line "name
	// token" for each client; "" where they have none. It is read for each
	// request, so that a change holds at once.
	Tokens string
}

// ErrUnguarded is the answer of [Access.Listen] for an address that everybody
// could call at.
var ErrUnguarded = errors.New("is not on loopback: that needs TLS, a certificate with its key, and to know who may call, by tokens or the authorities of their certificates")

// Listen listens on all addresses, or on none and says why.
func (a Access) Listen() (*Server, error) {
	s := &Server{}
	for _, address := range a.Addresses {
		d, err := a.open(address)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("management API: %w", err), s.Close())
		}
		s.doors = append(s.doors, d)
	}
	return s, nil
}

// Check tells what Listen would find wrong before it listens: in the addresses,
// and in the files.
func (a Access) Check() error {
	for _, address := range a.Addresses {
		if _, err := a.plan(address); err != nil {
			return fmt.Errorf("management API: %w", err)
		}
	}
	return nil
}

func (a Access) open(address string) (d *door, err error) {
	if d, err = a.plan(address); err != nil {
		return nil, err
	}
	if path, isSocket := strings.CutPrefix(address, "unix://"); isSocket {
		if d.Listener, err = socket.Listen(path); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", path, err)
		}
		return d, nil
	}
	if d.Listener, err = net.Listen("tcp", address); err != nil {
		return nil, err
	}
	if at, isTCP := d.Addr().(*net.TCPAddr); d.local && (!isTCP || !at.IP.IsLoopback()) { // localhost may be anything in /etc/hosts
		return nil, errors.Join(fmt.Errorf("%s is %v here, which is not on loopback: use 127.0.0.1", address, d.Addr()), d.Close())
	}
	return d, nil
}

// plan is the door at an address, which does not listen yet.
func (a Access) plan(address string) (*door, error) {
	if path, isSocket := strings.CutPrefix(address, "unix://"); isSocket {
		if !filepath.IsAbs(path) {
			return nil, fmt.Errorf("%s is no socket: write its path from the root on, as in unix:///run/vlcp/vlcp.sock", address)
		}
		return &door{}, nil
	}
	host, _, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is no address: use one such as 127.0.0.1:8081 or unix:///run/vlcp/vlcp.sock", address)
	case isLoopback(host):
		return &door{local: true}, nil
	case a.Cert == "" || a.Key == "" || a.ClientCA == "" && a.Tokens == "":
		return nil, fmt.Errorf("%s %w", address, ErrUnguarded)
	}
	return a.guarded()
}

// guarded is a door where others than this host's users come.
func (a Access) guarded() (*door, error) {
	config, err := a.tls()
	if err != nil {
		return nil, err
	}
	if a.Tokens != "" {
		if _, err := readTokens(a.Tokens); err != nil {
			return nil, err
		}
	}
	return &door{tls: config, tokens: a.Tokens}, nil
}

func (a Access) tls() (*tls.Config, error) {
	certificate := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(a.Cert, a.Key)
		return &pair, err
	}
	if _, err := certificate(nil); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate}
	if a.ClientCA == "" {
		return config, nil
	}
	authorities, err := os.ReadFile(a.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("authorities of clients: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("authorities of clients: %s has no certificate in PEM", a.ClientCA)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if a.Tokens != "" { // which others may have
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return config, nil
}

// isLoopback tells whether a host is this machine by its very name.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
