package gate

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a held file that says "old".
type fixture struct {
	*testing.T
	*Gate
	path  string
	asked chan string   // keys
	done  chan struct{} // what ready gives
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	testenv.Root(t)
	f := &fixture{T: t, path: filepath.Join(t.TempDir(), "file"), asked: make(chan string, 10), done: make(chan struct{})}
	g, err := New(func(key string) <-chan struct{} { f.asked <- key; return f.done })
	if err != nil {
		t.Skipf("not run: this kernel holds nobody up: %v", err)
	}
	f.Gate = g
	f.write("old")
	f.ok(g.Hold("key", f.path))
	return f
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) write(text string) { f.Helper(); f.ok(os.WriteFile(f.path, []byte(text), 0o644)) }

// process reads the file as one of a container does, by another path.
func (f *fixture) process() (read func() string) {
	f.Helper()
	var out bytes.Buffer
	cmd := exec.Command("unshare", "--mount", "sh", "-c", `mount --bind "$1" /etc/hosts && exec cat /etc/hosts`, "sh", f.path)
	cmd.Stdout = &out
	f.ok(cmd.Start())
	return func() string { f.Helper(); f.ok(cmd.Wait()); return out.String() }
}

func TestHold(t *testing.T) {
	f := newFixture(t)
	defer f.Close()
	read := f.process()
	if key := <-f.asked; key != "key" {
		t.Errorf("asked for %q", key)
	}
	f.write("new")
	close(f.done)
	if got := read(); got != "new" {
		t.Errorf("the process read %q", got)
	}
	f.write("newer") // it is held once only
	if got := f.process()(); got != "newer" || len(f.asked) > 0 {
		t.Errorf("the second process read %q, asked for %d more", got, len(f.asked))
	}
	f.ok(f.Hold("key", f.path))
	if got := f.process()(); got != "newer" || len(f.asked) != 1 {
		t.Errorf("the third process read %q, asked for %d more", got, len(f.asked))
	}
}

// Who has our mounts, as Docker has, is not held up, and the file stays held.
func TestNeighbours(t *testing.T) {
	f := newFixture(t)
	defer f.Close()
	if out, err := exec.Command("cat", f.path).Output(); err != nil || string(out) != "old" {
		t.Errorf("read %q, error %v", out, err)
	}
	read := f.process()
	<-f.asked
	close(f.done)
	read()
}

func TestPatience(t *testing.T) {
	f := newFixture(t)
	defer f.Close()
	began := time.Now()
	if got := f.process()(); got != "old" || time.Since(began) < Patience {
		t.Errorf("the process read %q after %v", got, time.Since(began))
	}
}

func TestRelease(t *testing.T) {
	f := newFixture(t)
	defer f.Close()
	f.Release("key")
	if got := f.process()(); got != "old" || len(f.asked) > 0 {
		t.Errorf("the process read %q, asked for %d", got, len(f.asked))
	}
}

// With the Gate, or with its process, everybody goes on.
func TestClose(t *testing.T) {
	f := newFixture(t)
	read := f.process()
	<-f.asked
	f.ok(f.Close())
	if got := read(); got != "old" {
		t.Errorf("the process read %q", got)
	}
	if f.Hold("key", f.path) == nil {
		t.Error("a Gate that is closed holds a file")
	}
}

func TestNoFile(t *testing.T) {
	f := newFixture(t)
	defer f.Close()
	if err := f.Hold("other", f.path+"x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	f.ok(os.Symlink(f.path, f.path+"x"))
	f.ok(f.Hold("other", f.path+"x")) // the link itself, which nobody opens
	f.Release("key")
	if got := f.process()(); !strings.HasPrefix(got, "old") || len(f.asked) > 0 {
		t.Errorf("the process read %q, asked for %d", got, len(f.asked))
	}
}
