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
	"sync"
	"testing"
)

func listenAt(t *testing.T, socket string) net.Listener {
	t.Helper()
	l, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestListenMakesDirectoryAndSocket(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "run/docker/plugins/vlcp.sock")
	l := listenAt(t, socket)
	info, err := os.Lstat(socket)
	if err != nil || info.Mode() != os.ModeSocket|socketMode {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := l.Close(); err != nil || exists(socket) {
		t.Errorf("Close: %v, socket is there: %v", err, exists(socket))
	}
}

func TestListenReplacesWhatNobodyServes(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "vlcp.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	listenAt(t, socket)
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestListenRefuses(t *testing.T) {
	served := filepath.Join(t.TempDir(), "vlcp.sock")
	listenAt(t, served)
	if _, err := Listen(served); !errors.Is(err, ErrServed) || !strings.Contains(err.Error(), served) {
		t.Errorf("a served socket: %v", err)
	}
	if !exists(served) {
		t.Error("the refused Listen removed the socket")
	}
	file := filepath.Join(t.TempDir(), "vlcp.sock")
	if err := os.WriteFile(file, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file: %v", err)
	}
	if data, _ := os.ReadFile(file); string(data) != "data" {
		t.Error("the file was touched")
	}
	if _, err := Listen(filepath.Join(file, "vlcp.sock")); err == nil {
		t.Error("a directory that can't be made: no error")
	}
}

func TestCloseLeavesAnothersSocket(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "vlcp.sock")
	l := listenAt(t, socket)
	if err := os.Remove(socket); err != nil {
		t.Fatal(err)
	}
	listenAt(t, socket)
	if err := l.Close(); err != nil || !exists(socket) {
		t.Errorf("Close: %v, the other's socket is there: %v", err, exists(socket))
	}
}

func TestCloseWithoutDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plugins")
	l := listenAt(t, filepath.Join(dir, "vlcp.sock"))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// Of many that start at once over a stale socket, exactly one gets it.
func TestListenRace(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "vlcp.sock")
	var wg sync.WaitGroup
	won := make(chan net.Listener, 16)
	for range cap(won) {
		wg.Go(func() {
			l, err := Listen(socket)
			if err == nil {
				won <- l
			} else if !errors.Is(err, ErrServed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(won)
	if len(won) != 1 {
		t.Errorf("%d got the socket", len(won))
	}
	for l := range won {
		l.Close()
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
		sayHello(t, listenAt(t, socket))
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
	if err := cmd.Wait(); err != nil || !exists(socket) {
		t.Errorf("%v, socket is there: %v\n%s", err, exists(socket), &out)
	}
}
