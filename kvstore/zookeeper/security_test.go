package zookeeper_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

// TestUser shows that what a user makes is for that user alone, and that who is
// denied is told what to look at.
func TestUser(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	as := func(user string) string { return "zk://" + user + "@" + servers[0].Addr + "/users" }
	kvtest.RunSessions(t, func(testing.TB) kvtest.Open {
		root := newRoot()
		return func(t testing.TB) kvstore.Store { return open(t, as("me:p%40ss")+root) }
	})
	mine := open(t, as("me:p%40ss"))
	defer mine.Close()
	commit(t, mine, put("a", "1"))
	for name, url := range map[string]string{
		"nobody": url(servers) + "/users", "another": as("you:p%40ss"), "wrong password": as("me:pass"),
	} {
		s := open(t, url, zookeeper.Lazy())
		defer s.Close()
		for call, err := range map[string]error{
			"Commit": s.Commit(t.Context(), []kvstore.Op{put("a", "2")}),
			"Watch":  s.Watch(t.Context(), "", func(kvstore.Batch) error { return nil }),
		} {
			if !errors.Is(err, zk.ErrNoAuth) || !strings.Contains(err.Error(), "password") {
				t.Errorf("%s as %s = %v", call, name, err)
			}
			if errors.Is(err, kvstore.ErrUnknown) || errors.Is(err, kvstore.ErrUnavailable) {
				t.Errorf("%s as %s is no answer: %v", call, name, err)
			}
		}
	}
}

// TestTLS has the server ask for a certificate too.
func TestTLS(t *testing.T) {
	certs := testenv.NewCerts(t)
	servers := testenv.ZooKeeper(t, 1,
		"serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
		"secureClientPort=SECURE_PORT", "secureClientPortAddress=127.0.0.1", "ssl.clientAuth=need",
		"ssl.keyStore.type=PEM", "ssl.keyStore.location="+join(t, certs.ServerKey, certs.ServerCert),
		"ssl.trustStore.type=PEM", "ssl.trustStore.location="+certs.CA)
	files := "?ca=" + certs.CA + "&cert=" + certs.ClientCert + "&key=" + certs.ClientKey
	kvtest.RunSessions(t, func(testing.TB) kvtest.Open {
		root := newRoot()
		return func(t testing.TB) kvstore.Store { return open(t, "zk://"+servers[0].Secure+root+files) }
	})
	stranger := "zk://" + servers[0].Secure + "?ca=" + certs.CA
	if _, err := zookeeper.Open(t.Context(), stranger, zookeeper.Patience(500*time.Millisecond)); !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("Open without a certificate = %v", err)
	}
}

// TestNothingElseIsTouched looks what a store leaves in ZooKeeper.
func TestNothingElseIsTouched(t *testing.T) {
	servers := testenv.ZooKeeper(t, 1)
	s := open(t, url(servers))
	commit(t, s, put("net/blue", `{"vni": 1}`), putEphemeral("alive/h", "boot"), put("empty", ""))
	commit(t, s, del("net/blue"))
	commit(t, s, put("net/blue", `{"vni": 2}`))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	admin := connect(t, servers)
	for path, want := range map[string][]string{
		"/": {"vlcp", "zookeeper"}, "/vlcp": {"!epoch", "alive", "empty", "net"}, "/vlcp/net": {"blue"}, "/vlcp/alive/h": nil,
	} {
		got, _, err := admin.Children(path)
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s has %q, %v, want %q", path, got, err, want)
		}
	}
	if data, _, err := admin.Get("/vlcp/net/blue"); err != nil || string(data) != `{"vni": 2}` {
		t.Errorf("ZooKeeper's tools show %q, %v", data, err)
	}
}

// connect is a connection beside those of the stores.
func connect(t testing.TB, servers testenv.ZooKeeperServers) *zk.Conn {
	t.Helper()
	conn, events, err := zk.Connect(servers.Addrs(), 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		for range events {
		}
	})
	return conn
}

// join writes files one after the other into one.
func join(t testing.TB, files ...string) string {
	t.Helper()
	var all []byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	name := filepath.Join(t.TempDir(), "joined.pem")
	if err := os.WriteFile(name, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
