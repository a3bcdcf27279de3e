package bolt_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
)

// childEnv tells a process of this test that another started it, for a file.
const childEnv = "BOLT_TEST_CHILD"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// child prepares to run a test of this program in a process of its own.
func child(t *testing.T, test, file string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+file)
	return cmd
}

// TestKill kills a process that commits all the time: what it said is committed
// is there, and what it marked as its own is not.
func TestKill(t *testing.T) {
	if file := os.Getenv(childEnv); file != "" {
		commitForever(t, file)
		return
	}
	file := filepath.Join(t.TempDir(), "vlcp.db")
	var acknowledged []string
	for range 3 {
		acknowledged = append(acknowledged, killed(t, file)...)
		s := openAt(t, file)
		entries, err := s.Get(t.Context(), acknowledged, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Revision == kvstore.Absent {
				t.Errorf("%s was committed, and is lost", e.Key)
			}
		}
		if live, err := s.List(t.Context(), "live/"); err != nil || len(live) > 0 {
			t.Errorf("ephemeral keys outlive their process: %v, %v", live, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killed runs a process until it committed 30 keys, and kills it.
func killed(t *testing.T, file string) (acknowledged []string) {
	t.Helper()
	cmd := child(t, "TestKill", file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		all = append(all, line)
		if key, ok := strings.CutPrefix(line, "committed "); ok {
			acknowledged = append(acknowledged, key)
		}
		if len(acknowledged) == 30 {
			_ = cmd.Process.Kill() // and read on what it said before
		}
	}
	_ = cmd.Wait()
	if len(acknowledged) < 30 {
		t.Fatalf("the process ended by itself: %q", all)
	}
	return acknowledged
}

func commitForever(t *testing.T, file string) {
	s := openAt(t, file)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("kept/%d-%d-%d", os.Getpid(), w, i)
				ops := []kvstore.Op{
					{Key: key, Write: kvstore.Put, Value: make([]byte, 2000)},
					{Key: "live/" + key, Write: kvstore.Put, Ephemeral: true},
				}
				if err := s.Commit(t.Context(), ops); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				fmt.Println("committed " + key)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// TestFullDisk fills a file system of its own, in a mount namespace of its own.
func TestFullDisk(t *testing.T) {
	if dir := os.Getenv(childEnv); dir != "" {
		fillDisk(t, dir)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("mounting a small file system takes root")
	}
	cmd := child(t, "TestFullDisk", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fillDisk(t *testing.T, dir string) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vlcp.db")
	s := openAt(t, path)
	n := 0
	err := commitValue(t, s, n)
	for ; err == nil; err = commitValue(t, s, n) {
		n++
	}
	if !errors.Is(err, syscall.ENOSPC) || errors.Is(err, kvstore.ErrUnknown) || !strings.Contains(err.Error(), "nothing was written to "+path) {
		t.Errorf("on a full disk Commit = %v", err)
	}
	wantKeys(t, s, n)
	if _, err := bolt.Open(filepath.Join(dir, "another.db")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk Open = %v", err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=4m"); err != nil {
		t.Fatal(err)
	}
	if err := commitValue(t, s, n); err != nil {
		t.Errorf("with room again Commit = %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = openAt(t, path)
	defer s.Close()
	wantKeys(t, s, n+1)
}

func commitValue(t *testing.T, s kvstore.Store, n int) error {
	op := kvstore.Op{Key: fmt.Sprintf("fill/%04d", n), Write: kvstore.Put, Value: make([]byte, 20_000)}
	return s.Commit(t.Context(), []kvstore.Op{op})
}

func wantKeys(t *testing.T, s kvstore.Store, n int) {
	t.Helper()
	entries, err := s.List(t.Context(), "fill/")
	if err != nil || len(entries) != n || n == 0 {
		t.Errorf("%d keys, %v, want %d", len(entries), err, n)
	}
}
