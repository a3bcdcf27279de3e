package names

import (
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/time/rate"
)

// burst is how many changes of a file are told at once; then it is one a second.
const burst = 20

// watcher tells when files change. Add may be called again for a file.
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
	if e.Has(fsnotify.Remove) {
		delete(i.limits, e.Name)
		return
	}
	limit := i.limits[e.Name]
	if limit == nil {
		limit = rate.NewLimiter(rate.Every(time.Second), burst)
		i.limits[e.Name] = limit
	}
	if e.Has(fsnotify.Write) && limit.Allow() {
		i.changed(filepath.Base(filepath.Dir(e.Name)))
	}
}

// Close returns when changed is not called any more.
func (i *inotify) Close() error {
	err := i.Watcher.Close()
	i.ended.Wait()
	return err
}
