package webapi_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/network/webapi"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func listen(t *testing.T, a webapi.Access) *webapi.Server {
	t.Helper()
	s, err := a.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// logs collects what is logged.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serveAt serves a model at these addresses until the test ends.
func serveAt(t *testing.T, a webapi.Access) (*webapi.Server, *logs) {
	t.Helper()
	s := listen(t, a)
	return s, serveOn(t, s)
}

// serveOn serves a model until the test ends.
func serveOn(t *testing.T, s *webapi.Server) *logs {
	log := &logs{}
	m, _ := newModel(t)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	logger := slog.New(slog.NewTextHandler(log, nil))
	go func() { served <- s.Serve(ctx, webapi.Handler(always(m), logger), logger) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return log
}

func TestListen(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "run/vlcp.sock")
	s := listen(t, webapi.Access{Addresses: []string{"127.0.0.1:0", "localhost:0", "[::1]:0", "127.0.0.2:0", "unix://" + socket}})
	for _, a := range s.Addrs() {
		if tcp, isTCP := a.(*net.TCPAddr); isTCP && !tcp.IP.IsLoopback() {
			t.Errorf("listens on %v", a)
		}
	}
	if info, err := os.Stat(socket); err != nil || info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("%v, %v", info, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket is there: %v", err)
	}
}

// Where an address can't be had, none is.
func TestListenRefuses(t *testing.T) {
	taken := listen(t, webapi.Access{Addresses: []string{"127.0.0.1:0", "unix://" + filepath.Join(t.TempDir(), "s")}}).Addrs()
	dir := t.TempDir()
	certs := testenv.NewCerts(t)
	cert, key := certs.ServerCert, certs.ServerKey
	good, open, empty, short := write(t, dir, "good", 0o600, "a "+secret), write(t, dir, "open", 0o604, "a "+secret), write(t, dir, "empty", 0o600, "# a\n"), write(t, dir, "short", 0o600, "a hunter2")
	for _, tt := range []struct {
		access webapi.Access
		says   string
	}{
		{webapi.Access{Addresses: []string{taken[0].String()}}, "address already in use"},
		{webapi.Access{Addresses: []string{"unix://" + taken[1].String()}}, "another process serves this socket"},
		{at(""), `"" is no address: use one such as 127.0.0.1:8081 or unix:///run/vlcp/vlcp.sock`},
		{at("8081"), `"8081" is no address`},
		{at("127.0.0.1"), `"127.0.0.1" is no address`},
		{at("unix://vlcp.sock"), "write its path from the root on"},
		{at(":8081"), ":8081 is not on loopback: that needs TLS"},
		{at("0.0.0.0:0"), "0.0.0.0:0 is not on loopback"},
		{at("[::]:0"), "is not on loopback"},
		{at("192.168.1.1:0"), "is not on loopback"},
		{at("example.com:0"), "is not on loopback"},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Cert: cert, Key: key}, "is not on loopback"},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Tokens: good}, "is not on loopback"},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Cert: cert, Key: cert, Tokens: good}, "certificate: tls: found a certificate rather than a key"},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Cert: cert, Key: key, Tokens: dir + "/missing"}, "tokens: open "},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Cert: cert, Key: key, Tokens: open}, "chmod o= " + open},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Cert: cert, Key: key, Tokens: empty}, "has none: write a line for each client"},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Cert: cert, Key: key, Tokens: short}, `the line of "a" is not a name, a space and a token of at least 16 characters`},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Cert: cert, Key: key, ClientCA: key}, "has no certificate in PEM"},
		{webapi.Access{Addresses: []string{"0.0.0.0:0"}, Cert: cert, Key: key, ClientCA: dir + "/missing"}, "authorities of clients: open "},
	} {
		tt.access.Addresses = append([]string{"127.0.0.1:0"}, tt.access.Addresses...)
		s, err := tt.access.Listen()
		if err == nil || !strings.HasPrefix(err.Error(), "management API: ") || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%+v: %v, %v, want %s", tt.access, s, err, tt.says)
		}
		inUse := strings.Contains(tt.says, "already in use") || strings.Contains(tt.says, "another process")
		if checked := tt.access.Check(); inUse != (checked == nil) || checked != nil && checked.Error() != err.Error() {
			t.Errorf("%+v: Check says %v, Listen %v", tt.access, checked, err)
		}
	}
}

