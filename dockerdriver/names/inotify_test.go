package names

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// Changes of a file are told by its container, but not without end.
func TestInotify(t *testing.T) {
	seen := make(chan string, 1000)
	var told atomic.Int32
	w, err := watchFiles(func(container string) { told.Add(1); seen <- container })
	check(t, err)
	path := filepath.Join(t.TempDir(), "c1", "hosts")
	if err := w.Add(path); !isGone(err) {
		t.Errorf("without a directory: %v", err)
	}
	check(t, os.Mkdir(filepath.Dir(path), 0o755))
	check(t, w.Add(path))
	check(t, w.Add(path))
	check(t, os.WriteFile(path+".log", nil, 0o644))
	for _, text := range []string{"", "10.0.0.1 a\n"} { // the first makes it
		check(t, os.WriteFile(path, []byte(text), 0o644))
		select {
		case c := <-seen:
			if c != "c1" {
				t.Errorf("told of %q", c)
			}
		case <-time.After(time.Minute):
			t.Error("nothing is told")
		}
	}
	if list := w.(*inotify).WatchList(); len(list) != 1 || list[0] != path {
		t.Errorf("watches %v", list)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	check(t, err)
	defer file.Close()
	begin := time.Now()
	for range 500 {
		_, err := file.WriteAt([]byte("10.0.0.1 b\n"), 0)
		check(t, err)
	}
	check(t, w.Close())
	if n, most := int(told.Load()), burst+1+int(time.Since(begin).Seconds()); n > most {
		t.Errorf("told %d times, at most %d", n, most)
	}
	if w.Add(path) == nil {
		t.Error("a watcher that is closed watches")
	}
}
