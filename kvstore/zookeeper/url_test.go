package zookeeper_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

func TestParseURL(t *testing.T) {
	for url, want := range map[string]zookeeper.Config{
		"zk://a":                               {Servers: []string{"a"}},
		"zk://a:2181,b:2182,[fd00::1]:1/x":     {Servers: []string{"a:2181", "b:2182", "[fd00::1]:1"}, Root: "/x"},
		"zk://me:p%40s%2Fs@a/deep/root/":       {Servers: []string{"a"}, Root: "/deep/root/", User: "me", Password: "p@s/s"},
		"zk://me@10.0.0.1:2181,10.0.0.2:2181/": {Servers: []string{"10.0.0.1:2181", "10.0.0.2:2181"}, Root: "/", User: "me"},
	} {
		got, err := zookeeper.ParseURL(url)
		if diff := cmp.Diff(want, got, cmp.FilterPath(unexported, cmp.Ignore())); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", url, err, diff)
		}
	}
}

func TestParseURLWithPasswordFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("p@ss\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for settings, byTLS := range map[string]bool{"": false, "&tls=true": true} {
		c, err := zookeeper.ParseURL("zk://me@a?password-file=" + file + settings)
		if err != nil || c.User != "me" || c.Password != "p@ss" || (c.TLS != nil) != byTLS {
			t.Errorf("%s: %+v, %v", settings, c, err)
		}
	}
}

func unexported(p cmp.Path) bool {
	field, ok := p.Last().(cmp.StructField)
	return ok && strings.ToLower(field.Name()[:1]) == field.Name()[:1]
}

func TestParseURLOfTLS(t *testing.T) {
	certs := testenv.NewCerts(t)
	for settings, want := range map[string]struct{ ca, cert bool }{
		"tls=true":       {},
		"ca=" + certs.CA: {ca: true},
		"cert=" + certs.ClientCert + "&key=" + certs.ClientKey:                     {cert: true},
		"ca=" + certs.CA + "&cert=" + certs.ClientCert + "&key=" + certs.ClientKey: {ca: true, cert: true},
	} {
		c, err := zookeeper.ParseURL("zk://a?" + settings)
		if err != nil || c.TLS == nil {
			t.Errorf("%s: %v, %v", settings, c.TLS, err)
			continue
		}
		if (c.TLS.RootCAs != nil) != want.ca || (c.TLS.GetClientCertificate != nil) != want.cert {
			t.Errorf("%s: %+v", settings, c.TLS)
		}
	}
}

// TestBadURL wants errors that help, and don't show a password.
func TestBadURL(t *testing.T) {
	certs := testenv.NewCerts(t)
	for url, want := range map[string]string{
		"":                                   "another scheme",
		"etcd://a":                           "another scheme",
		"zk:a":                               "another scheme",
		"zk://":                              "empty host",
		"zk://me:secret@a,,b":                "empty host",
		"zk://me:secret%zz@a":                "escaped",
		"zk://a?colour=red":                  "colour",
		"zk://a?tls=perhaps":                 "tls=true",
		"zk://a?cert=x":                      "only one",
		"zk://a?ca=/nowhere":                 "/nowhere",
		"zk://a?ca=" + certs.ClientKey:       "no certificate",
		"zk://a?cert=/x&key=/y":              "cert and key",
		"zk://a?password-file=/dev/null":     "goes with a user",
		"zk://me:secret@a?password-file=/x":  "without a password",
		"zk://me@a?password-file=/nowhere":   "/nowhere",
		"zk://me@a?password-file=/dev/null":  "one line",
		"zk://a/zookeeper":                   "ZooKeeper keeps",
		"zk://a/zookeeper/quota":             "ZooKeeper keeps",
		"zk://a/b//c":                        "root",
		"zk://a/" + strings.Repeat("r", 200): "at most 128",
	} {
		_, err := zookeeper.Open(t.Context(), url, zookeeper.Lazy())
		if !errors.Is(err, kvstore.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%s) = %v, want an error with %q", url, err, want)
		}
	}
	if _, err := zookeeper.New(t.Context(), zookeeper.Config{}); !errors.Is(err, kvstore.ErrInvalid) {
		t.Errorf("New without a server = %v", err)
	}
}