func at(address string) webapi.Access { return webapi.Access{Addresses: []string{address}} }

// secret is a token.
const secret = "0123456789abcdef0123456789abcdef"

func write(t *testing.T, dir, name string, mode os.FileMode, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// Who changed the model is logged, and nobody who only looked.
func TestWhoChangedTheModelIsLogged(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "vlcp.sock")
	s, log := serveAt(t, webapi.Access{Addresses: []string{"127.0.0.1:0", "unix://" + socket}})
	overTCP := &api{t: t, url: "http://" + s.Addrs()[0].String()}
	overTCP.exchanges(exchange{`GET networks`, 200, `{"items":[]}`})
	overTCP.steps(step{"createphysicalnetwork type=local&id=p", `{"result":[{"id":"p","type":"local"}]}`})
	c := newClient(t, client.Config{Address: "unix://" + socket})
	if _, err := c.Networks().Create(t.Context(), client.Network{ID: "blue"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Networks().Delete(t.Context(), "blue"); err != nil {
		t.Fatal(err)
	}
	var changes []string
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "changed the model") {
			_, of, _ := strings.Cut(line, "call=")
			changes = append(changes, strings.TrimSpace(of))
		}
	}
	me := fmt.Sprintf(`by="uid %d (process %d)"`, os.Getuid(), os.Getpid())
	want := []string{`"POST /viperflow/createphysicalnetwork" by=127.0.0.1:… ids=[p]`, `"POST /v1/networks" ` + me + ` ids=[blue]`, `"DELETE /v1/networks/blue" ` + me + ` ids=[blue]`}
	if len(changes) != len(want) {
		t.Fatalf("logged %q, want %q", changes, want)
	}
	for i := range want {
		if before, after, _ := strings.Cut(want[i], "…"); !strings.HasPrefix(changes[i], before) || !strings.HasSuffix(changes[i], after) {
			t.Errorf("logged %s, want %s", changes[i], want[i])
		}
	}
}

func newClient(t *testing.T, config client.Config) *client.Client {
	t.Helper()
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A socket's name is no host; where others come in, any name is right.
func TestHostsOfOtherAddresses(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "vlcp.sock")
	serveAt(t, webapi.Access{Addresses: []string{"unix://" + socket}})
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	for origin, status := range map[string]int{"": http.StatusOK, "http://vlcp": http.StatusForbidden} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://vlcp/v1/networks", nil)
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("origin %q: %d", origin, resp.StatusCode)
		}
	}
}

