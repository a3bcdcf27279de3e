package etcd_test

import (
	"crypto/tls"
	"errors"
	"io/fs"
	neturl "net/url"
	"os"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/etcd"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	certs, others := testenv.NewCerts(t), testenv.NewCerts(t)
	c := testenv.Etcd(t, 1, "--cert-file="+certs.ServerCert, "--key-file="+certs.ServerKey,
		"--trusted-ca-file="+certs.CA, "--client-cert-auth")
	files := func(ca, cert, key string) string {
		return "?" + neturl.Values{"ca": {ca}, "cert": {cert}, "key": {key}}.Encode()
	}
	s := open(t, url(c)+files(certs.CA, certs.ClientCert, certs.ClientKey))
	defer s.Close()
	commit(t, s, put("a", "1"))
	pair, err := tls.LoadX509KeyPair(certs.ClientCert, certs.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	given := open(t, url(c)+"?ca="+certs.CA, etcd.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}))
	defer given.Close()
	want(t, given, "a", "1")

	for name, test := range map[string]struct {
		query string
		err   error
		says  string
	}{
		"no TLS":                 {"", kvstore.ErrUnavailable, "TLS files"},
		"unknown authority":      {"?tls=true", kvstore.ErrUnavailable, "unknown authority"},
		"another authority":      {files(others.CA, certs.ClientCert, certs.ClientKey), kvstore.ErrUnavailable, "unknown authority"},
		"no certificate":         {"?ca=" + certs.CA, kvstore.ErrUnavailable, "TLS files"},
		"another's certificate":  {files(certs.CA, others.ClientCert, others.ClientKey), kvstore.ErrUnavailable, "TLS files"},
		"no such file":           {"?ca=/no/such.pem", fs.ErrNotExist, "/no/such.pem"},
		"no such certificate":    {files(certs.CA, "/no/such.pem", certs.ClientKey), fs.ErrNotExist, "/no/such.pem"},
		"no certificate in file": {"?ca=" + certs.ClientKey, nil, "no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, url(c)+test.query, test.err, test.says)
		})
	}
}

// TestRenewedCertificate replaces the files of the client's certificate.
func TestRenewedCertificate(t *testing.T) {
	certs := testenv.NewCerts(t)
	c := testenv.Etcd(t, 1, "--cert-file="+certs.ServerCert, "--key-file="+certs.ServerKey,
		"--trusted-ca-file="+certs.CA, "--client-cert-auth")
	way := testenv.NewProxy(t, c[0].Addr)
	s := open(t, "etcd://"+way.Addr+"?ca="+certs.CA+"&cert="+certs.ClientCert+"&key="+certs.ClientKey,
		etcd.Patience(500*time.Millisecond))
	defer s.Close()
	key, err := os.ReadFile(certs.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, valid := range []bool{false, true} {
		content := key
		if !valid {
			content = nil
		}
		if err := os.WriteFile(certs.ClientKey, content, 0o600); err != nil {
			t.Fatal(err)
		}
		way.Cut()
		way.Restore()
		if valid {
			eventually(t, func() error { return s.Commit(t.Context(), []kvstore.Op{put("a", "2")}) })
		} else if err := s.Commit(t.Context(), []kvstore.Op{put("a", "1")}); err == nil {
			t.Error("connected without a key")
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	c := testenv.Etcd(t, 1)
	protect(t, client(t, c))
	withUser := func(user string) string { return strings.Replace(url(c), "//", "//"+user+"@", 1) }

	s := open(t, withUser("host:p%40ss:w%2Frd")+"/vlcp")
	defer s.Close()
	commit(t, s, put("a", "1"))
	live := put("live", "1")
	live.Ephemeral = true
	commit(t, s, live)
	batches := watch(t, s, "")
	if b := <-batches; len(b.Entries) != 2 {
		t.Errorf("the watch begins with %v", b)
	}
	c[0].Kill() // and with it its tokens
	c[0].Start()
	c.Await()
	commit(t, s, put("a", "2"))
	until(batches, "a", "2")

	for name, test := range map[string]struct{ url, says string }{
		"no user":        {url(c), "USER:PASSWORD"},
		"no such user":   {withUser("nobody:x"), "check the user"},
		"wrong password": {withUser("host:x"), "check the user"},
		"another root":   {withUser("host:p%40ss:w%2Frd") + "/other", "permission for the prefix /other/"},
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, test.url, nil, test.says) })
	}
}

// protect has the servers want a user, of whom one may only touch /vlcp/.
func protect(t *testing.T, admin *clientv3.Client) {
	t.Helper()
	ctx, end := t.Context(), clientv3.GetPrefixRangeEnd("/vlcp/")
	for _, do := range []func() error{
		func() error { _, err := admin.UserAdd(ctx, "root", "root"); return err },
		func() error { _, err := admin.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := admin.RoleAdd(ctx, "vlcp"); return err },
		func() error {
			_, err := admin.RoleGrantPermission(ctx, "vlcp", "/vlcp/", end, clientv3.PermissionType(clientv3.PermReadWrite))
			return err
		},
		func() error { _, err := admin.UserAdd(ctx, "host", "p@ss:w/rd"); return err },
		func() error { _, err := admin.UserGrantRole(ctx, "host", "vlcp"); return err },
		func() error { _, err := admin.AuthEnable(ctx); return err },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	c := testenv.Etcd(t, 1)
	c[0].Kill()
	wantRefused(t, "etcd://host:secret@"+c[0].Addr, kvstore.ErrUnavailable, "connection refused")
	lazy := open(t, url(c), etcd.Lazy())
	defer lazy.Close()
	batches := watch(t, lazy, "")
	c[0].Start()
	c.Await()
	commit(t, lazy, put("a", "1"))
	until(batches, "a", "1")
}

func TestSmallServer(t *testing.T) {
	t.Parallel()
	c := testenv.Etcd(t, 1, "--max-txn-ops=64")
	s := open(t, url(c))
	defer s.Close()
	var ops []kvstore.Op
	for range 65 {
		ops = append(ops, put(kvstore.Key("k", strings.Repeat("k", len(ops)+1)), ""))
	}
	if err := s.Commit(t.Context(), ops); !errors.Is(err, kvstore.ErrTooLarge) || !strings.Contains(err.Error(), "--max-txn-ops") {
		t.Errorf("Commit = %v", err)
	}
}

// wantRefused opens a URL, which must fail without waiting, with one sentence that names the
// address but no password.
func wantRefused(t *testing.T, url string, want error, says string) {
	t.Helper()
	s, err := etcd.Open(t.Context(), url, etcd.Patience(time.Minute))
	if err == nil {
		s.Close()
		t.Fatalf("%s was opened", url)
	}
	t.Log(err)
	text := err.Error()
	if want != nil && !errors.Is(err, want) || !strings.Contains(text, says) {
		t.Errorf("Open = %v, want %v, and %q in it", err, want, says)
	}
	for _, secret := range []string{"secret", "p%40ss", "p@ss", "\n"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q has %q in it", text, secret)
		}
	}
}
