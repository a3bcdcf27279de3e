package socket_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/internal/socket"
)

func listenAt(t *testing.T, path string) net.Listener {
	t.Helper()
	l, err := socket.Listen(path)
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
	path := filepath.Join(t.TempDir(), "run/docker/plugins/vlcp.sock")
	l := listenAt(t, path)
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != os.ModeSocket|socket.Mode {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := l.Close(); err != nil || exists(path) {
		t.Errorf("Close: %v, socket is there: %v", err, exists(path))
	}
}

func TestListenReplacesWhatNobodyServes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vlcp.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	listenAt(t, path)
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestListenRefuses(t *testing.T) {
	served := filepath.Join(t.TempDir(), "vlcp.sock")
	listenAt(t, served)
	if _, err := socket.Listen(served); !errors.Is(err, socket.ErrServed) {
		t.Errorf("a served socket: %v", err)
	}
	if !exists(served) {
		t.Error("the refused Listen removed the socket")
	}
	file := filepath.Join(t.TempDir(), "vlcp.sock")
	if err := os.WriteFile(file, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := socket.Listen(file); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file: %v", err)
	}
	if data, _ := os.ReadFile(file); string(data) != "data" {
		t.Error("the file was touched")
	}
	if _, err := socket.Listen(filepath.Join(file, "vlcp.sock")); err == nil {
		t.Error("a directory that can't be made: no error")
	}
}

func TestCloseLeavesAnothersSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vlcp.sock")
	l := listenAt(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	listenAt(t, path)
	if err := l.Close(); err != nil || !exists(path) {
		t.Errorf("Close: %v, the other's socket is there: %v", err, exists(path))
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

// Of many that start at once over a stale path, exactly one gets it.
func TestListenRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vlcp.sock")
	var wg sync.WaitGroup
	won := make(chan net.Listener, 16)
	for range cap(won) {
		wg.Go(func() {
			l, err := socket.Listen(path)
			if err == nil {
				won <- l
			} else if !errors.Is(err, socket.ErrServed) {
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