// guarded serves as where others than this host's users come.
func guarded(t *testing.T, a webapi.Access) (url string, log *logs) {
	t.Helper()
	s, err := a.Guard("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return "https://" + s.Addrs()[0].String(), serveOn(t, s)
}

// trusting is a client's TLS that trusts an authority; a certificate is its own.
func trusting(t *testing.T, authority string, certificate ...string) *tls.Config {
	t.Helper()
	ca, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(ca)
	if certificate != nil {
		pair, err := tls.LoadX509KeyPair(certificate[0], certificate[1])
		if err != nil {
			t.Fatal(err)
		}
		// Also where the server does not ask for one of its authority.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return config
}

// Only who is known gets in.
func TestTokensAndCertificates(t *testing.T) {
	certs, foreign := testenv.NewCerts(t), testenv.NewCerts(t)
	tokens := write(t, t.TempDir(), "tokens", 0o600, "# clients\nalice "+secret+"\n\nbob "+secret+"b\n")
	with := webapi.Access{Cert: certs.ServerCert, Key: certs.ServerKey}
	with.Tokens = tokens
	byToken, _ := guarded(t, with)
	with.ClientCA = certs.CA
	both, log := guarded(t, with)
	with.Tokens = ""
	byCert, _ := guarded(t, with)
	nobody, mine, stranger := trusting(t, certs.CA), trusting(t, certs.CA, certs.ClientCert, certs.ClientKey), trusting(t, certs.CA, foreign.ClientCert, foreign.ClientKey)
	const refusedByTLS = "Post" // in TLS 1.3 after the handshake, so that the error may be any
	const unknown = "refused: send a token that this agent knows, with the header Authorization: Bearer …"
	for _, tt := range []struct {
		address, token string
		tls            *tls.Config
		says           string
	}{
		{both, secret, nobody, ""},
		{both, secret + "b", nobody, ""},
		{both, "", mine, ""},
		{both, "", nobody, unknown},
		{both, secret + "c", nobody, unknown},
		{both, secret, stranger, refusedByTLS},
		{byCert, "", mine, ""},
		{byCert, secret, nobody, refusedByTLS},
		{byToken, secret, nobody, ""},
		{byToken, "", mine, unknown},
	} {
		c := newClient(t, client.Config{Address: tt.address, TLS: tt.tls, Token: tt.token})
		_, err := c.PhysicalNetworks().Create(t.Context(), client.PhysicalNetwork{Type: "local"})
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	for _, by := range []string{`by="token of alice"`, `by="token of bob"`, `by="certificate of CN=client"`} {
		if !strings.Contains(log.String(), by) {
			t.Errorf("%s is not in the log:\n%s", by, log)
		}
	}
	if strings.Contains(log.String(), secret) {
		t.Error("the log has a token")
	}
}

// The model can be followed over HTTP/2 too.
func TestWatchOverTLS(t *testing.T) {
	certs := testenv.NewCerts(t)
	address, _ := guarded(t, webapi.Access{Cert: certs.ServerCert, Key: certs.ServerKey, ClientCA: certs.CA})
	config := trusting(t, certs.CA, certs.ClientCert, certs.ClientKey)
	config.VerifyConnection = func(s tls.ConnectionState) error {
		if s.NegotiatedProtocol != "h2" {
			t.Errorf("the protocol is %q", s.NegotiatedProtocol)
		}
		return nil
	}
	c := newClient(t, client.Config{Address: address, TLS: config})
	enough := errors.New("enough")
	err := c.Watch(t.Context(), func(e client.Event) error {
		if e.Event == client.EventSynced {
			return enough
		}
		return nil
	}, "networks")
	if !errors.Is(err, enough) {
		t.Error(err)
	}
}

// What is taken out of the file of tokens is of no use from then on.
func TestRevokedToken(t *testing.T) {
	certs, dir := testenv.NewCerts(t), t.TempDir()
	tokens := write(t, dir, "tokens", 0o600, "alice "+secret+"\n")
	address, _ := guarded(t, webapi.Access{Cert: certs.ServerCert, Key: certs.ServerKey, Tokens: tokens})
	c := newClient(t, client.Config{Address: address, TLS: trusting(t, certs.CA), Token: secret})
	for text, status := range map[string]int{"bob " + secret + "b\n": 401, "": 503} {
		write(t, dir, "tokens", 0o600, "alice "+secret+"\n")
		if _, err := c.Networks().List(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		write(t, dir, "tokens", 0o600, text)
		_, err := c.Networks().List(t.Context(), nil)
		if e, ok := err.(*client.Error); !ok || e.Status != status || strings.Contains(e.Detail, dir) {
			t.Errorf("%q: %v, want %d", text, err, status)
		}
	}
}

// A request to the API of the original needs a token too.
func TestNoTokenForTheOldCalls(t *testing.T) {
	certs := testenv.NewCerts(t)
	tokens := write(t, t.TempDir(), "tokens", 0o600, "alice "+secret+"\n")
	address, _ := guarded(t, webapi.Access{Cert: certs.ServerCert, Key: certs.ServerKey, Tokens: tokens})
	transport := &http.Transport{TLSClientConfig: trusting(t, certs.CA), DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Get(address + "/viperflow/listphysicalnetworks")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
}
