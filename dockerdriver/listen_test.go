package dockerdriver

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestListenRefuses(t *testing.T) {
	served := filepath.Join(t.TempDir(), "vlcp.sock")
	l, err := Listen(served)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Listen(served); !errors.Is(err, ErrServed) || !strings.Contains(err.Error(), served) {
		t.Errorf("a served socket: %v", err)
	}
}

func sayHello(t *testing.T, l net.Listener) {
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Write([]byte("hello"))
	conn.Close()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestSystemdSocket runs itself once more, as systemd starts a service with its
// socket.
func TestSystemdSocket(t *testing.T) {
	socket := os.Getenv("VLCP_TEST_ACTIVATED")
	if socket != "" {
		t.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid())) // which systemd knows before
		l, err := Listen(socket)
		if err != nil {
			t.Fatal(err)
		}
		sayHello(t, l)
		return
	}
	socket = filepath.Join(t.TempDir(), "vlcp.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSystemdSocket$")
	cmd.Env = append(os.Environ(), "VLCP_TEST_ACTIVATED="+socket, "LISTEN_FDS=1")
	cmd.ExtraFiles = []*os.File{file}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hello := make([]byte, 5)
	if _, err := conn.Read(hello); err != nil || string(hello) != "hello" {
		t.Errorf("%q, %v", hello, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if _, err := os.Lstat(socket); err != nil {
		t.Errorf("systemd's socket was removed: %v", err)
	}
}
