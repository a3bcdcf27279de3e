package consul_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
)

// TestOpenRefused: what can't be opened is told with what to do, before anything is
// asked of Consul.
func TestOpenRefused(t *testing.T) {
	for url, want := range map[string]string{
		"consul://h/a b":                         "the root",
		"consul://h/a//b":                        "the root",
		"http://h/vlcp":                          "begins with consul://",
		"consul://me:secret@h/vlcp":              "token-file",
		"consul://h/vlcp?cacert=x":               "ca, cert, key, tls and token-file",
		"consul://h/vlcp?tls=no":                 "tls=no",
		"consul://h/vlcp?ca=/none":               "/none",
		"consul://h/vlcp?token-file=/not":        "/not",
		"consul://h:x/vlcp":                      "invalid port",
		"consul://h/" + strings.Repeat("r", 129): "at most 128",
	} {
		_, err := consul.Open(t.Context(), url)
		var e *kvstore.Error
		if !errors.As(err, &e) || e.Op != "open" || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%s) = %v, want it to say %q", url, err, want)
		}
	}
	for want, option := range map[string]consul.Option{
		"the root": consul.Root("a/../b"), "a TTL of 0s": consul.TTL(0), "a patience of -1ns": consul.Patience(-1),
	} {
		if _, err := consul.New(nil, option); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want it to say %q", err, want)
		}
	}
}

// TestOpenAway: nobody is there; a lazy store works as soon as somebody is.
func TestOpenAway(t *testing.T) {
	c := testenv.Consul(t, 1)
	c[0].Kill()
	url := "consul://" + c[0].Addr
	_, err := consul.Open(t.Context(), url, consul.Patience(100*time.Millisecond))
	wantSentinel(t, "Open", err, kvstore.ErrUnavailable, "check that a Consul agent runs at "+c[0].Addr)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = consul.Open(ctx, url)
	wantSentinel(t, "Open", err, context.Canceled, "")

	s := open(t, c[0].Addr, consul.Lazy(), patient)
	w := follow(t, s, "")
	c[0].Start()
	put(t, s, "a", "1")
	w.is("a=1")
}

// TestEnvironment: what the URL leaves out is as for Consul's own tools.
func TestEnvironment(t *testing.T) {
	c := testenv.Consul(t, 1)
	t.Setenv("CONSUL_HTTP_ADDR", c[0].Addr)
	s, err := consul.Open(t.Context(), "consul:///some/root")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put(t, s, "a", "1")
	if pair, _, err := client(t, c[0].Addr, "").KV().Get("some/root/a", nil); err != nil || string(pair.Value) != "1" {
		t.Errorf("the key is %v, %v", pair, err)
	}
}

// TestTLS: a server that wants to see a certificate, and all who come without.
func TestTLS(t *testing.T) {
	certs := testenv.NewCerts(t)
	c := testenv.Consul(t, 1, fmt.Sprintf(`
		ca_file = %q
		cert_file = %q
		key_file = %q
		verify_incoming_https = true
		ports { https = SECURE_PORT }
	`, certs.CA, certs.ServerCert, certs.ServerKey))
	secure, plain := "consul://"+c[0].Secure+"/vlcp", "consul://"+c[0].Addr+"/vlcp"
	trust := "?ca=" + certs.CA

	s, err := consul.Open(t.Context(), secure+trust+"&cert="+certs.ClientCert+"&key="+certs.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := follow(t, s, "w/")
	put(t, s, "w/a", "1")
	w.is("w/a=1")

	certificate, err := tls.LoadX509KeyPair(certs.ClientCert, certs.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(certs.CA)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), Certificates: []tls.Certificate{certificate}}
	config.RootCAs.AppendCertsFromPEM(ca)
	configured, err := consul.Open(t.Context(), secure, consul.TLS(config))
	if err != nil {
		t.Fatal(err)
	}
	defer configured.Close()
	put(t, configured, "w/a", "2")
	w.is("w/a=2")

	for url, want := range map[string]string{
		secure + "?tls=true": "name the CA of the certificate",
		secure + trust:       "wants a client's certificate",
		secure:               "speaks TLS",
		plain + trust:        "speaks no TLS",
		plain + "?tls=true":  "speaks no TLS",
	} {
		if _, err := consul.Open(t.Context(), url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%s) = %v, want it to say %q", url, err, want)
		}
	}
}

// TestACL: a token that may use what is below the root, and not even see anything
// else, is enough for everything; one that may less is told what it needs.
func TestACL(t *testing.T) {
	ephemeral := []kvstore.Op{{Key: "a", Write: kvstore.Put, Ephemeral: true}}
	c := testenv.Consul(t, 1, fmt.Sprintf(`acl { enabled = true, default_policy = "deny", tokens { master = %q } }`, testenv.ConsulToken))
	operator := client(t, c[0].Addr, testenv.ConsulToken)
	url := "consul://" + c[0].Addr + "/some/root"

	token := newToken(t, operator, "enough", `key_prefix "some/root/" { policy = "write" } session_prefix "" { policy = "write" }`)
	s, err := consul.Open(t.Context(), url, consul.Token(token))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := follow(t, s, "")
	put(t, s, "a", "1")
	putEphemeral(t, s, "live/a", "1")
	w.is("a=1 live/a=1")
	if _, err := s.Get(t.Context(), []string{"a", "none"}, true); err != nil {
		t.Error(err)
	}

	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	byFile, err := consul.Open(t.Context(), url+"?token-file="+path)
	if err != nil {
		t.Fatal(err)
	}
	defer byFile.Close()
	put(t, byFile, "a", "2")
	w.is("a=2 live/a=1")

	for token, want := range map[string]string{
		"":                                     `key_prefix "some/root/" { policy = "write" }`,
		"00000000-0000-0000-0000-000000000001": "ACL not found",
	} {
		if _, err := consul.Open(t.Context(), url, consul.Token(token)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with token %q Open = %v, want it to say %q", token, err, want)
		}
	}

	less := newToken(t, operator, "less", `key "some/root/schema" { policy = "read" } key "some/root/a" { policy = "write" }`)
	limited, err := consul.Open(t.Context(), url, consul.Token(less))
	if err != nil {
		t.Fatal(err)
	}
	defer limited.Close()
	put(t, limited, "a", "3")
	for name, call := range map[string]func() error{
		"Get":                        func() error { _, err := limited.Get(t.Context(), []string{"live/a"}, true); return err },
		"Get of several":             func() error { _, err := limited.Get(t.Context(), []string{"a", "live/a"}, true); return err },
		"Commit":                     func() error { return limited.Commit(t.Context(), many("b", 1)) },
		"Commit of an ephemeral key": func() error { return limited.Commit(t.Context(), ephemeral) },
	} {
		wantSentinel(t, name, call(), nil, "Permission denied")
	}
}

func newToken(t *testing.T, operator *api.Client, name, rules string) string {
	t.Helper()
	if _, _, err := operator.ACL().PolicyCreate(&api.ACLPolicy{Name: name, Rules: rules}, nil); err != nil {
		t.Fatal(err)
	}
	token, _, err := operator.ACL().TokenCreate(&api.ACLToken{Policies: []*api.ACLTokenPolicyLink{{Name: name}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return token.SecretID
}
