package events_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper/internal/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestEvents makes changes of all kinds, on the node, far below it, and elsewhere.
func TestEvents(t *testing.T) {
	server := testenv.ZooKeeper(t, 1)[0]
	c := watch(t, server, events.Options{Path: "/top", TTL: time.Minute})
	writer := connect(t, server)
	acl := zk.WorldACL(zk.PermAll)
	for _, path := range []string{"/beside", "/top", "/topmost", "/top/a", "/top/a/b", "/top/a/b/ü"} {
		if _, err := writer.Create(path, nil, 0, acl); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := writer.Set("/top/a/b", []byte("x"), -1); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Multi(
		&zk.DeleteRequest{Path: "/top/a/b/ü", Version: -1},
		&zk.SetDataRequest{Path: "/top", Data: []byte("x"), Version: -1},
		&zk.CreateRequest{Path: "/top/e", Flags: zk.FlagEphemeral, Acl: acl},
	); err != nil {
		t.Fatal(err)
	}
	writer.Close() // with the ephemeral node
	for _, want := range []string{"/top", "/top/a", "/top/a/b", "/top/a/b/ü", "/top/a/b", "/top/a/b/ü", "/top", "/top/e", "/top/e"} {
		if got, err := c.Next(); err != nil || got != want {
			t.Fatalf("Next = %q, %v, want %q", got, err, want)
		}
	}
}

// TestPing keeps a session alive for longer than another of the same timeout, that
// does not ping.
func TestPing(t *testing.T) {
	server := testenv.ZooKeeper(t, 1)[0]
	o := events.Options{Path: "/", TTL: 3 * time.Second, Patience: 10 * time.Second}
	told := make(chan string, 10)
	alive := watch(t, server, o)
	go func() {
		defer close(told)
		for {
			path, err := alive.Next()
			if err != nil {
				return
			}
			told <- path
		}
	}()
	way := dial(t, server)
	if _, err := events.Open(way, o); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(way); err != nil { // until the server closes it
		t.Error(err)
	}
	if _, err := connect(t, server).Create("/late", nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != "/late" {
		t.Errorf("told of %q", got)
	}
	alive.Close()
	for range told {
	}
}

// TestSilence stops a server under a connection.
func TestSilence(t *testing.T) {
	server := testenv.ZooKeeper(t, 1)[0]
	c := watch(t, server, events.Options{Path: "/", TTL: time.Second})
	server.Pause()
	if path, err := c.Next(); err == nil {
		t.Errorf("a paused server told of %s", path)
	}
}

// TestRefused is about servers that can't or won't.
func TestRefused(t *testing.T) {
	greeting := frame(0, 4000, 0, 7, 0)
	watched := frame(1, 0, 0, 0)
	for name, test := range map[string]struct {
		answers []byte
		want    error
	}{
		"too old":          {join(greeting, frame(-4, 0, 0, 0), frame(1, 0, 0, -6)), events.ErrTooOld},
		"not authorized":   {join(greeting, frame(-4, 0, 0, 0), frame(1, 0, 0, -102)), events.ErrRefused},
		"unknown user":     {join(greeting, frame(-4, 0, 0, -115)), events.ErrRefused},
		"another error":    {join(greeting, frame(-4, 0, 0, -1)), nil},
		"no session":       {frame(0, 0, 0, 0, 0), nil},
		"no greeting":      {nil, io.EOF},
		"a short greeting": {frame(0), io.ErrUnexpectedEOF},
		"a short answer":   {join(greeting, frame(-4)), io.ErrUnexpectedEOF},
		"too long":         {[]byte{0x7f, 0, 0, 0}, nil},
		"negative":         {[]byte{0xff, 0, 0, 0}, nil},
		"a broken event":   {join(greeting, frame(-4, 0, 0, 0), watched, frame(-1, -1, -1, 0, 1, 3, 99)), io.ErrUnexpectedEOF},
		"ends":             {join(greeting, frame(-4, 0, 0, 0), watched), io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := events.Open(answering(t, test.answers), events.Options{Path: "/", Digest: "me:x", TTL: time.Second, Patience: 10 * time.Second})
			if err == nil {
				defer c.Close()
				_, err = c.Next()
			}
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

// answering is a connection to a server that says what it says, whatever it is
// asked.
func answering(t *testing.T, answers []byte) net.Conn {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Write(answers); err != nil {
		t.Fatal(err)
	}
	if err := server.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return conn
}

// frame is a message of these numbers.
func frame(numbers ...int32) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(4*len(numbers)))
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

func join(frames ...[]byte) (all []byte) {
	for _, f := range frames {
		all = append(all, f...)
	}
	return all
}

func watch(t *testing.T, server *testenv.ZooKeeperServer, o events.Options) *events.Conn {
	t.Helper()
	o.Patience = 10 * time.Second
	c, err := events.Open(dial(t, server), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func dial(t *testing.T, server *testenv.ZooKeeperServer) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func connect(t *testing.T, server *testenv.ZooKeeperServer) *zk.Conn {
	t.Helper()
	conn, session, err := zk.Connect([]string{server.Addr}, 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		for range session {
		}
	})
	return conn
}
