package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// watcher tells changes apart: what it saw before is no news.
type watcher struct {
	out     io.Writer
	form    string // table or json
	all     bool
	objects map[string]client.Event // what exists, by kind and id
	synced  map[string]bool         // kinds of which all was seen
	stale   map[string]bool         // keys of objects not seen again since a resync
}

func newWatcher() *watcher {
	return &watcher{objects: map[string]client.Event{}, synced: map[string]bool{}, stale: map[string]bool{}}
}

// change is what happened to an object, or that the watch was interrupted and
// goes on.
type change struct {
	Change string          `json:"change"` // exists, created, changed or deleted; resumed
	Kind   string          `json:"kind,omitempty"`
	ID     string          `json:"id,omitempty"`
	Object json.RawMessage `json:"object,omitempty"` // as it is now
}

func (w *watcher) take(e client.Event) error {
	key := e.Kind + "/" + e.ID
	switch e.Event {
	case client.EventPut:
		delete(w.stale, key)
		return w.put(key, e)
	case client.EventDelete:
		return w.gone(key)
	case client.EventResync:
		w.doubt(func(kind string) bool { return slices.Contains(e.Kinds, kind) })
	case client.EventSynced:
		return w.sync(e.Kinds)
	}
	return nil
}

// resume tells that another watch follows, whose beginning is no news.
func (w *watcher) resume() error {
	w.doubt(func(string) bool { return true })
	return w.tell(change{Change: "resumed"})
}

// doubt makes objects of some kinds stale.
func (w *watcher) doubt(of func(kind string) bool) {
	for key, object := range w.objects {
		if of(object.Kind) {
			w.stale[key] = true
		}
	}
}

// put tells of an object, unless it is as it was.
func (w *watcher) put(key string, e client.Event) error {
	old, known := w.objects[key]
	w.objects[key] = e
	switch {
	case known && bytes.Equal(old.Object, e.Object):
		return nil
	case known:
		return w.tell(change{"changed", e.Kind, e.ID, e.Object})
	case w.synced[e.Kind]:
		return w.tell(change{"created", e.Kind, e.ID, e.Object})
	case w.all:
		return w.tell(change{"exists", e.Kind, e.ID, e.Object})
	}
	return nil
}

// gone tells of an object that was deleted.
func (w *watcher) gone(key string) error {
	e, known := w.objects[key]
	if !known {
		return nil
	}
	delete(w.objects, key)
	return w.tell(change{"deleted", e.Kind, e.ID, nil})
}

// sync ends a snapshot: what was not in it is gone.
func (w *watcher) sync(kinds []string) error {
	for _, kind := range kinds {
		w.synced[kind] = true
	}
	for _, key := range slices.Sorted(maps.Keys(w.stale)) {
		if !slices.Contains(kinds, w.objects[key].Kind) {
			continue
		}
		delete(w.stale, key)
		if err := w.gone(key); err != nil {
			return err
		}
	}
	return nil
}

func (w *watcher) tell(c change) error {
	if w.form == "json" {
		return json.NewEncoder(w.out).Encode(c)
	}
	line := fmt.Sprintf("%-7s   %s %s", c.Change, strings.TrimSuffix(c.Kind, "s"), c.ID)
	_, err := fmt.Fprintln(w.out, strings.TrimRight(line, " "))
	return err
}
