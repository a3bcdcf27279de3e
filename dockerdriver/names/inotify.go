package names

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/time/rate"
)

// burst is how many changes of a file are told at once; then it is one a second.
const burst = 20

// watcher tells when hosts files change, also one that is yet to be made. Add may
// be called again for one.
type watcher interface {
	Add(path string) error
	Close() error
}

// inotify is the watcher that we use.
type inotify struct {
	*fsnotify.Watcher
	changed func(container string)
	limits  map[string]*rate.Limiter // by path: a container may change its file all the time
	ended   sync.WaitGroup
}

// watchFiles makes a watcher that calls changed for the container of a hosts
// file; with "" when changes were lost.
func watchFiles(changed func(container string)) (watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	i := &inotify{Watcher: w, changed: changed, limits: map[string]*rate.Limiter{}}
	i.ended.Go(func() {
		for e := range w.Events {
			i.heed(e)
		}
	})
	i.ended.Go(func() {
		for range w.Errors {
			changed("")
		}
	})
	return i, nil
}

func (i *inotify) heed(e fsnotify.Event) {
	switch {
	case filepath.Base(e.Name) != hostsFile:
		return // what else is in a directory
	case e.Has(fsnotify.Remove):
		delete(i.limits, e.Name)
		return
	case e.Has(fsnotify.Create):
		i.found(e.Name)
	}
	limit := i.limits[e.Name]
	if limit == nil {
		limit = rate.NewLimiter(rate.Every(time.Second), burst)
		i.limits[e.Name] = limit
	}
	if (e.Has(fsnotify.Write) || e.Has(fsnotify.Create)) && limit.Allow() {
		i.changed(containerOf(e.Name))
	}
}

// Add watches a hosts file, and as long as there is none its directory.
func (i *inotify) Add(path string) error {
	err := i.Watcher.Add(path)
	if !isGone(err) {
		return err
	}
	if err := i.Watcher.Add(filepath.Dir(path)); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil { // it was made meanwhile
		i.found(path)
		i.changed(containerOf(path))
	}
	return nil
}

// found goes on with a hosts file instead of its directory, in which Docker writes
// much else. An error of either means that it is gone.
func (i *inotify) found(path string) {
	_ = i.Watcher.Add(path)
	_ = i.Remove(filepath.Dir(path))
}

func containerOf(path string) string { return filepath.Base(filepath.Dir(path)) }

// Close returns when changed is not called any more.
func (i *inotify) Close() error {
	err := i.Watcher.Close()
	i.ended.Wait()
	return err
}
